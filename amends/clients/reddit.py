"""The Reddit client: praw, held to what this installation's settings say and nothing else."""

import time
from configparser import ConfigParser
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import praw
import requests
from praw.config import Config
from prawcore import PrawcoreException, Requestor, ServerError

from config.errors import AmendsError
from config.settings import RedditSettings

OAUTH_URL = "https://oauth.reddit.com"
REDDIT_URL = "https://www.reddit.com"
SHORT_URL = "https://redd.it"
TIMEOUT_SECONDS = 16
# Never wait inside praw for a rate limit: the caller's job has a schedule of its own.
NO_WAIT = -1
_LIMITS = ("x-ratelimit-remaining", "x-ratelimit-used", "x-ratelimit-reset")


def reddit_client(settings: RedditSettings) -> praw.Reddit:
    """A praw client; reads only where there is no user name and password.

    It neither sleeps nor repeats a request: errors of `requests` and of prawcore reach the
    caller, who knows whether a repetition is safe. praw.ini files and praw_* variables have no
    effect. No request is made here. `settings.reads` must hold.
    """
    assert settings.client_secret is not None, "settings.reads holds"
    _forget_ini_files()
    base = settings.base_url.rstrip("/") if settings.base_url else None
    writes = settings.writes and settings.password is not None
    reddit = praw.Reddit(
        "DEFAULT",
        requestor_class=PlainRequestor,
        requestor_kwargs={"timeout": TIMEOUT_SECONDS},
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        username=settings.username if writes else None,
        password=settings.password.get_secret_value() if settings.password and writes else None,
        refresh_token=None,
        redirect_uri=None,
        user_agent=settings.user_agent,
        # prawcore joins paths to this one as a browser does: without the slash at the end the
        # last part of a gateway's path would be lost.
        oauth_url=f"{base or OAUTH_URL}/",
        reddit_url=base or REDDIT_URL,
        short_url=base or SHORT_URL,
        check_for_updates=False,
        check_for_async=False,
        timeout=TIMEOUT_SECONDS,
        ratelimit_seconds=NO_WAIT,
    )
    if not writes:
        reddit.read_only = True
    return reddit


class PlainRequestor(Requestor):
    """Sends each request once and at once.

    prawcore repeats any request, a comment among them, whose answer was lost or was a 5xx; the
    comment would then stand twice under a customer's post. It also sleeps for up to ten minutes
    when the rate limit is used up. Here a lost answer raises the error of `requests`, a 5xx
    ServerError, and a used-up limit is answered by a 429 without asking Reddit.
    """

    _free_at = 0.0

    def request(self, *args: Any, timeout: float | None = None, **kwargs: Any) -> requests.Response:
        """Send one request. Raises requests.RequestException, prawcore.ServerError."""
        wait = self._free_at - time.monotonic()
        if wait > 0:
            return _too_many(wait)
        method, url = args
        response = self._http.request(method, url, timeout=timeout or self.timeout, **kwargs)
        self._note_limits(response)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServerError(response)
        return response

    def _note_limits(self, response: requests.Response) -> None:
        remaining, _, reset = (response.headers.pop(name, None) for name in _LIMITS)
        try:
            if remaining is not None and float(remaining) <= 0:
                self._free_at = time.monotonic() + float(reset or 1)
        except ValueError:
            # A gateway's odd header is no reason to lose the answer.
            return


def _too_many(seconds: float) -> requests.Response:
    response = requests.Response()
    response.status_code = HTTPStatus.TOO_MANY_REQUESTS
    response.headers["retry-after"] = str(round(seconds + 1))
    response._content = b""
    return response


def _forget_ini_files() -> None:
    # praw reads praw.ini from the working folder and the home folder, once a process. A file
    # there could send the credentials to another host; only praw's own defaults are wanted.
    with Config.LOCK:
        if Config.CONFIG is None:
            parser = ConfigParser(interpolation=None)
            parser.read_string(files("praw").joinpath("praw.ini").read_text(encoding="utf-8"))
            Config.CONFIG = parser


def check(settings: RedditSettings) -> str:
    """Ask Reddit for one listing, and who we are; say so in a sentence. Raises AmendsError."""
    reddit = reddit_client(settings)
    assert settings.subreddit is not None, "settings.reads holds"
    try:
        next(iter(reddit.subreddit(settings.subreddit).new(limit=1)), None)
        who = f"replies as u/{reddit.user.me()}" if settings.writes else "only reads"
    except PrawcoreException as error:
        raise AmendsError(
            f"Reddit refused: {error}; check AMENDS_REDDIT__CLIENT_ID, __CLIENT_SECRET, "
            "__SUBREDDIT, and __USERNAME with __PASSWORD for replies."
        ) from None
    except requests.RequestException as error:
        raise AmendsError(f"Reddit cannot be reached: {error}.") from None
    return f"reads r/{settings.subreddit}, {who}"
