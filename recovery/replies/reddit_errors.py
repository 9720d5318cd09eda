"""What an error of Reddit means for a reply: try again, ask first, or never."""

import re
from datetime import timedelta

import requests
from praw.exceptions import RedditAPIException
from prawcore.exceptions import (
    BadJSON,
    Forbidden,
    InvalidToken,
    NotFound,
    OAuthException,
    ResponseException,
    ServerError,
    TooManyRequests,
)
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from config.settings import RedditSettings
from recovery.outbox import OutcomeUnknown, SendError, SendRefused

TOKEN_PATH = "/api/v1/access_token"  # noqa: S105 - a path
# Wrong credentials and a broken network mend themselves only when a person does something.
AFTER_SETTINGS = timedelta(minutes=5)
_BREAK = re.compile(r"(\d{1,4}) (millisecond|second|minute|hour)")
_SECONDS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
# https://www.reddit.com/dev/api names few of these; the codes are those of Reddit's own errors.
_REFUSALS = {
    "THREAD_LOCKED": "the thread is locked, nobody can answer there any more",
    "TOO_OLD": "the thread is archived, nobody can answer there any more",
    "DELETED_COMMENT": "the customer deleted the comment, which needs no answer now",
    "DELETED_LINK": "the customer deleted the post, which needs no answer now",
    "NO_TEXT": "the reply is empty",
    "TOO_LONG": "the reply is longer than Reddit's 10,000 characters",
    "NO_THING_ID": "the post is no longer on Reddit",
    "USER_REQUIRED": "the desk is not signed in; set AMENDS_REDDIT__USERNAME and "
    "AMENDS_REDDIT__PASSWORD",
    "SUBREDDIT_OUTBOUND_LINKING_DISALLOWED": "that subreddit takes no links",
    "USER_BLOCKED": "the customer has blocked the brand's account",
}


def sending(error: Exception, settings: RedditSettings) -> SendError | SendRefused:
    """What an error met while the comment was written means."""
    if isinstance(error, RedditAPIException):
        return _api(error)
    if isinstance(error, Forbidden):
        return SendRefused(
            f"Reddit does not let u/{settings.username} answer there (banned, private or only "
            "for approved members); answer from another account or by private message."
        )
    if isinstance(error, NotFound):
        return SendRefused("The post is no longer on Reddit; nothing was sent.")
    known = _before_the_request(error)
    if known is not None:
        return known
    if isinstance(error, requests.RequestException | ServerError | BadJSON):
        return OutcomeUnknown(
            f"The answer of Reddit got lost ({_name(error)}); the desk will ask whether the reply "
            "stands there before it sends it again."
        )
    if isinstance(error, ResponseException):
        return SendRefused(
            f"Reddit refuses the reply with status {error.response.status_code}; change it, or "
            "answer by hand."
        )
    return OutcomeUnknown(
        f"The reply may or may not have arrived ({_name(error)}); the desk will ask Reddit."
    )


def asking(error: Exception, settings: RedditSettings) -> SendError:
    """What an error met while looking for a comment means: always to ask again."""
    known = _before_the_request(error)
    if known is not None:
        return known
    if isinstance(error, Forbidden | NotFound):
        return SendError(
            f"Reddit does not show the comments of u/{settings.username}, so the desk cannot see "
            "whether a reply arrived. Check AMENDS_REDDIT__USERNAME.",
            AFTER_SETTINGS,
        )
    return SendError(
        f"Reddit did not say whether the reply arrived ({_name(error)}); the desk will ask again."
    )


def _before_the_request(error: Exception) -> SendError | None:
    """Errors that prove that Reddit has not written anything."""
    if isinstance(error, TooManyRequests):
        wait = timedelta(seconds=float(error.retry_after)) if error.retry_after else None
        return SendError("Reddit's limit of requests is used up; the reply waits.", wait)
    if isinstance(error, OAuthException):
        return SendError(
            f"Reddit refuses the brand's account ({error.error}). Check AMENDS_REDDIT__USERNAME "
            "and AMENDS_REDDIT__PASSWORD; the reply waits.",
            AFTER_SETTINGS,
        )
    if isinstance(error, InvalidToken):
        return SendError("Reddit ended the desk's sign-in; the reply waits for a new one.")
    if isinstance(error, ResponseException) and error.response.status_code == 401:
        return SendError(
            "Reddit does not know the application. Check AMENDS_REDDIT__CLIENT_ID and "
            "AMENDS_REDDIT__CLIENT_SECRET; the reply waits.",
            AFTER_SETTINGS,
        )
    if isinstance(error, requests.RequestException) and _never_connected(error):
        return SendError(
            f"Reddit cannot be reached ({_name(error)}); the reply waits. Check the network, or "
            "AMENDS_REDDIT__BASE_URL if it is set."
        )
    if _during_sign_in(error):
        return SendError(f"Reddit did not let the desk sign in ({_name(error)}); the reply waits.")
    return None


def _during_sign_in(error: Exception) -> bool:
    url = None
    if isinstance(error, requests.RequestException) and error.request is not None:
        url = error.request.url
    elif isinstance(error, ResponseException):
        url = error.response.url
    return url is not None and str(url).split("?")[0].endswith(TOKEN_PATH)


def _never_connected(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    # NameResolutionError is a NewConnectionError.
    return isinstance(cause, NewConnectionError | ConnectTimeoutError)


def _api(error: RedditAPIException) -> SendError | SendRefused:
    item = error.items[0]
    if item.error_type == "RATELIMIT":
        return SendError(
            "Reddit lets this account comment only so often; the reply waits.",
            _asked_break(item.message or ""),
        )
    why = _REFUSALS.get(item.error_type, f"{item.error_type.lower().replace('_', ' ')}")
    return SendRefused(f"Reddit refuses the reply: {why}.")


def _asked_break(message: str) -> timedelta | None:
    found = _BREAK.search(message)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]]) if found else None


def _name(error: Exception) -> str:
    if isinstance(error, ResponseException):
        return f"status {error.response.status_code}"
    return type(error).__name__
