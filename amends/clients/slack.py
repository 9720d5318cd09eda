"""The Slack clients: Web API and Socket Mode, held to what this installation's settings say."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient

from config.settings import SlackSettings

if TYPE_CHECKING:
    from slack_bolt import App
    from slack_bolt.adapter.socket_mode import SocketModeHandler

TIMEOUT_SECONDS = 10


def slack_client(settings: SlackSettings) -> WebClient:
    """A Web API client that waits at most 10 s and repeats nothing by itself.

    Whether a repetition is safe is known by the caller. No request is made here.
    `settings.posts` must hold.
    """
    assert settings.bot_token is not None, "settings.posts holds"
    client = WebClient(
        token=settings.bot_token.get_secret_value(),
        # The SDK joins method names to this as a browser does: without the slash at the end the
        # last part of a gateway's path would be lost.
        base_url=settings.base_url.rstrip("/") + "/",
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],
    )
    if _is_direct(settings.base_url):
        client.proxy = None
    return client


def socket_mode(app: "App", settings: SlackSettings) -> "SocketModeHandler":
    """A Socket Mode connection for `app`, ready to `.connect()` and `.close()`.

    `.connect()` raises SlackApiError for a refused token and OSError without a network; once
    connected it comes back by itself. `settings.listens` must hold.
    """
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    assert settings.app_token is not None, "settings.listens holds"
    handler = SocketModeHandler(
        app,
        app_token=settings.app_token.get_secret_value(),
        web_client=slack_client(settings),
    )
    if _is_direct(settings.base_url):
        handler.client.proxy = None
    return handler


def _is_direct(url: str) -> bool:
    """Whether a proxy in the environment is none for this address; the SDK does not ask."""
    host = urlsplit(url).hostname or ""
    return host in ("127.0.0.1", "::1", "localhost") or bool(proxy_bypass(host))
