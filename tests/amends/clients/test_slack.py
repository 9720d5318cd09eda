"""The Slack clients: where they call, how they hang up, and that no token shows."""

import logging
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt import App
from slack_sdk.errors import SlackApiError

from amends.clients.slack import connect, slack_client
from config.errors import AmendsError
from config.settings import SlackSettings
from playground.serving import serve
from playground.slack import Fault, SlackWorkspace, slack_app


@pytest.fixture
def workspace() -> SlackWorkspace:
    return SlackWorkspace()


@pytest.fixture
def base_url(workspace: SlackWorkspace) -> Iterator[str]:
    served = serve(slack_app(workspace))
    yield f"{served.url}/api"
    served.stop()


def settings(base_url: str, **changes: Any) -> SlackSettings:
    values = {
        "base_url": base_url,
        "bot_token": SecretStr("xoxb-playground"),
        "app_token": SecretStr("xapp-playground"),
        "channel": "C0CARE0001",
    } | changes
    return SlackSettings(**values)


def app(base_url: str) -> App:
    return App(client=slack_client(settings(base_url)), token_verification_enabled=False)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_base_url_keeps_its_path(slash: str) -> None:
    client = slack_client(settings(f"https://gate.test/slack/api{slash}"))
    assert client.base_url == "https://gate.test/slack/api/"
    assert client.timeout == 10


def test_no_proxy_is_heeded(monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    # urllib keeps the proxies it saw first for the life of the process.
    monkeypatch.setattr(urllib.request, "_opener", None)
    assert slack_client(settings(base_url)).auth_test()["ok"]
    assert slack_client(settings("https://gate.test/api/")).proxy == "http://127.0.0.1:9"
    assert connect_and_close(base_url)


def connect_and_close(base_url: str) -> bool:
    socket = connect(app(base_url), settings(base_url))
    heard = socket.is_connected()
    socket.close()
    return heard and not socket.is_connected()


def test_an_error_is_not_repeated_behind_the_callers_back(
    workspace: SlackWorkspace, base_url: str
) -> None:
    workspace.faults.next("auth.test", Fault.RESET)
    workspace.faults.next("auth.test", Fault.RATE_LIMITED, seconds=60)
    client = slack_client(settings(base_url))
    with pytest.raises(OSError):
        client.auth_test()
    with pytest.raises(SlackApiError):
        client.auth_test()
    assert client.auth_test()["ok"]


def test_a_connection_can_be_made_and_ended(base_url: str) -> None:
    assert connect_and_close(base_url)


def test_a_refused_app_token_is_named_but_not_shown(
    base_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "xapp-very-secret"
    with pytest.raises(AmendsError, match="AMENDS_SLACK__APP_TOKEN") as told:
        connect(app(base_url), settings(base_url, app_token=SecretStr(secret)))
    assert secret not in str(told.value) + caplog.text
    assert "xoxb-playground" not in caplog.text


def test_a_slack_that_is_not_there_is_said_in_a_sentence() -> None:
    nowhere = "http://127.0.0.1:9/api/"
    with pytest.raises(AmendsError, match="Slack cannot be reached"):
        connect(app(nowhere), settings(nowhere))
