"""What comes from outside is refused, slow or broken: it is named, and nothing is lost."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from playground.slack import Fault
from playground.story import Story, load
from playground.town import Town
from tests.amends.command import Amends
from tests.amends.daemon import DaemonProcess, wait_until

POSTS = 4


def reddit_story() -> Story:
    """A few posts of the brand's subreddit, all in the backlog."""
    story = load()
    posts = [
        post
        for post in story.posts
        if post.channel == "reddit" and post.in_reply_to is None and post.author != "brand"
        and post.truth.complaint and post.minute < 0
    ]  # fmt: skip
    return replace(story, posts=tuple(posts[:POSTS]), follow_ups=())


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town.open(pace=60.0, story=reddit_story())
    yield town
    town.close()


@pytest.fixture
def daemon(town: Town, tmp_path: Path) -> Iterator[DaemonProcess]:
    process = DaemonProcess(town, tmp_path)
    yield process
    process.close()


def test_a_refused_token_and_a_slack_that_stumbles(town: Town, daemon: DaemonProcess) -> None:
    posts = len(town.world.story.posts)
    assert posts > 1
    secret = "AAAAhunter2"
    daemon.environment |= {"AMENDS_X__BEARER_TOKEN": secret, "AMENDS_REDDIT__POLL_SECONDS": "0.3"}
    for fault in (Fault.RATE_LIMITED, Fault.SERVER_ERROR):
        town.slack.faults.next("chat.postMessage", fault)
    daemon.start()

    sent = "SELECT count(*) FROM outbox WHERE state = 'sent' AND kind = 'slack_alert'"
    wait_until(lambda: daemon.rows(sent) == [(posts,)], "every Reddit post is alerted")
    alerts = Counter(message.blocks[0]["block_id"] for message in town.slack.messages())
    assert len(alerts) == posts
    assert set(alerts.values()) == {1}, "nothing is posted twice"

    health = daemon.health()
    assert {"collect.x.mentions", "collect.x.own"} <= set(health["failing"])
    assert "AMENDS_X__BEARER_TOKEN" in health["jobs"]["collect.x.mentions"]["error"]
    assert not any(name.startswith("collect.reddit") for name in health["failing"])
    assert daemon.stop(signal.SIGINT) == 0
    log = daemon.log()
    assert "AMENDS_X__BEARER_TOKEN" in log
    assert "amends has stopped; everything is in the database." in log
    assert "Traceback" not in log
    assert "session" not in log, "what libraries say of themselves helps nobody"
    for hidden in (secret, town.slack.bot_token, town.slack.app_token):
        assert hidden not in log
        assert hidden not in str(health)
    assert log.count("job=collect.x.mentions") == 1, "the same trouble is told once in a while"


def test_slack_that_takes_nothing_stays_in_sight(town: Town, daemon: DaemonProcess) -> None:
    town.slack.faults.next("chat.postMessage", Fault.SERVER_ERROR, times=100)
    daemon.start()
    wait_until(lambda: "outbox.slack" in daemon.health().get("failing", []), "it is named")
    # Between two tries, too: nobody would notice a failure that shows for a moment.
    for _ in range(10):
        assert "outbox.slack" in daemon.health()["failing"]
        threading.Event().wait(0.1)
    assert daemon.stop() == 0


def test_once_does_what_can_be_done(tmp_path: Path) -> None:
    amends = Amends(tmp_path)
    archive = tmp_path / "posts.jsonl"
    archive.write_text('{"id": "1", "text": "My order never came, I want my money back!"}\n{oops\n')
    assert amends("import", archive).status == 1
    with closed_port() as port:
        outcome = amends(
            "once", X__BASE_URL=f"http://127.0.0.1:{port}", X__BEARER_TOKEN="hunter2",
            X__ACCOUNT_ID="111",
        )  # fmt: skip
    assert outcome.status == 1
    assert outcome.out == ""
    assert "hunter2" not in outcome.err
    assert "X cannot be reached; check the network and AMENDS_X__BASE_URL" in outcome.err
    assert "Some jobs could not do their work; nothing is lost." in outcome.err
    assert "alerts wait until AMENDS_SLACK__BOT_TOKEN and AMENDS_SLACK__CHANNEL" in outcome.err
    assert 'The brand is still called "Your Brand"' in outcome.err
    assert len(outcome.err.splitlines()) == 5, outcome.err
    assert '"status": "new"' in amends("cases", "--json").out


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in ("run", "demo"):
            outcome = Amends(tmp_path)(command, HTTP__PORT=str(port))
            assert outcome.status == 2
            last = outcome.err.strip().splitlines()[-1]
            assert f"amends cannot listen on 127.0.0.1:{port}" in last
            assert "AMENDS_HTTP__PORT" in last
    elsewhere = Amends(tmp_path)("run", HTTP__HOST="256.1.1.1")
    assert elsewhere.status == 2
    assert "Set AMENDS_HTTP__HOST to an address of this machine." in elsewhere.err


def test_the_demo_leaves_nothing_running(tmp_path: Path) -> None:
    amends = Amends(tmp_path)
    home = tmp_path / "home" / "demo"
    home.mkdir(parents=True)
    (home / "diary.txt").write_text("mine")
    (home / "amends.db").write_text("what the last demo left")
    with closed_port() as port, subprocess.Popen(
        amends.line("demo"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        env=amends.environment | {"AMENDS_HTTP__PORT": str(port), "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        said = b""
        while b"The desk is at" not in said:
            line = process.stderr.readline()
            assert line, said.decode()
            said += line
        process.send_signal(signal.SIGINT)
        said += process.stderr.read()
        assert process.wait(30) == 0
        assert process.stdout.read() == b""
    assert b"Traceback" not in said
    assert (home / "diary.txt").read_text() == "mine", "only the database is made anew"
    assert f"http://127.0.0.1:{port}".encode() in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield port
