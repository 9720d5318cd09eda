"""Why Reddit could not be read, as a sentence that names the setting to look at."""

import requests
from prawcore.exceptions import (
    BadJSON,
    Forbidden,
    NotFound,
    OAuthException,
    Redirect,
    ResponseException,
    ServerError,
    TooManyRequests,
)

from config.settings import RedditSettings

INBOX = "reddit.inbox"


def explain(error: Exception, name: str, settings: RedditSettings) -> str:
    """One or two sentences about an error of praw, prawcore or requests met by collector `name`.

    No text of the error itself is passed on: it may carry what a server chose to say, or a URL.
    """
    where = settings.base_url or "reddit.com"
    if isinstance(error, requests.RequestException):
        return (
            f"{name}: Reddit cannot be reached at {where} ({type(error).__name__}). "
            "Check the network, or AMENDS_REDDIT__BASE_URL if it is set; the next run reads on."
        )
    if isinstance(error, OAuthException):
        return (
            f"{name}: Reddit refuses the brand's account ({error.error}). Check "
            "AMENDS_REDDIT__USERNAME and AMENDS_REDDIT__PASSWORD; an account with two-factor "
            "sign-in cannot be used."
        )
    if isinstance(error, TooManyRequests):
        wait = f" for {error.retry_after} seconds" if error.retry_after else ""
        return (
            f"{name}: Reddit's limit of requests is used up{wait}; the next run reads on. If it "
            "stays so, raise AMENDS_REDDIT__POLL_SECONDS."
        )
    if isinstance(error, ServerError):
        return (
            f"{name}: Reddit answers with its own error {error.response.status_code}; "
            "nothing is lost, the next run reads on."
        )
    if isinstance(error, Forbidden) and name == INBOX:
        return (
            f"{name}: Reddit does not open the inbox of u/{settings.username} to this "
            "application. Check AMENDS_REDDIT__USERNAME, and that the application is a script "
            "app of that account."
        )
    if isinstance(error, Forbidden | NotFound | Redirect):
        return (
            f"{name}: Reddit does not show r/{settings.subreddit} to this application (it may be "
            "private, closed or misspelt). Check AMENDS_REDDIT__SUBREDDIT."
        )
    if isinstance(error, ResponseException) and not isinstance(error, BadJSON):
        status = error.response.status_code
        if status == requests.codes.unauthorized:
            return (
                f"{name}: Reddit does not know the application. Check AMENDS_REDDIT__CLIENT_ID "
                "and AMENDS_REDDIT__CLIENT_SECRET."
            )
        return (
            f"{name}: Reddit refuses the request with status {status}. Check "
            "AMENDS_REDDIT__SUBREDDIT and AMENDS_REDDIT__SEARCH_QUERY."
        )
    return (
        f"{name}: what answers at {where} does not speak Reddit's API. "
        "Check AMENDS_REDDIT__BASE_URL."
    )
