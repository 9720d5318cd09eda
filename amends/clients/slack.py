"""The Slack clients: Web API and Socket Mode, held to what this installation's settings say."""

from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from config.errors import AmendsError
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


def check(settings: SlackSettings) -> tuple[str, str | None]:
    """Ask Slack who we are and for the channel; a sentence, and the date that Slack has.

    Raises AmendsError.
    """
    client = slack_client(settings)
    try:
        me = client.auth_test()
        channel = client.conversations_info(channel=str(settings.channel))["channel"]
        if settings.app_token is not None:
            client.apps_connections_open(app_token=settings.app_token.get_secret_value())
    except SlackApiError as error:
        raise AmendsError(
            f"Slack refused ({error.response.get('error')}); check AMENDS_SLACK__BOT_TOKEN, "
            "AMENDS_SLACK__APP_TOKEN and AMENDS_SLACK__CHANNEL, and invite the app to the channel."
        ) from None
    except OSError as error:
        raise AmendsError(f"Slack cannot be reached: {error}.") from None
    hears = (
        "hears clicks" if settings.listens else "hears no clicks without AMENDS_SLACK__APP_TOKEN"
    )
    headers = {str(name).lower(): value for name, value in (me.headers or {}).items()}
    return f"posts as {me['user']} to #{channel['name']}, {hears}", headers.get("date")


class SocketMode:
    """A running connection, over which Slack tells of clicks."""

    def __init__(self, handler: "SocketModeHandler") -> None:
        self._handler = handler

    def is_connected(self) -> bool:
        """Whether clicks are heard now."""
        return self._handler.client.is_connected()

    def close(self) -> None:
        """Hang up and end its threads."""
        _close(self._handler)


def connect(app: "App", settings: SlackSettings) -> SocketMode:
    """Connect `app` by Socket Mode; once connected it comes back by itself.

    Raises AmendsError with what to do when Slack refuses or cannot be reached.
    """
    handler = socket_mode(app, settings)
    try:
        handler.connect()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
    except (SlackApiError, OSError, HTTPException) as error:
        # The client started threads when it was made; they must not pile up with each attempt.
        _close(handler)
        raise AmendsError(_advice(error)) from error
    return SocketMode(handler)


def _close(handler: "SocketModeHandler") -> None:
    # Its reader looks up from an empty queue once a second only; a word wakes it at once.
    handler.client.closed = True
    handler.client.message_queue.put(None)
    handler.close()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped


def _advice(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        code = str(error.response.get("error"))[:100]
        return (
            f"Slack refuses the app token ({code}), so clicks are not heard; put an app-level "
            "token with the scope connections:write into AMENDS_SLACK__APP_TOKEN."
        )
    return (
        f"Slack cannot be reached ({type(error).__name__}), so clicks are not heard; check the "
        "network and AMENDS_SLACK__BASE_URL. amends tries again."
    )


def _is_direct(url: str) -> bool:
    """Whether NO_PROXY names this address; the SDK takes HTTP_PROXY without asking."""
    return bool(proxy_bypass(urlsplit(url).hostname or ""))
