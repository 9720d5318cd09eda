"""Reddit through praw: a subreddit's new posts and comments, a search, and answers to the brand.

Reddit's listings drop items for a while and show them later, so each run reads an overlap again
and upserts. The cursor is the moment of the newest item read, moved when all pages are stored. A
listing ends after about a thousand items; what lies behind that is told once as a GapError.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
import stamina
from praw.exceptions import PRAWException
from prawcore.exceptions import PrawcoreException, ServerError, TooManyRequests
from sqlalchemy import Engine

from config.settings import RedditSettings
from models.database import reading, writing
from models.tables import Cursor
from monitor.collectors import CollectError, gap
from monitor.collectors.reddit_errors import INBOX, explain
from monitor.collectors.reddit_posts import to_incoming
from monitor.ingest import Stored, keep

if TYPE_CHECKING:
    import praw

PAGE = 100
# Moderators approve what a filter held back, which then appears with its old time.
OVERLAP = timedelta(hours=1)
# The first run of a collector reads this far back.
FIRST_WINDOW = timedelta(days=2)
# A listing that ends after so many items may have been cut: Reddit counts to a thousand and then
# takes out what was deleted. One that ends earlier has no more.
REACH = 900
TRIES = 4
LONGEST_WAIT_SECONDS = 5.0
Listing = Iterator[Any]


class _RedditCollector:
    """What the four have in common."""

    name: str
    reach = REACH

    def __init__(self, reddit: "praw.Reddit", settings: RedditSettings, brand: str) -> None:
        """`brand` is stored with every post."""
        self._reddit = reddit
        self._settings = settings
        self._brand = brand

    def collect(self, engine: Engine, now: datetime) -> int:
        """Read everything since the last run; return how many posts were new.

        The first run reads the last two days. Raises CollectError, and GapError when all is
        stored that can be read.
        """
        name = f"{self.name}:{self._place()}"
        cursor = self._cursor(engine, name)
        since = now - FIRST_WINDOW if cursor is None else cursor - OVERLAP
        # Whole pages are read, and a page of a quiet place reaches far back.
        oldest = min(since, now - FIRST_WINDOW)
        new, newest = 0, cursor or since
        shown: list[datetime] = []
        listing = self._guarded(self._listing)
        while page := self._page(listing):
            moments = [_moment(thing) for thing in page]
            found = [to_incoming(thing, self._settings, self._brand, self.name) for thing in page]
            posts = [post for post in found if post is not None and post.created_at >= oldest]
            new += keep(engine, posts, now).count(Stored.NEW)
            shown += moments
            if all(moment < since for moment in moments):
                break
        newest = max([newest, *shown])
        if newest != cursor:
            with writing(engine) as session:
                session.merge(Cursor(name=name, value=newest.isoformat(), moved_at=now))
        if len(shown) >= self.reach and min(shown) > (cursor or since):
            raise gap("Reddit", self.name, cursor or since, min(shown))
        return new

    def _listing(self) -> Listing:
        raise NotImplementedError

    def _place(self) -> str:
        if self._settings.subreddit is None:
            raise CollectError(
                "AMENDS_REDDIT__SUBREDDIT is not set; it says where on Reddit to read."
            )
        return self._settings.subreddit

    def _page(self, listing: Listing) -> list[Any]:
        # The listing asks Reddit when it has run out of items, and again after an error.
        page: list[Any] = []

        def take() -> None:
            while len(page) < PAGE and (thing := next(listing, None)) is not None:
                page.append(thing)

        self._guarded(take)
        return page

    def _guarded(self, ask: Callable[[], Any]) -> Any:
        try:
            for attempt in stamina.retry_context(
                on=_worth_repeating,
                attempts=TRIES,
                wait_initial=0.2,
                wait_max=LONGEST_WAIT_SECONDS,
                timeout=60.0,
            ):
                with attempt:
                    return ask()
        except (PrawcoreException, PRAWException, requests.RequestException, ValueError) as error:
            raise CollectError(explain(error, self.name, self._settings)) from None

    def _cursor(self, engine: Engine, name: str) -> datetime | None:
        with reading(engine) as session:
            cursor = session.get(Cursor, name)
            return datetime.fromisoformat(cursor.value) if cursor is not None else None


class RedditSubmissions(_RedditCollector):
    """What is posted in the brand's subreddit."""

    name = "reddit.new"

    def _listing(self) -> Listing:
        return self._reddit.subreddit(self._place()).new(limit=None, params={"limit": PAGE})


class RedditComments(_RedditCollector):
    """What is said below the posts of the brand's subreddit."""

    name = "reddit.comments"

    def _listing(self) -> Listing:
        comments = self._reddit.subreddit(self._place()).comments
        found: Listing = comments(limit=None, params={"limit": PAGE})
        return found


class RedditSearch(_RedditCollector):
    """Submissions anywhere on Reddit that match AMENDS_REDDIT__SEARCH_QUERY."""

    name = "reddit.search"
    # Reddit's search shows about 250.
    reach = 220

    def _place(self) -> str:
        if self._settings.search_query is None:
            raise CollectError(
                "AMENDS_REDDIT__SEARCH_QUERY is not set; it says what to look for on Reddit."
            )
        return self._settings.search_query

    def _listing(self) -> Listing:
        found: Listing = self._reddit.subreddit("all").search(
            self._place(), sort="new", limit=None, params={"limit": PAGE}
        )
        return found


class RedditInbox(_RedditCollector):
    """Comments anywhere on Reddit that answer the brand's account or call it by its name.

    Only these tell what a customer of another subreddit says after a reply. Private messages are
    left alone.
    """

    name = INBOX

    def _place(self) -> str:
        if not self._settings.writes or self._settings.username is None:
            raise CollectError(
                "AMENDS_REDDIT__USERNAME and AMENDS_REDDIT__PASSWORD are not both set; they open "
                "the brand's inbox on Reddit."
            )
        return self._settings.username

    def _listing(self) -> Listing:
        self._place()
        found: Listing = self._reddit.inbox.all(limit=None, params={"limit": PAGE})
        return found


def reddit_collectors(
    reddit: "praw.Reddit", settings: RedditSettings, brand: str
) -> list[RedditSubmissions | RedditComments | RedditSearch | RedditInbox]:
    """The collectors that these settings ask for. `settings.reads` must hold."""
    found: list[RedditSubmissions | RedditComments | RedditSearch | RedditInbox] = [
        RedditSubmissions(reddit, settings, brand),
        RedditComments(reddit, settings, brand),
    ]
    if settings.search_query is not None:
        found.append(RedditSearch(reddit, settings, brand))
    if settings.writes:
        found.append(RedditInbox(reddit, settings, brand))
    return found


def _moment(thing: Any) -> datetime:
    return datetime.fromtimestamp(vars(thing)["created_utc"], UTC)


def _worth_repeating(error: Exception) -> bool | float:
    if isinstance(error, TooManyRequests):
        wait = float(error.retry_after or 1)
        return wait if wait <= LONGEST_WAIT_SECONDS else False
    return isinstance(
        error,
        ServerError
        | requests.ConnectionError
        | requests.Timeout
        | requests.exceptions.ChunkedEncodingError,
    )
