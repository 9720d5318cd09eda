"""Public replies on Reddit, through praw."""

import html
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import requests
from praw.exceptions import PRAWException
from prawcore.exceptions import PrawcoreException
from sqlmodel import Session

from config.settings import RedditSettings
from models.tables import OutboxItem
from recovery.outbox import Letter, OutcomeUnknown, Receipt, SendError, SendRefused
from recovery.replies import own
from recovery.replies.reddit_errors import asking, sending

if TYPE_CHECKING:
    import praw

CHANNEL = "reddit"
SITE = "https://www.reddit.com"
# The desk's clock and Reddit's may differ by as much when Reddit is asked what it has.
CLOCK_SLACK = timedelta(minutes=2)
PAGE = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """The submission or comment that is answered, by Reddit's fullname."""

    fullname: str


class RedditReplies:
    """Sends the outbox's replies on Reddit; `reddit` acts as the brand's account.

    The payload has `post_id`, the desk's id of the post that is answered, and `text`. The client
    must not repeat a request by itself: a comment would stand there twice.
    """

    def __init__(self, reddit: "praw.Reddit", settings: RedditSettings) -> None:
        self._reddit = reddit
        self._settings = settings

    def prepare(self, session: Session, item: OutboxItem) -> Answered:
        """Look up the post that is answered. Raises SendRefused when it is gone."""
        return Answered(own.answered_id(session, item, CHANNEL))

    def send(self, letter: Letter) -> Receipt:
        """Write the comment. Raises SendError, OutcomeUnknown, SendRefused."""
        fullname = _answered(letter).fullname
        kind, _, thing_id = fullname.partition("_")
        if kind not in ("t1", "t3") or not thing_id:
            raise SendRefused(
                f"{fullname} is no post that Reddit knows, perhaps one from an import; "
                "answer by hand."
            )
        target = (
            self._reddit.comment(thing_id) if kind == "t1" else self._reddit.submission(thing_id)
        )
        try:
            written = target.reply(str(letter.payload["text"]))
        except (PrawcoreException, PRAWException, requests.RequestException) as error:
            raise sending(error, self._settings) from None
        except (KeyError, TypeError, ValueError) as error:
            raise OutcomeUnknown(
                "Reddit took the reply but answered in an unknown way "
                f"({type(error).__name__}); the desk will ask whether it stands there."
            ) from None
        if written is None:
            # So does Reddit in a quarantined subreddit, with the comment written.
            raise OutcomeUnknown("Reddit took the reply but did not show it; the desk will ask.")
        return _receipt(vars(written))

    def find(self, letter: Letter) -> Receipt | None:
        """Look for the reply among the brand's newest comments. Raises SendError."""
        if self._settings.username is None:
            raise SendError(
                "AMENDS_REDDIT__USERNAME is not set; without it the desk cannot ask Reddit "
                "whether a reply arrived."
            )
        parent = _answered(letter).fullname
        wanted = comparable(str(letter.payload["text"]))
        since = (letter.created_at - CLOCK_SLACK).timestamp()
        mine = self._reddit.redditor(self._settings.username).comments
        try:
            for comment in mine.new(limit=None, params={"limit": PAGE}):
                data = vars(comment)
                if data["created_utc"] < since:
                    return None
                if data["parent_id"] == parent and comparable(data["body"]) == wanted:
                    return _receipt(data)
        except (PrawcoreException, PRAWException, requests.RequestException) as error:
            raise asking(error, self._settings) from None
        except (KeyError, TypeError, ValueError) as error:
            raise SendError(
                "Reddit listed the brand's comments in an unknown way "
                f"({type(error).__name__}); the desk will ask again."
            ) from None
        return None

    def settle(self, session: Session, item: OutboxItem, receipt: Receipt, now: datetime) -> None:
        """Store the brand's comment as a post, unless a collector was faster."""
        url = receipt.data.get("url")
        own.remember(session, CHANNEL, item, receipt, url, now)


def comparable(text: str) -> str:
    """What is left of a comment when the ways in which Reddit may change it are taken out."""
    return " ".join(html.unescape(text).split())


def _answered(letter: Letter) -> Answered:
    assert isinstance(letter.context, Answered), "prepare makes the context"
    return letter.context


def _receipt(data: dict[str, Any]) -> Receipt:
    kept = {"created_at": datetime.fromtimestamp(data["created_utc"], UTC).isoformat()}
    if data.get("permalink"):
        kept["url"] = f"{SITE}{data['permalink']}"
    return Receipt(f"t1_{data['id']}", kept)
