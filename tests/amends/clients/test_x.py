"""Clients of X: they reach the address in the settings, signed for it, and keep their secrets."""

import logging
from datetime import datetime

import pytest
import requests
from pydantic import SecretStr

from amends.clients.x import TIMEOUT, x_reader, x_writer
from config.errors import SettingsError
from config.settings import XSettings
from playground.x import XNetwork


def test_both_reach_the_address_in_the_settings(
    x_state: XNetwork, x_settings: XSettings, now: datetime
) -> None:
    post = x_state.add("222", "@larkline help", now)
    assert x_reader(x_settings).get_users_mentions("111")["data"][0]["id"] == post.id
    answer = x_writer(x_settings).create_tweet(text="Hello", in_reply_to_tweet_id=post.id)
    assert x_state.tweet(answer["data"]["id"]) is not None


def test_requests_are_signed_limited_in_time_and_named(
    x_settings: XSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[requests.PreparedRequest, object]] = []
    real = requests.adapters.HTTPAdapter.send

    def send(
        self: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        sent.append((request, options["timeout"]))
        return real(self, request, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    gateway = x_settings.model_copy(update={"base_url": f"{x_settings.base_url}/"})
    assert x_writer(gateway).get_me()["data"]["id"] == "111"
    request, timeout = sent[0]
    assert request.url == f"{x_settings.base_url}/2/users/me"
    assert timeout == TIMEOUT
    assert str(request.headers["User-Agent"]).startswith("amends/")


def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    x_settings: XSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert x_writer(x_settings).get_me()["data"]["id"] == "111"


@pytest.mark.parametrize(
    "missing", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]
)
def test_a_missing_key_is_named(x_settings: XSettings, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"AMENDS_X__{missing.upper()} is not set"):
        x_writer(x_settings.model_copy(update={missing: None}))


def test_a_missing_bearer_token_is_named() -> None:
    with pytest.raises(SettingsError, match="AMENDS_X__BEARER_TOKEN is not set"):
        x_reader(XSettings())


def test_secrets_stay_out_of_the_log(
    x_settings: XSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "5ecret-5ecret"
    settings = x_settings.model_copy(
        update={"bearer_token": SecretStr(secret), "access_token_secret": SecretStr(secret)}
    )
    for client, user in ((x_reader(settings), False), (x_writer(settings), True)):
        with pytest.raises(Exception, match="401") as raised:
            client.get_users_mentions("111", user_auth=user)
        assert secret not in str(raised.value)
    assert secret not in caplog.text
