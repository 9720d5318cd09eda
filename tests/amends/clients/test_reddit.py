"""The client: which hosts it talks to, as whom, and that it asks each thing once."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import prawcore
import pytest
import requests
from praw.config import Config
from pydantic import SecretStr

from amends.clients.reddit import check, reddit_client
from config.errors import AmendsError
from config.settings import RedditSettings
from playground.reddit import Fault, RedditNetwork, reddit_app
from playground.serving import Served, serve


@pytest.fixture
def network() -> RedditNetwork:
    then = datetime(2026, 3, 4, 12, tzinfo=UTC)
    return RedditNetwork("care", "pw", "id", "secret", ("larkline",), clock=lambda: then)


@pytest.fixture
def served(network: RedditNetwork) -> Iterator[Served]:
    served = serve(reddit_app(network))
    yield served
    served.stop()


def settings(**changes: Any) -> RedditSettings:
    values = {
        "client_id": "id",
        "client_secret": SecretStr("secret"),
        "username": "care",
        "password": SecretStr("pw"),
        "subreddit": "larkline",
        **changes,
    }
    return RedditSettings(**values)


def test_reddits_own_hosts_are_used_without_a_base_url() -> None:
    config = reddit_client(settings()).config
    assert config.oauth_url == "https://oauth.reddit.com/"
    assert config.reddit_url == "https://www.reddit.com"
    assert config.short_url == "https://redd.it"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_base_url_replaces_every_host_and_keeps_its_path(slash: str) -> None:
    config = reddit_client(settings(base_url=f"https://gate.test/reddit{slash}")).config
    assert config.oauth_url == "https://gate.test/reddit/"
    assert config.reddit_url == config.short_url == "https://gate.test/reddit"


@pytest.mark.parametrize("lacking", ["username", "password"])
def test_without_a_name_or_a_password_it_only_reads(lacking: str) -> None:
    assert reddit_client(settings(**{lacking: None})).read_only


def test_files_and_variables_of_praw_have_no_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "praw.ini").write_text(
        "[DEFAULT]\noauth_url=https://evil.test\nreddit_url=https://evil.test\ntimeout=9999\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Config, "CONFIG", None)
    monkeypatch.setenv("praw_site", "missing")
    monkeypatch.setenv("praw_password", "other")
    reddit = reddit_client(settings(password=None))
    assert "evil" not in reddit.config.oauth_url + reddit.config.reddit_url
    assert reddit.config.timeout == 16
    assert reddit.config.password is None


def test_an_error_of_the_server_is_not_asked_again(network: RedditNetwork, served: Served) -> None:
    network.faults.append(Fault("/r/larkline/new", status=503, times=9))
    with pytest.raises(prawcore.ServerError):
        list(reddit_client(settings(base_url=served.url)).subreddit("larkline").new())
    assert network.faults[0].times == 8


def test_a_comment_whose_answer_is_lost_is_not_sent_again(
    network: RedditNetwork, served: Served
) -> None:
    link = network.submit("ann", "larkline", "Late", "", network.clock())
    network.faults.append(Fault("/api/comment", cut=True, applied=True))
    submission = reddit_client(settings(base_url=served.url)).submission(link.removeprefix("t3_"))
    with pytest.raises(requests.ConnectionError):
        submission.reply("Sorry")
    assert len(list(network.newest(comments=True))) == 1


def test_a_used_up_limit_is_told_at_once_and_reddit_left_alone(
    network: RedditNetwork, served: Served
) -> None:
    reddit = reddit_client(settings(base_url=served.url))
    network.remaining = 1
    list(reddit.subreddit("larkline").new())
    asked = len(network.requests)
    started = time.monotonic()
    with pytest.raises(prawcore.TooManyRequests) as caught:
        list(reddit.subreddit("larkline").new())
    assert time.monotonic() - started < 1
    assert int(caught.value.retry_after or 0) > 0
    assert len(network.requests) == asked


def test_a_check_says_what_it_can_do(served: Served) -> None:
    assert check(settings(base_url=served.url)) == "reads r/larkline, replies as u/care"
    reads = check(settings(base_url=served.url, password=None))
    assert reads == "reads r/larkline, only reads"


@pytest.mark.parametrize(
    "changes",
    [
        {"password": SecretStr("wrong-pw")},
        {"client_secret": SecretStr("wrong-pw")},
        {"subreddit": "nowhere"},
        {"base_url": "http://127.0.0.1:9"},
    ],
)
def test_a_check_that_fails_is_a_sentence_without_a_secret(
    served: Served, changes: dict[str, Any]
) -> None:
    with pytest.raises(AmendsError) as caught:
        check(settings(**{"base_url": served.url, **changes}))
    assert str(caught.value).endswith(".")
    assert "wrong-pw" not in str(caught.value)
