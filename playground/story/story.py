"""The playground's story: a fictional brand, its customers, and what they write."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from models.labels import Category, Outcome, Risk, Sentiment, Urgency

BRAND = "brand"
CHANNELS = ("x", "reddit")
KINDS = {"x": ("tweet",), "reddit": ("submission", "comment")}
ROLES = ("customer", "bystander", "company", "press", "spam")

_T = TypeVar("_T")


@dataclass(frozen=True)
class Person:
    """Someone with an account on X, on Reddit, or on both."""

    key: str
    handle: str
    name: str
    followers: int
    x_id: str | None
    reddit: str | None
    verified: bool
    lang: str
    role: str = "customer"


@dataclass(frozen=True)
class Brand:
    """The brand: its account as a person, and the words around it."""

    name: str
    account: Person
    subreddit: str
    bio: str
    products: tuple[str, ...]
    rivals: tuple[str, ...]
    other_companies: tuple[str, ...]
    storm: tuple[float, float]


@dataclass(frozen=True)
class Truth:
    """The author's own label of a post, by the annotation guideline."""

    complaint: bool
    sentiment: Sentiment
    anger: int
    urgency: Urgency
    category: Category
    risks: frozenset[Risk]
    language: str
    about_brand: bool
    note: str


@dataclass(frozen=True)
class StoryPost:
    """One post of the story; `minute` counts from the start, the backlog is negative."""

    key: str
    channel: str
    kind: str
    author: str
    minute: float
    text: str
    title: str | None
    subreddit: str | None
    in_reply_to: str | None
    mentions_brand: bool
    truth: Truth
    tags: frozenset[str]


@dataclass(frozen=True)
class FollowUp:
    """What a customer writes some minutes after the brand has replied to `to`."""

    to: str
    after_minutes: float
    text: str
    outcome: Outcome


@dataclass(frozen=True)
class Story:
    """The whole story; posts in order of time, follow-ups in order of their delay."""

    brand: Brand
    people: tuple[Person, ...]
    posts: tuple[StoryPost, ...]
    follow_ups: tuple[FollowUp, ...]

    @cached_property
    def authors(self) -> dict[str, Person]:
        """Everyone by key, the brand's account among them."""
        return {person.key: person for person in (self.brand.account, *self.people)}

    @cached_property
    def by_key(self) -> dict[str, StoryPost]:
        """The posts by key."""
        return {post.key: post for post in self.posts}

    def conversation(self, post: StoryPost) -> StoryPost:
        """The first post of the thread that `post` belongs to."""
        while post.in_reply_to is not None:
            post = self.by_key[post.in_reply_to]
        return post

    def follow_ups_to(self, key: str) -> tuple[FollowUp, ...]:
        """What the author of `key` writes after an answer, soonest first."""
        return tuple(each for each in self.follow_ups if each.to == key)


def load(folder: Traversable | None = None) -> Story:
    """Reads and checks the story; raises ValueError that names the file and the line."""
    folder = folder or files("playground.story")
    people: dict[str, Person] = {}
    brand = _checked("brand.json", 1, _brand, _read(folder, "brand.json"))
    handles = {brand.account.handle.lower()}
    ids = {brand.account.x_id, brand.account.reddit}
    for line, person in _entries(folder, "people.json", lambda raw: Person(**raw)):
        _refuse_person(person, people, handles, ids, f"people.json, line {line}")
        people[person.key] = person
        handles.add(person.handle.lower())
        ids |= {person.x_id, person.reddit} - {None}
    authors = {BRAND: brand.account, **people}
    posts: dict[str, tuple[int, StoryPost]] = {}
    for line, post in _entries(folder, "posts.jsonl", _post):
        if post.key in posts:
            raise ValueError(f"posts.jsonl, line {line}: the key {post.key!r} is used twice")
        posts[post.key] = (line, post)
    for line, post in posts.values():
        _refuse_post(post, authors, posts, f"posts.jsonl, line {line}")
    follow_ups = []
    for line, each in _entries(folder, "followups.jsonl", _follow_up):
        target = posts.get(each.to)
        if target is None or not target[1].truth.complaint or target[1].author == BRAND:
            raise ValueError(
                f"followups.jsonl, line {line}: {each.to!r} is no customer's complaint"
            )
        follow_ups.append(each)
    return Story(
        brand,
        tuple(people.values()),
        tuple(sorted((post for _, post in posts.values()), key=lambda post: post.minute)),
        tuple(sorted(follow_ups, key=lambda each: each.after_minutes)),
    )


def _read(folder: Traversable, name: str) -> str:
    return folder.joinpath(name).read_text(encoding="utf-8")


def _entries(
    folder: Traversable, name: str, build: Callable[[dict[str, Any]], _T]
) -> Iterator[tuple[int, _T]]:
    """One object a line; people.json is a JSON array laid out that way."""
    # Not splitlines(): some texts hold U+2028 and other marks that it takes for line ends.
    for line, text in enumerate(_read(folder, name).split("\n"), 1):
        text = text.strip().removesuffix(",")
        if text not in ("", "[", "]"):
            yield line, _checked(name, line, build, text)


def _checked(name: str, line: int, build: Callable[[dict[str, Any]], _T], text: str) -> _T:
    try:
        return build(json.loads(text))
    except KeyError as error:
        raise ValueError(f"{name}, line {line}: the field {error} is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{name}, line {line}: {error}") from error


def _brand(raw: dict[str, Any]) -> Brand:
    start, end = raw.pop("storm")
    return Brand(
        account=Person(key=BRAND, role="company", **raw.pop("account")),
        products=tuple(raw.pop("products")),
        rivals=tuple(raw.pop("rivals")),
        other_companies=tuple(raw.pop("other_companies")),
        storm=(float(start), float(end)),
        **raw,
    )


def _post(raw: dict[str, Any]) -> StoryPost:
    gold = raw.pop("truth")
    truth = Truth(
        complaint=bool(gold.pop("complaint")),
        sentiment=Sentiment(gold.pop("sentiment")),
        urgency=Urgency(gold.pop("urgency")),
        category=Category(gold.pop("category")),
        risks=frozenset(Risk(risk) for risk in gold.pop("risks")),
        **gold,
    )
    optional = {name: raw.pop(name, None) for name in ("title", "subreddit", "in_reply_to")}
    return StoryPost(truth=truth, tags=frozenset(raw.pop("tags", ())), **optional, **raw)


def _follow_up(raw: dict[str, Any]) -> FollowUp:
    return FollowUp(outcome=Outcome(raw.pop("outcome")), **raw)


def _refuse_person(
    person: Person, people: Iterable[str], handles: set[str], ids: set[str | None], where: str
) -> None:
    if person.key in people or person.key == BRAND:
        raise ValueError(f"{where}: the key {person.key!r} is used twice")
    if person.handle.lower() in handles or ids & ({person.x_id, person.reddit} - {None}):
        raise ValueError(f"{where}: an account of {person.key!r} is used twice")
    if person.x_id is None and person.reddit is None:
        raise ValueError(f"{where}: {person.key!r} has no account")
    if person.role not in ROLES:
        raise ValueError(f"{where}: the role is one of {', '.join(ROLES)}")


def _refuse_post(
    post: StoryPost, authors: dict[str, Person], posts: dict[str, tuple[int, StoryPost]], where: str
) -> None:
    if post.channel not in CHANNELS or post.kind not in KINDS[post.channel]:
        raise ValueError(f"{where}: no kind {post.kind!r} on channel {post.channel!r}")
    author = authors.get(post.author)
    if author is None or (author.x_id if post.channel == "x" else author.reddit) is None:
        raise ValueError(f"{where}: {post.author!r} has no account on {post.channel}")
    if not 0 <= post.truth.anger <= 3:
        raise ValueError(f"{where}: anger is 0 to 3")
    if (post.channel == "reddit") != bool(post.subreddit):
        raise ValueError(f"{where}: a subreddit belongs to every post on Reddit and to no other")
    if (post.kind == "submission") != bool(post.title):
        raise ValueError(f"{where}: a title belongs to every submission and to no other post")
    if post.kind == "comment" and post.in_reply_to is None:
        raise ValueError(f"{where}: a comment answers something")
    if post.in_reply_to is not None:
        parent = posts.get(post.in_reply_to, (0, None))[1]
        if parent is None or parent.channel != post.channel or parent.minute >= post.minute:
            raise ValueError(f"{where}: {post.in_reply_to!r} is no earlier post of this channel")
        if parent.subreddit != post.subreddit or post.kind == "submission":
            raise ValueError(f"{where}: a comment stays in the subreddit of its parent")
