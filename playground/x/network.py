"""The state of the simulated X: accounts, posts, credentials, rate limits, faults."""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from pydantic import SecretStr

from config.settings import XSettings
from playground.story import Person, StoryPost

# Where X's ids begin: milliseconds since 4 November 2010, shifted by 22 bits.
EPOCH_MS = 1_288_834_974_657
WINDOW_SECONDS = 15 * 60
MENTION = re.compile(r"(?<![\w@/])@(\w{1,15})(?!\w)")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Tokens of the app and of the brand's account."""

    bearer_token: str = "playground-bearer-token"  # noqa: S105  opens the playground only
    consumer_key: str = "playgroundConsumerKey"
    consumer_secret: str = "playground-consumer-secret"  # noqa: S105  opens the playground only
    access_token: str = "playgroundAccessToken"  # noqa: S105  opens the playground only
    access_token_secret: str = "playground-access-token-secret"  # noqa: S105  opens the playground only


@dataclass(frozen=True, slots=True)
class Tweet:
    """One post as it stands. Ids are X's, as strings; `earlier` are its edited versions."""

    id: str
    author_id: str
    text: str
    created_at: datetime
    conversation_id: str
    lang: str
    reply_to: str | None = None
    quoted: str | None = None
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one coming request: a status, or a connection that breaks.

    `applied` lets the request do its work first. `path` narrows it to paths that begin so,
    `method` to one method.
    """

    kind: Literal[401, 403, 429, 500, 503, "reset"]
    applied: bool = False
    path: str = ""
    method: str = ""


class Refusal(Exception):
    """X forbids this post; the text is X's own."""


@dataclass
class _Window:
    ends_at: float
    used: int = 0


@dataclass
class XNetwork:
    """Everything that this X knows. Safe to use from many threads.

    `on_reply(channel, replied_to, reply_id, at)` is called after the brand has replied through
    the API. `limit` is the number of requests an endpoint takes in 15 minutes.
    """

    brand: Person
    people: Iterable[Person] = ()
    credentials: Credentials = field(default_factory=Credentials)
    on_reply: Callable[[str, str, str, datetime], object] | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    limit: int = 10_000
    channel: str = "x"
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._tweets: dict[str, Tweet] = {}
        self._accounts: dict[str, Person] = {}
        self._windows: dict[str, _Window] = {}
        self._nonces: set[tuple[str, str]] = set()
        self._last_id = 0
        for person in (self.brand, *self.people):
            if person.x_id is not None:
                self._accounts[person.x_id] = person

    def settings(self, base_url: str) -> XSettings:
        """Settings with which the desk reads and writes here as the brand."""
        keys = self.credentials
        return XSettings(
            base_url=base_url,
            bearer_token=SecretStr(keys.bearer_token),
            consumer_key=SecretStr(keys.consumer_key),
            consumer_secret=SecretStr(keys.consumer_secret),
            access_token=SecretStr(keys.access_token),
            access_token_secret=SecretStr(keys.access_token_secret),
            account_id=self.brand.x_id,
            handle=self.brand.handle,
        )

    def publish(
        self, post: StoryPost, author: Person, at: datetime, in_reply_to: str | None
    ) -> str:
        """Show a post of the story; returns its id."""
        assert author.x_id is not None, "the story checks that the author has an account"
        with self._lock:
            self._accounts[author.x_id] = author
            return self.add(
                author.x_id, post.text, at, reply_to=in_reply_to, lang=post.truth.language
            ).id

    def add(
        self,
        author_id: str,
        text: str,
        at: datetime,
        *,
        reply_to: str | None = None,
        quoted: str | None = None,
        lang: str = "en",
    ) -> Tweet:
        """Write a post without any of the API's checks."""
        with self._lock:
            parent = self.tweet(reply_to) if reply_to is not None else None
            if parent is not None:
                text = self._addressed(text, author_id, parent)
            tweet_id = self._new_id(at)
            tweet = Tweet(
                id=tweet_id,
                author_id=author_id,
                text=text,
                created_at=at,
                conversation_id=parent.conversation_id if parent is not None else tweet_id,
                lang=lang,
                reply_to=reply_to,
                quoted=quoted,
            )
            self._tweets[tweet_id] = tweet
            return tweet

    def post(self, text: str, reply_to: str | None, quoted: str | None) -> Tweet:
        """Write a post as the brand, by X's rules for the API. Raises Refusal."""
        assert self.brand.x_id is not None, "the brand has an account on X"
        at = self.clock()
        with self._lock:
            if reply_to is not None:
                parent = self.tweet(reply_to)
                if parent is None:
                    raise Refusal(
                        "You attempted to reply to a Tweet that is deleted or not visible to you."
                    )
                if not self._summoned(parent):
                    raise Refusal(
                        "Reply to this conversation is not allowed because you have not been "
                        "mentioned or otherwise engaged by the author of the post you are "
                        "replying to."
                    )
                same = self._addressed(text, self.brand.x_id, parent)
            else:
                same = text
            if any(t.author_id == self.brand.x_id and t.text == same for t in self.tweets()):
                raise Refusal("You are not allowed to create a Tweet with duplicate content.")
            tweet = self.add(self.brand.x_id, text, at, reply_to=reply_to, quoted=quoted)
        # Outside the lock: the listener publishes here from another thread.
        if reply_to is not None and self.on_reply is not None:
            self.on_reply(self.channel, reply_to, tweet.id, at)
        return tweet

    def delete(self, tweet_id: str) -> bool:
        """Delete one of the brand's posts; False when it is not there. Raises Refusal."""
        with self._lock:
            tweet = self._tweets.get(tweet_id)
            if tweet is None:
                return False
            if tweet.author_id != self.brand.x_id:
                raise Refusal("You are not authorized to delete this Tweet.")
            del self._tweets[tweet_id]
            return True

    def edit(self, tweet_id: str, text: str, at: datetime) -> Tweet:
        """Change the words of a post, as its author may for an hour: it gets a new id.

        Raises KeyError when there is no such post, or only as an earlier version.
        """
        with self._lock:
            old = self._tweets.pop(tweet_id)
            new = replace(old, id=self._new_id(at), text=text, earlier=(*old.earlier, old.id))
            self._tweets[new.id] = new
            return new

    def tweets(self) -> list[Tweet]:
        """All posts, newest first."""
        with self._lock:
            return sorted(self._tweets.values(), key=lambda tweet: int(tweet.id), reverse=True)

    def tweet(self, tweet_id: str) -> Tweet | None:
        """One post, by its id or by that of an earlier version."""
        with self._lock:
            return self._tweets.get(tweet_id) or next(
                (tweet for tweet in self._tweets.values() if tweet_id in tweet.earlier), None
            )

    def account(self, account_id: str) -> Person | None:
        """One account by id."""
        with self._lock:
            return self._accounts.get(account_id)

    def account_named(self, handle: str) -> Person | None:
        """One account by handle, in any case."""
        with self._lock:
            return next(
                (p for p in self._accounts.values() if p.handle.lower() == handle.lower()), None
            )

    def mentions(self, tweet: Tweet) -> list[Person]:
        """The accounts that a post mentions, in its order."""
        found = (self.account_named(handle) for handle in MENTION.findall(tweet.text))
        return [person for person in found if person is not None]

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any; each strikes once."""
        with self._lock:
            for number, fault in enumerate(self.faults):
                if path.startswith(fault.path) and fault.method in ("", method):
                    return self.faults.pop(number)
            return None

    def count(self, endpoint: str) -> tuple[int, int]:
        """Count a request; returns how many are left (negative: refuse) and when that resets.

        The moment is in whole seconds of Unix time.
        """
        now = self.clock().timestamp()
        with self._lock:
            window = self._windows.get(endpoint)
            if window is None or window.ends_at <= now:
                window = self._windows[endpoint] = _Window(now + WINDOW_SECONDS)
            window.used += 1
            return self.limit - window.used, int(window.ends_at) + 1

    def new_nonce(self, timestamp: str, nonce: str) -> bool:
        """False when this signed request was seen before."""
        with self._lock:
            seen = (timestamp, nonce) in self._nonces
            self._nonces.add((timestamp, nonce))
            return not seen

    def _summoned(self, tweet: Tweet) -> bool:
        quoted = self.tweet(tweet.quoted) if tweet.quoted is not None else None
        return (
            tweet.author_id == self.brand.x_id
            or any(person.x_id == self.brand.x_id for person in self.mentions(tweet))
            or (quoted is not None and quoted.author_id == self.brand.x_id)
        )

    def _addressed(self, text: str, author_id: str, parent: Tweet) -> str:
        # X puts the handle of the person answered in front, unless the author has it already.
        other = self.account(parent.author_id)
        if other is None or parent.author_id == author_id:
            return unicodedata.normalize("NFC", text)
        names = [name.lower() for name in MENTION.findall(text)]
        prefix = "" if other.handle.lower() in names else f"@{other.handle} "
        return unicodedata.normalize("NFC", prefix + text)

    def _new_id(self, at: datetime) -> str:
        wanted = max(int(at.timestamp() * 1000) - EPOCH_MS, 0) << 22
        self._last_id = max(wanted, self._last_id + 1)
        return str(self._last_id)
