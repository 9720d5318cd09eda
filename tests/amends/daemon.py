"""Runs the real daemon as a process of its own against a small town, for tests that kill it."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground.story import Story, load
from playground.town import CONFIG, Town

EVERYTHING_ALERTS = """
[opening]
complaint_at_least = 0.0
abstained = "queue"
[alerting]
anger_at_least = 0
"""


def small_story(posts: int) -> Story:
    """The first X posts of as many customers, all in the backlog, nobody answered."""
    story = load()
    chosen: dict[str, Any] = {}
    for post in story.posts:
        is_plain = post.channel == "x" and post.in_reply_to is None and post.author != "brand"
        if is_plain and post.mentions_brand and post.truth.complaint and post.minute < 0:
            chosen.setdefault(post.author, post)
    kept = tuple(list(chosen.values())[:posts])
    return replace(story, posts=kept, follow_ups=())


class DaemonProcess:
    """`amends run` in `home`, which can be killed and started again."""

    def __init__(self, town: Town, home: Path) -> None:
        self.home = home
        self.database = home / "amends.db"
        policy = home / "policy"
        policy.mkdir(parents=True, exist_ok=True)
        (policy / "brand.toml").write_text((CONFIG / "brand.toml").read_text())
        (policy / "cases.toml").write_text(EVERYTHING_ALERTS)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AMENDS_")
        } | town.environment() | {
            "AMENDS_HOME": str(home), "AMENDS_CONFIG_DIR": str(policy),
            "AMENDS_HTTP__PORT": str(self.port), "AMENDS_X__POLL_SECONDS": "0.3",
            "AMENDS_TICK_SECONDS": "0.3", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self._log = (home / "log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "amends", "run"],
            env=self.environment, stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        return self._end(how)

    def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(how)
        status = self._process.wait(20)
        self._process = None
        return status

    def close(self) -> None:
        if self._process is not None:
            self.kill()
        self._log.close()

    def health(self) -> dict[str, Any]:
        """What `/healthz` says, whatever the status; empty while nobody listens."""
        url = f"http://127.0.0.1:{self.port}/healthz"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))
        except OSError:
            return {}

    def log(self) -> str:
        return (self.home / "log").read_text()

    def rows(self, query: str) -> list[Any]:
        """What the database says, read beside the daemon; empty before there is one."""
        if not self.database.exists():
            return []
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError:
                return []

    def count(self, table: str) -> int:
        found = self.rows(f"SELECT count(*) FROM {table}")
        return int(found[0][0]) if found else 0

    @contextlib.contextmanager
    def write_lock(self) -> Iterator[sqlite3.Connection]:
        """Hold the database so that the daemon can write nothing."""
        with contextlib.closing(
            sqlite3.connect(self.database, timeout=10, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    """Wait for `condition`; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
