"""The state of the simulated Reddit: accounts, things, tokens, and what people do there."""

import itertools
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from playground.public import PublicPost, PublicThread
from playground.reddit.faults import Fault
from playground.reddit.things import DELETED, REMOVED, Account, Thing
from playground.story import Person, StoryPost

MAX_COMMENT = 10_000
WINDOW_SECONDS = 600
# Reddit gives OAuth clients 1,000 in ten minutes. In a playground time passes faster, and a desk
# that looks every other second must not run out of them.
REQUESTS_A_WINDOW = 20_000


class CommentError(Exception):
    """Reddit takes the request but not the comment; `code` and `message` as it words them."""

    def __init__(self, code: str, message: str, place: str | None = "parent") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; without an account it reads only."""

    account: str | None


class RedditNetwork:
    """Reddit as the world and the application see it. Safe to use from many threads.

    `replied` is told (parent fullname, comment fullname, moment) of each comment that comes in
    through the API. `requests_a_window` is how many each ten minutes take.
    """

    channel = "reddit"

    def __init__(
        self,
        username: str,
        password: str,
        client_id: str = "larkline-client",
        client_secret: str = "larkline-secret",  # noqa: S107 - opens nothing but this playground
        subreddits: tuple[str, ...] = (),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        replied: Callable[[str, str, datetime], object] | None = None,
        requests_a_window: int = REQUESTS_A_WINDOW,
    ) -> None:
        self.clock = clock
        self.replied = replied
        self.client = (client_id, client_secret)
        self.passwords = {username: password}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.banned_from: set[str] = set()
        self.remaining = self._allowance = requests_a_window
        self._window = 0
        self._lock = threading.RLock()
        self._subreddits = {name.lower(): name for name in subreddits}
        self._accounts: dict[str, Account] = {}
        self._things: dict[str, Thing] = {}
        self._tokens: dict[str, Token] = {}
        # Ids grow as on Reddit, where each kind counts for itself.
        self._account_numbers = itertools.count(int("18qvk0", 36))
        self._link_numbers = itertools.count(int("1rm2a0", 36))
        self._comment_numbers = itertools.count(int("nk40z0", 36))
        self.account(username)

    def publish(
        self, post: StoryPost, author: Person, at: datetime, in_reply_to: str | None
    ) -> str:
        """Show a post of the story; returns its fullname.

        Raises ValueError for a post or an author without a place here, CommentError as `comment`.
        """
        if author.reddit is None or post.subreddit is None:
            raise ValueError(f"{post.key} has no place on Reddit")
        if in_reply_to is None:
            return self.submit(author.reddit, post.subreddit, post.title or "", post.text, at)
        return self.comment(author.reddit, in_reply_to, post.text, at)

    def submit(self, author: str, subreddit: str, title: str, text: str, at: datetime) -> str:
        """Write a submission; returns its fullname."""
        with self._lock:
            name = self._subreddits.setdefault(subreddit.lower(), subreddit)
            thing = Thing(next(self._link_numbers), name, self.account(author), text, at, title)
            self._things[thing.fullname] = thing
            return thing.fullname

    def comment(self, author: str, parent: str, text: str, at: datetime) -> str:
        """Write a comment under a thing; returns its fullname. Raises CommentError."""
        with self._lock:
            above = self._things.get(parent)
            if above is None:
                raise CommentError("NO_THING_ID", "id not specified", "parent")
            link = above.link or above
            if not text.strip():
                raise CommentError("NO_TEXT", "we need something here", "text")
            if len(text) > MAX_COMMENT:
                raise CommentError("TOO_LONG", f"this is too long (max: {MAX_COMMENT})", "text")
            if above.taken == DELETED and above.link is None:
                raise CommentError("DELETED_LINK", "the link has been deleted")
            if above.taken == DELETED:
                raise CommentError("DELETED_COMMENT", "that comment has been deleted")
            if link.locked:
                raise CommentError("THREAD_LOCKED", "Comments are locked.")
            thing = Thing(
                next(self._comment_numbers),
                link.subreddit,
                self.account(author),
                text,
                at,
                parent=parent,
                link=link,
            )
            self._things[thing.fullname] = thing
            above.replies.append(thing)
            return thing.fullname

    def edit(self, fullname: str, text: str) -> None:
        """Its author changes the words. Raises KeyError for an unknown thing."""
        with self._lock:
            thing = self._things[fullname]
            thing.text, thing.edited_at = text, self.clock()

    def delete(self, fullname: str) -> None:
        """Its author deletes it. Raises KeyError for an unknown thing."""
        self._things[fullname].taken = DELETED

    def remove(self, fullname: str) -> None:
        """A moderator removes it. Raises KeyError for an unknown thing."""
        self._things[fullname].taken = REMOVED

    def lock(self, fullname: str) -> None:
        """A moderator locks a submission: no more comments. Raises KeyError for an unknown one."""
        self._things[fullname].locked = True

    def leave(self, name: str) -> None:
        """Somebody deletes their account; what they wrote stays, without a name."""
        self.account(name).gone = True

    def account(self, name: str) -> Account:
        """The account of this name, made when it is new."""
        with self._lock:
            found = self._accounts.get(name.lower())
            if found is None:
                found = Account(next(self._account_numbers), name, self.clock())
                self._accounts[name.lower()] = found
            return found

    def known_account(self, name: str) -> Account | None:
        """The account of this name, where there is one."""
        found = self._accounts.get(name.lower())
        return None if found is None or found.gone else found

    def thing(self, fullname: str) -> Thing | None:
        """The submission or comment of this fullname."""
        return self._things.get(fullname)

    def newest(self, comments: bool, subreddits: str | None = None) -> Iterator[Thing]:
        """What stands in the listings, newest first, of some subreddits ('a+b') or of all."""
        wanted = None if subreddits in (None, "all") else set(str(subreddits).lower().split("+"))
        with self._lock:
            things = sorted(self._things.values(), key=lambda each: each.order, reverse=True)
        for thing in things:
            fits = wanted is None or thing.subreddit.lower() in wanted
            if fits and thing.taken is None and (thing.link is not None) == comments:
                yield thing

    def inbox(self, name: str) -> Iterator[Thing]:
        """Comments that answer somebody or call them by name, newest first."""
        called = re.compile(rf"(?<![\w-])u/{re.escape(name)}(?![\w-])", re.IGNORECASE)
        mine = self.account(name)
        for thing in self.newest(comments=True):
            above = self._things[thing.parent or ""]
            if thing.author is not mine and (above.author is mine or called.search(thing.text)):
                yield thing

    def public_threads(self) -> list[PublicThread]:
        """Every submission with all that was said below it, as the public sees it."""
        with self._lock:
            things = sorted(self._things.values(), key=lambda each: each.order)
        threads: dict[str, list[Thing]] = {}
        for thing in things:
            threads.setdefault((thing.link or thing).fullname, []).append(thing)
        return [
            PublicThread(
                id=fullname,
                network=self.channel,
                posts=tuple(self._public(each) for each in found),
                place=f"r/{found[0].subreddit}",
                title=found[0].title,
            )
            for fullname, found in threads.items()
        ]

    def _public(self, thing: Thing) -> PublicPost:
        gone = thing.author.gone or thing.taken == DELETED
        name = DELETED if gone else thing.author.name
        return PublicPost(
            id=thing.fullname,
            name=name,
            handle=name,
            text=thing.taken or thing.text,
            at=thing.created_at,
            by_brand=name in self.passwords,
            in_reply_to=thing.parent,
        )

    def exists(self, subreddits: str) -> bool:
        """True when every one of 'a+b' is a subreddit."""
        names = subreddits.lower().split("+")
        return all(name == "all" or name in self._subreddits for name in names)

    def issue_token(self, account: str | None) -> str:
        """A new bearer token."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = Token(account)
        return token

    def token(self, bearer: str) -> Token | None:
        """Whose token this is; None for one that was never issued."""
        return self._tokens.get(bearer)

    def count_request(self) -> tuple[int, int, int]:
        """Count one request; returns how many remain, are used, and seconds to the next window.

        Fewer than 0 remain where the request must be refused.
        """
        with self._lock:
            moment = int(self.clock().timestamp())
            window = moment // WINDOW_SECONDS
            if window != self._window:
                if self._window:
                    self.remaining = self._allowance
                self._window = window
            self.remaining -= 1
            left = max(self.remaining, 0)
            reset = WINDOW_SECONDS - moment % WINDOW_SECONDS
            return self.remaining, self._allowance - left, reset
