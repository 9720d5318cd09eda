"""Clients of X: real tweepy, pointed at the address in the settings."""

import logging
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import requests
import tweepy

from config.errors import AmendsError, SettingsError
from config.settings import XSettings

# Seconds to connect, and between two bytes of an answer.
TIMEOUT = (5.0, 20.0)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Session(requests.Session):
    """Sends tweepy's requests to the address in the settings, with time limits.

    tweepy has its host in the code. The address is replaced before the request is signed, so the
    OAuth signature covers the address that the server sees.
    """

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base = base_url.rstrip("/")
        # A proxy of the environment cannot reach this machine's own loopback.
        self.trust_env = urlsplit(base_url).hostname not in LOOPBACK

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request. Raises requests' own errors."""
        parts = urlsplit(str(url))
        query = f"?{parts.query}" if parts.query else ""
        kwargs.setdefault("timeout", TIMEOUT)
        return super().request(method, f"{self._base}{parts.path}{query}", *args, **kwargs)


def x_reader(settings: XSettings) -> tweepy.Client:
    """A client that reads, with the app's bearer token.

    Raises SettingsError where the token is missing. The client never waits for a rate limit.
    """
    if settings.bearer_token is None:
        raise SettingsError("AMENDS_X__BEARER_TOKEN is not set; without it X cannot be read.")
    return _client(settings, bearer_token=settings.bearer_token.get_secret_value())


def x_writer(settings: XSettings) -> tweepy.Client:
    """A client that acts as the brand's account, with OAuth 1.0a.

    Raises SettingsError that names a missing key. The client never waits for a rate limit.
    """
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    keys = {}
    for name in names:
        secret = getattr(settings, name)
        if secret is None:
            raise SettingsError(
                f"AMENDS_X__{name.upper()} is not set; without it no reply can be sent on X."
            )
        keys[name] = secret.get_secret_value()
    return _client(settings, **keys)


def _client(settings: XSettings, **keys: str) -> tweepy.Client:
    # At DEBUG these libraries write tokens and signing keys into the log.
    for name in ("tweepy", "requests_oauthlib", "oauthlib"):
        logging.getLogger(name).setLevel(logging.INFO)
    client = tweepy.Client(**keys, return_type=dict, wait_on_rate_limit=False)
    client.session = _Session(settings.base_url)
    client.user_agent = f"amends/{version('amends')}"
    return client


def check(settings: XSettings) -> str:
    """Ask X who we are with each set of keys there is, in a sentence. Raises AmendsError."""
    try:
        seen = x_reader(settings).get_user(id=settings.account_id)
        words = [f"reads as @{seen['data']['username']}"]
        if settings.writes:
            words.append(f"replies as @{x_writer(settings).get_me()['data']['username']}")
    except tweepy.HTTPException as error:
        raise AmendsError(
            f"X answered {error.response.status_code}; check AMENDS_X__BEARER_TOKEN, "
            "AMENDS_X__ACCOUNT_ID and the four OAuth keys."
        ) from None
    except (requests.RequestException, tweepy.TweepyException, KeyError) as error:
        raise AmendsError(f"X cannot be asked at {settings.base_url}: {error}.") from None
    return ", ".join(words)
