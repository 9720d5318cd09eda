"""X through tweepy: posts that mention the brand, a search, and the brand's own timeline.

Each collector keeps the id of the newest post it has read. A run reads every page since then,
stores each page as it comes, and moves the cursor only when all are stored: a run that is cut off
is repeated from the same place, and what was stored is recognised. What X shows no more, since the
desk was off for days or too much was written, is told once as a GapError.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import stamina
import tweepy
from sqlalchemy import Engine

from config.settings import XSettings
from models.database import reading, writing
from models.tables import Cursor
from monitor.collectors import CollectError, gap
from monitor.collectors.x_posts import id_at, to_incoming, written_at
from monitor.ingest import Stored, keep

# The first run of a collector reads this far back.
FIRST_WINDOW = timedelta(days=2)
# Recent search reaches back seven days and refuses to look further; X's clock may be ahead.
SEARCH_WINDOW = timedelta(days=7) - timedelta(minutes=5)
# X's index may show a post after one with a later id: look again at the last minute. A post read
# twice in a day is billed once. Ids carry milliseconds above their 22 lowest bits.
OVERLAP = 60_000 << 22
# Where nothing is written for long, the cursor follows the clock at this distance: then one that X
# finds too old tells that the desk was off, and not only that it was quiet.
QUIET = timedelta(days=1)
TRIES = 4
RETRIED = (
    tweepy.TwitterServerError,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
ASKED = {
    "tweet_fields": [
        "created_at",
        "conversation_id",
        "entities",
        "note_tweet",
        "referenced_tweets",
    ],
    "expansions": ["author_id"],
    "user_fields": ["public_metrics"],
}
Page = dict[str, Any]


class _XCollector:
    """What the three have in common."""

    name: str
    # From so many posts in one run, X may have left out older ones; None where it shows all. A
    # little below X's own figure, since posts of suspended accounts are counted and not shown.
    reach: int | None = None

    def __init__(self, client: tweepy.Client, settings: XSettings, brand: str) -> None:
        """`client` reads and returns dicts; `brand` is stored with every post."""
        self._client = client
        self._settings = settings
        self._brand = brand

    def collect(self, engine: Engine, now: datetime) -> int:
        """Read everything since the last run; return how many posts were new.

        The first run reads the last two days. Raises CollectError, and GapError when all is
        stored that can be read.
        """
        cursor = self._cursor(engine)
        bounds: dict[str, Any] = (
            {"start_time": now - FIRST_WINDOW}
            if cursor is None
            else {"since_id": str(max(cursor - OVERLAP, 1))}
        )
        try:
            return self._read(engine, cursor, bounds, now)
        except tweepy.BadRequest as error:
            # X takes no since_id older than its index, which is what a desk that was off has.
            if cursor is None or not _names_since_id(error):
                raise CollectError(_refused(error)) from None
        try:
            return self._read(engine, cursor, {"start_time": now - SEARCH_WINDOW}, now)
        except tweepy.BadRequest as error:
            raise CollectError(_refused(error)) from None

    def _read(
        self, engine: Engine, cursor: int | None, bounds: dict[str, Any], now: datetime
    ) -> int:
        new, newest, token = 0, cursor or 0, None
        shown: list[int] = []
        while True:
            page = self._fetch(bounds, token)
            data = page.get("data", [])
            found = list(to_incoming(page, self._settings, self._brand, self.name))
            new += keep(engine, found, now).count(Stored.NEW)
            shown += [int(post["id"]) for post in data]
            following = page.get("meta", {}).get("next_token")
            if following is None:
                break
            if following == token:
                raise CollectError(
                    f"X answered {self.name} with the same page twice; what was read is stored, "
                    "and the next run reads again from the same place."
                )
            token = following
        newest = max([newest, *shown])
        if written_at(newest) < now - 2 * QUIET:
            newest = id_at(now - QUIET)
        if newest > (cursor or 0):
            with writing(engine) as session:
                session.merge(Cursor(name=self.name, value=str(newest), moved_at=now))
        since, until = self._unread(cursor, bounds.get("start_time"), shown)
        if since < until:
            raise gap("X", self.name, since, until)
        return new

    def _unread(
        self, cursor: int | None, start: datetime | None, shown: list[int]
    ) -> tuple[datetime, datetime]:
        """From when to when X has not shown everything; the same moment twice where it has."""
        begins = [moment for moment in (cursor and written_at(cursor), start) if moment]
        since, until = begins[0], begins[-1]
        if self.reach is not None and len(shown) >= self.reach and min(shown) > (cursor or 0):
            until = max(until, written_at(min(shown)))
        return since, until

    def _fetch(self, bounds: dict[str, Any], token: str | None) -> Page:
        try:
            for attempt in stamina.retry_context(
                on=RETRIED, attempts=TRIES, wait_initial=0.2, wait_max=5.0, timeout=60.0
            ):
                with attempt:
                    page: Page = self._page(
                        **ASKED,
                        **bounds,
                        **self._paging(token),
                        max_results=self._settings.page_size,
                    )
        except tweepy.BadRequest:
            raise
        except (tweepy.TweepyException, requests.RequestException) as error:
            raise CollectError(_explained(error)) from None
        if "data" not in page and page.get("errors"):
            detail = page["errors"][0].get("detail", "no reason given")
            raise CollectError(f"X did not answer {self.name}: {detail} {self._hint()}")
        return page

    def _paging(self, token: str | None) -> dict[str, str]:
        return {} if token is None else {"pagination_token": token}

    def _page(self, **params: Any) -> Page:
        raise NotImplementedError

    def _hint(self) -> str:
        return "Check AMENDS_X__ACCOUNT_ID."

    def _cursor(self, engine: Engine) -> int | None:
        with reading(engine) as session:
            cursor = session.get(Cursor, self.name)
            return int(cursor.value) if cursor is not None else None

    def _account(self) -> str:
        if self._settings.account_id is None:
            raise CollectError("AMENDS_X__ACCOUNT_ID is not set; it says whose posts to read on X.")
        return self._settings.account_id


class XMentions(_XCollector):
    """Posts that mention the brand's account, of which X shows the newest 800."""

    name = "x.mentions"
    reach = 760

    def _page(self, **params: Any) -> Page:
        return dict(self._client.get_users_mentions(self._account(), **params))


class XOwn(_XCollector):
    """The brand's own posts, of which X shows the newest 3,200: answers given elsewhere count."""

    name = "x.own"
    reach = 3040

    def _page(self, **params: Any) -> Page:
        return dict(self._client.get_users_tweets(self._account(), exclude=["retweets"], **params))


class XSearch(_XCollector):
    """Posts that match AMENDS_X__SEARCH_QUERY, at most seven days old."""

    name = "x.search"

    def _page(self, **params: Any) -> Page:
        query = self._settings.search_query
        if query is None:
            raise CollectError("AMENDS_X__SEARCH_QUERY is not set; it says what to search on X.")
        return dict(self._client.search_recent_tweets(query, **params))

    def _paging(self, token: str | None) -> dict[str, str]:
        return {} if token is None else {"next_token": token}

    def _hint(self) -> str:
        return "Check AMENDS_X__SEARCH_QUERY."


def _names_since_id(error: tweepy.BadRequest) -> bool:
    return any(
        isinstance(each, dict) and "since_id" in each.get("parameters", {})
        for each in error.api_errors
    )


def _refused(error: tweepy.BadRequest) -> str:
    detail = "; ".join(str(message) for message in error.api_messages) or "no reason given"
    return (
        f"X refuses the request: {detail}. Check AMENDS_X__SEARCH_QUERY and AMENDS_X__ACCOUNT_ID."
    )


def _explained(error: tweepy.TweepyException | requests.RequestException) -> str:
    match error:
        case tweepy.Unauthorized():
            return (
                "X does not accept the bearer token (401); nothing is read from X until "
                "AMENDS_X__BEARER_TOKEN is right."
            )
        case tweepy.Forbidden():
            reason = "; ".join(str(message) for message in error.api_messages)
            return (
                f"X forbids this app to read (403: {reason or 'no reason given'}); check the app's "
                "access level, and that AMENDS_X__BEARER_TOKEN belongs to it."
            )
        case tweepy.TooManyRequests():
            return f"X's rate limit is used up (429); {_again(error.reset_time)}."
        case tweepy.TwitterServerError():
            status = error.response.status_code
            return f"X fails with {status} again and again; the next run tries it again."
        case tweepy.HTTPException():
            status = error.response.status_code
            return (
                f"X answers {status}, which stops reading; see the app's standing and credits in "
                "X's developer console."
            )
        case requests.Timeout():
            return "X does not answer in time; the next run tries it again."
        case requests.ConnectionError() | requests.exceptions.ChunkedEncodingError():
            return (
                "X cannot be reached; check the network and AMENDS_X__BASE_URL, the next run tries "
                "it again."
            )
        case _:
            return (
                f"X's answer cannot be read ({type(error).__name__}); check AMENDS_X__BASE_URL, "
                "the next run tries it again."
            )


def _again(reset_time: int | None) -> str:
    if reset_time is None:
        return "the next run tries it again"
    at = datetime.fromtimestamp(reset_time, UTC)
    return f"X takes requests again at {at:%H:%M:%S} UTC"
