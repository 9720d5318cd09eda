"""The story holds what the playground promises."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from models.labels import Category, Outcome, Risk, Urgency
from playground.story import LIMIT, Story, StoryPost, load, weighted_length
from playground.story.length import LONG_LIMIT
from playground.story.story import BRAND

OTHER_LANGUAGES = {"de", "fr", "es", "pl", "ja", "ar"}
FILES = ("brand.json", "people.json", "posts.jsonl", "followups.jsonl")


@pytest.fixture(scope="module")
def story() -> Story:
    return load()


def tagged(story: Story, tag: str) -> list[StoryPost]:
    return [post for post in story.posts if tag in post.tags]


def test_size(story: Story) -> None:
    customers = [person for person in story.people if person.role == "customer"]
    assert len(customers) >= 120
    assert len(story.posts) >= 230
    assert len({each.to for each in story.follow_ups}) >= 60


def test_the_posts_are_in_order_and_in_their_time(story: Story) -> None:
    minutes = [post.minute for post in story.posts]
    assert minutes == sorted(minutes)
    assert -600 <= minutes[0] < 0
    assert 200 < minutes[-1] <= 240
    assert 0.35 <= sum(minute < 0 for minute in minutes) / len(minutes) <= 0.45


def test_nearly_half_are_complaints_of_every_kind(story: Story) -> None:
    complaints = [post for post in story.posts if post.truth.complaint]
    assert 0.40 <= len(complaints) / len(story.posts) <= 0.50
    seen = Counter(post.truth.category for post in complaints)
    for category in set(Category) - {Category.OTHER, Category.NONE}:
        assert seen[category] >= 5, category
    anger = Counter(post.truth.anger for post in complaints)
    assert set(anger) == {0, 1, 2, 3}
    assert anger[3] >= 15


@pytest.mark.parametrize("risk", list(Risk))
def test_every_risk_occurs(story: Story, risk: Risk) -> None:
    assert sum(risk in post.truth.risks for post in story.posts) >= 3


@pytest.mark.parametrize(
    ("tag", "least"),
    [
        ("sarcasm", 12),
        ("praise", 20),
        ("question", 15),
        ("other_name", 12),
        ("spam", 8),
        ("hostile", 8),
        ("hyperbole", 3),
        ("thread", 24),
        ("long", 5),
    ],
)
def test_every_sort_of_post_occurs(story: Story, tag: str, least: int) -> None:
    assert len(tagged(story, tag)) >= least


def test_other_languages(story: Story) -> None:
    foreign = [post for post in story.posts if post.truth.language != "en"]
    assert len(foreign) >= 16
    assert {post.truth.language for post in foreign} == OTHER_LANGUAGES
    assert all(post.truth.urgency is Urgency.NONE for post in foreign)


def test_the_storm_is_forty_complaints_by_forty_people_in_ten_minutes(story: Story) -> None:
    start, end = story.brand.storm
    storm = [p for p in story.posts if start <= p.minute <= end and p.truth.complaint]
    assert end - start == 10
    assert len(storm) == 40
    assert storm == tagged(story, "storm")
    assert len({post.author for post in storm}) == 40


def test_no_text_is_used_twice(story: Story) -> None:
    texts = [post.text for post in story.posts] + [each.text for each in story.follow_ups]
    assert [text for text, times in Counter(texts).items() if times > 1] == []


def test_the_brand_announces_and_answers(story: Story) -> None:
    own = [post for post in story.posts if post.author == BRAND]
    assert len(own) >= 10
    assert {"x", "reddit"} == {post.channel for post in own}
    assert not any(post.truth.complaint for post in own)
    assert all(bool(post.in_reply_to) == ("answer" in post.tags) for post in own)


def test_others_of_a_similar_name_are_no_complaints(story: Story) -> None:
    handles = {person.handle for person in story.people}
    assert {*story.brand.rivals, *story.brand.other_companies} <= handles
    assert not any(post.truth.complaint for post in tagged(story, "other_name"))


def test_danger_is_never_a_complaint_and_exaggeration_never_a_danger(story: Story) -> None:
    danger = [post for post in story.posts if Risk.SELFHARM in post.truth.risks]
    assert all(p.truth.urgency is Urgency.CRITICAL and not p.truth.complaint for p in danger)
    assert not any(Risk.SELFHARM in p.truth.risks for p in tagged(story, "hyperbole"))


def test_two_customers_write_on_both_channels(story: Story) -> None:
    both = {person.key for person in story.people if person.x_id and person.reddit}
    assert len(both) == 2
    for key in both:
        assert {post.channel for post in story.posts if post.author == key} == {"x", "reddit"}


def test_accounts_look_like_those_of_their_channel(story: Story) -> None:
    for person in story.authors.values():
        if person.x_id:
            assert re.fullmatch(r"\d{18,19}", person.x_id), person.key
            assert re.fullmatch(r"\w{1,15}", person.handle, re.ASCII), person.key
        if person.reddit:
            assert re.fullmatch(r"[\w-]{3,20}", person.reddit, re.ASCII), person.key
    followers = sorted(person.followers for person in story.people if person.x_id)
    assert sum(count > 50_000 for count in followers) >= 3
    assert followers[len(followers) // 2] < 500


def test_texts_fit_their_channel(story: Story) -> None:
    for post in story.posts:
        if post.channel == "x":
            limit = LONG_LIMIT if "long" in post.tags else LIMIT
            assert 0 < weighted_length(post.text) <= limit, post.key
            assert ("long" in post.tags) == (weighted_length(post.text) > LIMIT), post.key
    for each in story.follow_ups:
        assert 0 < weighted_length(each.text) <= LIMIT, each.to


def test_mentions_are_what_the_text_says(story: Story) -> None:
    handle = re.compile(rf"(?<!\w)@{story.brand.account.handle}(?!\w)", re.IGNORECASE)
    name = re.compile(rf"u/{story.brand.account.reddit}\b")
    for post in story.posts:
        pattern = handle if post.channel == "x" else name
        assert post.mentions_brand == bool(pattern.search(post.text)), post.key
    for each in story.follow_ups:
        if story.by_key[each.to].channel == "x":
            assert handle.match(each.text), each.to


def test_conversations_lead_to_a_first_post(story: Story) -> None:
    for post in story.posts:
        first = story.conversation(post)
        assert first.in_reply_to is None
        if post.channel == "reddit":
            assert first.kind == "submission"


def test_follow_ups_end_in_every_way(story: Story) -> None:
    assert {each.outcome for each in story.follow_ups} == set(Outcome) - {Outcome.NOT_COMPLAINT}
    assert all(1 <= each.after_minutes <= 20 for each in story.follow_ups)
    twice = [to for to, times in Counter(each.to for each in story.follow_ups).items() if times > 1]
    assert len(twice) >= 3
    for to in twice:
        delays = [each.after_minutes for each in story.follow_ups_to(to)]
        assert delays == sorted(set(delays))


def test_a_length_counts_addresses_and_wide_characters() -> None:
    assert weighted_length("abc") == 3
    assert weighted_length("é") == 1
    assert weighted_length("日本") == 4
    assert weighted_length("🚆") == 2
    assert weighted_length("see https://larkline.example/a/very/long/path?with=words") == 27


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    source = Path(__file__).parents[3] / "playground" / "story"
    for name in FILES:
        (tmp_path / name).write_bytes((source / name).read_bytes())
    return tmp_path


def add(path: Path, change: dict[str, object]) -> int:
    """Appends the file's first line with `change` and returns the number of the new line."""
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    lines.append(json.dumps(json.loads(lines[0]) | change))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("posts.jsonl", {}, "is used twice"),
        ("posts.jsonl", {"key": "new", "author": "nobody"}, "no account"),
        ("posts.jsonl", {"key": "new", "author": "r_wheels"}, "no account"),
        ("posts.jsonl", {"key": "new", "kind": "comment"}, "no kind"),
        ("posts.jsonl", {"key": "new", "channel": "fax"}, "no kind"),
        ("posts.jsonl", {"key": "new", "in_reply_to": "missing"}, "no earlier post"),
        ("posts.jsonl", {"key": "new", "in_reply_to": "maren-coach"}, "no earlier post"),
        ("posts.jsonl", {"key": "new", "title": "On X?"}, "a title belongs"),
        ("posts.jsonl", {"key": "new", "subreddit": "larkline"}, "a subreddit belongs"),
        ("posts.jsonl", {"key": "new", "colour": "red"}, "colour"),
        ("posts.jsonl", {"key": "new", "truth": {}}, "is missing"),
        ("followups.jsonl", {"to": "missing"}, "no customer's complaint"),
        ("followups.jsonl", {"to": "wrenna-praise"}, "no customer's complaint"),
        ("followups.jsonl", {"outcome": "happy"}, "happy"),
    ],
)
def test_a_wrong_line_is_named(
    copy: Path, name: str, change: dict[str, object], reason: str
) -> None:
    line = add(copy / name, change)
    with pytest.raises(ValueError, match=rf"{name}, line {line}: .*{reason}"):
        load(copy)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"key": "dilys"', '"key": "maren"', "is used twice"),
        ('"handle": "dilys_fellgate"', '"handle": "Maren_Tindle"', "an account of 'dilys'"),
        ('"followers": 188, "x_id": "', '"followers": 188, "x_i": "', "x_i"),
    ],
)
def test_a_wrong_person_is_named(copy: Path, old: str, new: str, reason: str) -> None:
    path = copy / "people.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"people.json, line 3: .*{reason}"):
        load(copy)


def test_broken_json_is_named(copy: Path) -> None:
    with (copy / "posts.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"key": \n')
    with pytest.raises(ValueError, match=r"posts.jsonl, line \d+: "):
        load(copy)
