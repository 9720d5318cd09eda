"""Jobs: none stops another, and what fails or is late is named, told once in a while, and kept."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, text
from sqlmodel import col, select
from structlog.testing import capture_logs

from amends import web
from amends.daemon import Daemon
from amends.house import House
from amends.jobs import KEEP_RUNS, QUIET_RECORD, Board, Job, Pulse, Runner
from amends.wiring import Works
from config.errors import AmendsError
from config.policy import load_policy
from config.settings import load_settings
from models.database import connect, reading, writing
from models.schema import ensure
from models.tables import JobRun
from playground.serving import serve


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def runner(engine: Engine, board: Board, clock: Clock) -> Runner:
    return Runner(engine, board, clock)


def raising(error: Exception) -> Callable[[datetime], int]:
    def run(_now: datetime) -> int:
        raise error

    return run


def runs(engine: Engine) -> list[JobRun]:
    with reading(engine) as session:
        return list(session.exec(select(JobRun).order_by(col(JobRun.id))))


@pytest.mark.parametrize(
    "error", [ValueError("hunter2"), KeyError(3), AssertionError(), RecursionError(), MemoryError()]
)
def test_a_job_may_raise_anything(runner: Runner, board: Board, error: Exception) -> None:
    said = runner.run(Job("sick", 1, raising(error)))
    assert said == f"{type(error).__name__} was not foreseen."
    pulse = board.pulses()["sick"]
    assert pulse.error == said
    assert pulse.advice is not None
    assert "fault of amends" in pulse.advice


def test_an_expected_error_is_its_own_advice(runner: Runner, engine: Engine) -> None:
    runner.run(Job("x", 1, raising(AmendsError("X is closed; come back tomorrow."))))
    (kept,) = runs(engine)
    assert (kept.error, kept.advice) == ("X is closed; come back tomorrow.",) * 2


def test_recovery_is_told(runner: Runner, board: Board, clock: Clock) -> None:
    with capture_logs() as lines:
        runner.run(Job("x", 1, raising(AmendsError("no"))))
        clock.passes(1)
        assert runner.run(Job("x", 1, lambda _now: 0)) is None
    assert board.pulses()["x"].error is None
    assert board.pulses()["x"].ok_at == clock.now
    assert [line["event"] for line in lines] == [
        "A job could not do its work.",
        "A job works again.",
    ]


def test_the_same_trouble_is_told_once_in_a_while(
    runner: Runner, engine: Engine, clock: Clock
) -> None:
    sick = Job("x", 1, raising(AmendsError("no")))
    with capture_logs() as lines:
        for _ in range(120):
            runner.run(sick)
            clock.passes(1)
    assert len(runs(engine)) == 1
    assert len(lines) == 1
    clock.passes(QUIET_RECORD.total_seconds())
    runner.run(sick)
    assert len(runs(engine)) == 2
    runner.run(Job("x", 1, raising(AmendsError("another"))))
    assert [run.error for run in runs(engine)] == ["no", "no", "another"]


def test_idle_runs_are_kept_once_in_a_while_and_old_ones_forgotten(
    runner: Runner, engine: Engine, clock: Clock
) -> None:
    for _ in range(100):
        runner.run(Job("idle", 1, lambda _now: 0))
        clock.passes(1)
    runner.run(Job("busy", 1, lambda _now: 3))
    runner.run(Job("busy", 1, lambda _now: 4))
    assert [(run.job, run.done) for run in runs(engine)] == [("idle", 0), ("busy", 3), ("busy", 4)]
    clock.passes(KEEP_RUNS.total_seconds() + 1)
    runner.run(Job("idle", 1, lambda _now: 0))
    assert [run.job for run in runs(engine)] == ["idle"]


def test_what_can_write_nothing_has_failed(tmp_path: Path, board: Board, clock: Clock) -> None:
    made = connect(f"sqlite:///{tmp_path / 'amends.db'}")
    ensure(made)
    made.dispose()
    engine = connect(f"sqlite:///file:{tmp_path / 'amends.db'}?mode=ro&uri=true")
    runner = Runner(engine, board, clock)
    for _ in range(3):
        assert runner.run(Job("idle", 1, lambda _now: 0)) == "The database is read-only."
    assert board.pulses()["idle"].error == "The database is read-only."
    engine.dispose()


@pytest.mark.parametrize(
    ("every", "seconds", "late"),
    [(1, 63, False), (1, 63.1, True), (60, 240, False), (60, 241, True), (5, 0, False)],
)
def test_late_is_three_turns_and_a_minute(
    now: datetime, every: float, seconds: float, late: bool
) -> None:
    then = now + timedelta(seconds=seconds)
    assert Pulse(every, now).is_late(then) is late
    worked = Pulse(every, now - timedelta(days=1), ok_at=now, error="no")
    assert worked.is_late(then) is late


def test_health(engine: Engine, board: Board, clock: Clock, runner: Runner) -> None:
    well, sick = Job("well", 5, lambda _now: 0), Job("sick", 5, raising(AmendsError("no.")))
    for job in (well, sick):
        board.enrol(job, clock.now)
        runner.run(job)
    served = serve(web.build(engine, board, clock))
    try:
        answer = requests.get(f"{served.url}/healthz", timeout=5)
        # One failure is named, but nothing is late: who is paged for a hiccup stops to look.
        assert answer.status_code == 200
        assert (answer.json()["late"], answer.json()["failing"]) == ([], ["sick"])
        assert answer.json()["jobs"]["sick"]["error"] == "no."
        clock.passes(76)
        runner.run(well)
        runner.run(sick)
        answer = requests.get(f"{served.url}/healthz", timeout=5)
        assert answer.status_code == 503
        assert answer.json()["late"] == ["sick"]
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
        assert (
            "lacks a table" in requests.get(f"{served.url}/healthz", timeout=5).json()["database"]
        )
        file = Path(str(engine.url.database))
        file.rename(file.with_suffix(".away"))
        answer = requests.get(f"{served.url}/healthz", timeout=5)
        assert answer.status_code == 503
        assert f"The database file {file} is gone." in answer.json()["database"]
        assert requests.get(served.url, timeout=5).status_code == 200
    finally:
        served.stop()


@pytest.fixture
def house(engine: Engine, tmp_path: Path) -> House:
    settings = load_settings({"AMENDS_HOME": str(tmp_path), "AMENDS_TICK_SECONDS": "0.05"})
    return House(settings, load_policy(), engine)


@pytest.fixture
def with_jobs(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Daemon]]:
    daemons: list[Daemon] = []

    def make(*jobs: Job) -> Daemon:
        monkeypatch.setattr(Works, "build", lambda _house, wake: Works(list(jobs)))
        daemon = Daemon(house)
        daemons.append(daemon)
        daemon.start()
        return daemon

    yield make
    for daemon in daemons:
        daemon.stop()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_job_that_hangs_holds_up_no_other(
    with_jobs: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    free, count = threading.Event(), [0]

    def hang(_now: datetime) -> int:
        free.wait(20)
        return 0

    def work(_now: datetime) -> int:
        count[0] += 1
        return 0

    daemon = with_jobs(
        Job("hangs", 0.05, hang), Job("fails", 0.05, raising(OSError())), Job("works", 0.05, work)
    )
    wait_until(lambda: count[0] >= 5)
    assert daemon.board.pulses()["hangs"].ok_at is None
    assert daemon.board.pulses()["fails"].error == "OSError was not foreseen."
    monkeypatch.setattr("amends.daemon.STOP_SECONDS", 0.1)
    assert daemon.stop() == ["hangs"]
    free.set()
    wait_until(lambda: daemon.runner.busy() == [])


def test_a_click_during_a_pass_is_seen_soon_after(with_jobs: Callable[..., Daemon]) -> None:
    passes: list[float] = []
    entered, go_on = threading.Event(), threading.Event()

    def send(_now: datetime) -> int:
        passes.append(time.monotonic())
        entered.set()
        go_on.wait(10)
        return 0

    daemon = with_jobs(Job("outbox.slack", 0.2, send))
    assert entered.wait(5)
    daemon.wake()
    go_on.set()
    ended = time.monotonic()
    wait_until(lambda: len(passes) >= 2)
    assert passes[1] - ended < 1.0


def test_a_click_has_the_outbox_looked_at_now(with_jobs: Callable[..., Daemon]) -> None:
    passes: list[datetime] = []

    def send(now: datetime) -> int:
        passes.append(now)
        return 0

    daemon = with_jobs(Job("outbox.slack", 3600, send))
    wait_until(lambda: len(passes) == 1 and daemon.runner.busy() == [])
    daemon.wake()
    wait_until(lambda: len(passes) == 2)
    daemon.stop()
    daemon.wake()


def test_runs_of_long_ago_are_kept_while_they_are_young(engine: Engine, now: datetime) -> None:
    with writing(engine) as session:
        session.add(JobRun(job="a", started_at=now - KEEP_RUNS, finished_at=now, done=1))
    Runner(engine, Board(), lambda: now).run(Job("b", 1, lambda _now: 1))
    assert len(runs(engine)) == 2
