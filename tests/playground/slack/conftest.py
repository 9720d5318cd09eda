"""A served workspace, and the real Slack clients connected to it."""

import logging
from collections.abc import Callable, Iterator

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from playground.serving import serve
from playground.slack import SlackWorkspace, slack_app


@pytest.fixture
def workspace() -> SlackWorkspace:
    return SlackWorkspace(ack_seconds=0.4)


@pytest.fixture
def base_url(workspace: SlackWorkspace) -> Iterator[str]:
    served = serve(slack_app(workspace))
    yield f"{served.url}/api/"
    served.stop()


@pytest.fixture
def client(workspace: SlackWorkspace, base_url: str) -> WebClient:
    return WebClient(workspace.bot_token, base_url, timeout=5, retry_handlers=[])


Connect = Callable[[App], SocketModeHandler]


@pytest.fixture
def app(client: WebClient) -> App:
    logging.getLogger("slack_bolt").setLevel(logging.CRITICAL)
    return App(client=client)


@pytest.fixture
def connect(workspace: SlackWorkspace, client: WebClient) -> Iterator[Connect]:
    """Connects an app by Socket Mode and waits for the workspace to see it."""
    handlers = []

    def connected(app: App) -> SocketModeHandler:
        handler = SocketModeHandler(app, workspace.app_token, ping_interval=1)
        handler.connect()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
        handlers.append(handler)
        workspace.hub.wait_connected(5, len(handlers))
        return handler

    yield connected
    for handler in handlers:
        handler.close()  # type: ignore[no-untyped-call]  # slack_bolt leaves it untyped
