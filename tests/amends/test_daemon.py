"""The daemon as a whole: how it ends."""

import signal
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from amends import web
from amends.daemon import Daemon, run_daemon
from amends.house import House
from amends.jobs import Job
from amends.wiring import Works
from config.errors import AmendsError
from config.policy import load_policy
from config.settings import HttpSettings, load_settings


def test_what_ends_the_daemon_ends_it_when_it_fails(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(load_settings({"AMENDS_HOME": str(tmp_path)}), load_policy(), engine)
    monkeypatch.setattr(Works, "build", lambda _house, wake: Works([Job("idle", 1, lambda _: 0)]))

    def until(_daemon: Daemon, _stopping: threading.Event) -> None:
        raise AmendsError("no end in sight")

    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        with (
            closing(web.listen(HttpSettings(port=0))) as port,
            pytest.raises(AmendsError, match="no"),
        ):
            run_daemon(house, until=until, listener=port)
    finally:
        signal.signal(signal.SIGTERM, before[0])
    assert signal.getsignal(signal.SIGINT) is before[1]
