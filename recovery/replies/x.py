"""Public replies on X, through tweepy."""

import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import tweepy
from sqlmodel import Session
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError

from config.settings import XSettings
from models.tables import OutboxItem
from recovery.outbox import Letter, OutcomeUnknown, Receipt, SendError, SendRefused
from recovery.replies import own

CHANNEL = "x"
# The brand's clock and X's may differ by as much when X is asked what it has.
CLOCK_SLACK = timedelta(minutes=2)
PAGE = 100
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """The post that is answered, by X's id."""

    external_id: str


class XReplies:
    """Sends the outbox's replies on X; `client` acts as the brand's account and returns dicts.

    The payload has `post_id`, the desk's id of the post that is answered, and `text`.
    """

    def __init__(self, client: tweepy.Client, settings: XSettings) -> None:
        self._client = client
        self._settings = settings

    def prepare(self, session: Session, item: OutboxItem) -> Answered:
        """Look up the post that is answered. Raises SendRefused when it is gone."""
        return Answered(own.answered_id(session, item, CHANNEL))

    def send(self, letter: Letter) -> Receipt:
        """Post the reply. Raises SendError, OutcomeUnknown, SendRefused."""
        answered = _answered(letter)
        try:
            body: Body = self._client.create_tweet(
                text=str(letter.payload["text"]), in_reply_to_tweet_id=answered.external_id
            )
        except tweepy.Forbidden as error:
            # X refuses the same words a second time: they may be this very reply, sent by an
            # attempt that was cut off.
            found = self.find(letter) if "duplicate" in str(error).lower() else None
            if found is None:
                raise _refused(error) from None
            return found
        except (tweepy.TweepyException, requests.RequestException) as error:
            raise _sending(error) from None
        if "data" not in body:
            raise OutcomeUnknown("X's answer does not say whether it took the reply.")
        return Receipt(str(body["data"]["id"]))

    def find(self, letter: Letter) -> Receipt | None:
        """Look for the reply in the brand's own timeline. Raises SendError."""
        answered, wanted = _answered(letter), comparable(str(letter.payload["text"]))
        token: str | None = None
        while True:
            page = self._timeline(letter.created_at - CLOCK_SLACK, token)
            for post in page.get("data", []):
                if answered.external_id in _replied_to(post) and wanted == comparable(_text(post)):
                    data = {"created_at": post["created_at"]} if "created_at" in post else {}
                    return Receipt(_first_version(post), data)
            following = page.get("meta", {}).get("next_token")
            if following is None or following == token:
                return None
            token = following

    def settle(self, session: Session, item: OutboxItem, receipt: Receipt, now: datetime) -> None:
        """Store the brand's reply as a post, unless a collector was faster."""
        url = f"https://x.com/{self._settings.handle or 'i'}/status/{receipt.external_id}"
        own.remember(session, CHANNEL, item, receipt, url, now)

    def _timeline(self, since: datetime, token: str | None) -> Body:
        if self._settings.account_id is None:
            raise SendError(
                "AMENDS_X__ACCOUNT_ID is not set; without it the desk cannot ask X whether a "
                "reply arrived."
            )
        paging = {} if token is None else {"pagination_token": token}
        try:
            page: Body = self._client.get_users_tweets(
                self._settings.account_id,
                start_time=since,
                max_results=PAGE,
                tweet_fields=["created_at", "entities", "note_tweet", "referenced_tweets"],
                user_auth=True,
                **paging,
            )
        except (tweepy.TweepyException, requests.RequestException) as error:
            raise _asking(error) from None
        return page


def comparable(text: str) -> str:
    """What is left of a post when X's changes are taken out.

    X puts handles in front, escapes three characters, replaces links and normalises code points.
    """
    text = unicodedata.normalize("NFC", html.unescape(text))
    text = re.sub(r"^(?:\s*@\w{1,15}\b)+", "", text)
    # Names with a dot too: X makes a link of many of them.
    text = re.sub(r"\S*(?:https?://|\w\.\w)\S*", "<link>", text)
    return " ".join(text.split())


def _answered(letter: Letter) -> Answered:
    assert isinstance(letter.context, Answered), "prepare makes the context"
    return letter.context


def _replied_to(post: Body) -> set[str]:
    references = post.get("referenced_tweets") or post.get("referenced_posts") or []
    return {each["id"] for each in references if each["type"] == "replied_to"}


def _text(post: Body) -> str:
    note = post.get("note_tweet") or post.get("note_post") or {}
    return str(note.get("text") or post["text"])


def _first_version(post: Body) -> str:
    versions = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    return str(versions[0] if versions else post["id"])


def _refused(error: tweepy.HTTPException) -> SendRefused:
    reason = " ".join(str(message) for message in error.api_messages) or "no reason given"
    if "duplicate" in reason.lower():
        advice = "Change the words and send again."
    elif "mentioned" in reason.lower():
        advice = "Open the post on X and answer there by hand."
    else:
        advice = "Look at the post on X; it may be gone, or closed to replies."
    return SendRefused(f"X does not take this reply: {reason.rstrip('.')}. {advice}")


def _sending(error: Exception) -> SendError | SendRefused:
    """What an error means for a reply that was on its way."""
    match error:
        case tweepy.BadRequest() | tweepy.NotFound():
            return _refused(error)
        case tweepy.TwitterServerError():
            return OutcomeUnknown(
                f"X failed with {error.response.status_code} while it took the reply; "
                "the desk asks X whether it arrived."
            )
        case tweepy.TweepyException():
            return _asking(error)
        case requests.RequestException() if _never_left(error):
            return _asking(error)
        case _:
            return OutcomeUnknown(
                "The connection to X broke after the reply had left; the desk asks X whether it "
                "arrived."
            )


def _asking(error: Exception) -> SendError:
    """What an error means where nothing was, or can have been, posted."""
    match error:
        case tweepy.TooManyRequests():
            return SendError("X's rate limit is used up (429); the reply waits.", _wait(error))
        case tweepy.Unauthorized():
            return SendError(
                "X does not accept the account's keys (401); replies wait until "
                "AMENDS_X__CONSUMER_KEY, AMENDS_X__CONSUMER_SECRET, AMENDS_X__ACCESS_TOKEN and "
                "AMENDS_X__ACCESS_TOKEN_SECRET are right."
            )
        case tweepy.HTTPException():
            return SendError(f"X answers {error.response.status_code}; the reply waits.")
        case _:
            return SendError(
                "X cannot be reached; the reply waits. Check the network and AMENDS_X__BASE_URL."
            )


def _never_left(error: requests.RequestException) -> bool:
    """True when no connection stood, so that nothing can have arrived."""
    if isinstance(
        error,
        requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError,
    ):
        return True
    cause: object = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    return isinstance(cause, HTTPError) and isinstance(cause, NewConnectionError)


def _wait(error: tweepy.TooManyRequests) -> timedelta | None:
    if error.reset_time is None:
        return None
    seconds = error.reset_time - datetime.now(UTC).timestamp()
    return timedelta(seconds=max(seconds, 1))
