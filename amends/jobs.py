"""A job: one thing that is done again and again, and that can stop no other."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlmodel import col, delete

from config.errors import AmendsError
from models.database import writing
from models.tables import JobRun
from recovery.delivery import DeliveryError

KEEP_RUNS = timedelta(days=14)
QUIET_RECORD = timedelta(minutes=5)
UNEXPECTED = "This is a fault of amends. The other jobs go on; the log has the details to report."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What to do, and how often in seconds. `run` returns how many things it did."""

    name: str
    every: float
    run: Callable[[datetime], int]


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a job fares. `error` is None after a success; `advice` says what to do about it."""

    every: float
    started_at: datetime
    ok_at: datetime | None = None
    tried_at: datetime | None = None
    error: str | None = None
    advice: str | None = None

    def is_late(self, now: datetime) -> bool:
        """True when the last success is further back than three turns and a minute."""
        since = self.ok_at or self.started_at
        return now - since > timedelta(seconds=3 * self.every + 60)


class Board:
    """What `/healthz` reads: the pulse of every job, kept by whoever runs them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pulses: dict[str, Pulse] = {}

    def enrol(self, job: Job, now: datetime) -> None:
        """Expect this job from now on."""
        with self._lock:
            self._pulses[job.name] = Pulse(job.every, now)

    def note(self, job: Job, now: datetime, error: str | None, advice: str | None) -> Pulse:
        """Take down one run, and return the pulse before it."""
        with self._lock:
            before = self._pulses.get(job.name, Pulse(job.every, now))
            ok_at = now if error is None else before.ok_at
            self._pulses[job.name] = Pulse(job.every, before.started_at, ok_at, now, error, advice)
            return before

    def pulses(self) -> dict[str, Pulse]:
        """A copy, by job."""
        with self._lock:
            return dict(self._pulses)


class Runner:
    """Runs jobs at their boundary: whatever a job raises ends here, with a word in the log."""

    def __init__(self, engine: Engine, board: Board, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._board = board
        self._clock = clock
        self._recorded: dict[str, datetime] = {}

    def run(self, job: Job) -> str | None:
        """Run one job once; return what went wrong as a sentence, or None."""
        started = self._clock()
        done, error, advice = 0, None, None
        try:
            done = job.run(started)
        except (AmendsError, DeliveryError) as trouble:
            error = advice = str(trouble)
            log.warning("A job could not do its work.", job=job.name, reason=error)
        except OperationalError as trouble:
            error, advice = database_trouble(trouble)
            log.error("The database refused a job.", job=job.name, reason=error, advice=advice)
        except Exception as trouble:
            error, advice = f"{type(trouble).__name__}: {trouble}", UNEXPECTED
            log.exception("A job failed.", job=job.name, advice=UNEXPECTED)
        before = self._board.note(job, self._clock(), error, advice)
        if error is None and before.error is not None:
            log.info("A job works again.", job=job.name)
        self._record(job, started, done, error, advice)
        return error

    def _record(
        self, job: Job, started: datetime, done: int, error: str | None, advice: str | None
    ) -> None:
        """Keep a run that did or met something, and one idle run every few minutes."""
        last = self._recorded.get(job.name)
        if not done and error is None and last is not None and started - last < QUIET_RECORD:
            return
        self._recorded[job.name] = started
        try:
            with writing(self._engine) as session:
                session.add(
                    JobRun(
                        job=job.name, started_at=started, finished_at=self._clock(),
                        done=done, error=error, advice=advice,
                    )
                )  # fmt: skip
                session.exec(delete(JobRun).where(col(JobRun.started_at) < started - KEEP_RUNS))
        except SQLAlchemyError as trouble:
            # The run itself is done; only the note about it is lost, and healthz asks the database.
            log.error("A job's run could not be recorded.", job=job.name, reason=str(trouble))


def database_trouble(error: OperationalError) -> tuple[str, str]:
    """What a database error means and what to do about it, as two sentences."""
    text = str(error.orig).lower()
    if "readonly" in text or "read-only" in text:
        return (
            "The database is read-only.",
            "Give the user that runs amends write access to the database file and its folder.",
        )
    if "full" in text:
        return "The disk is full.", "Free some space; amends goes on by itself."
    if "locked" in text:
        return (
            "Another program holds the database.",
            "Stop a second amends, or whatever else writes to it; amends tries again by itself.",
        )
    if "unable to open" in text:
        return (
            "The database file cannot be opened.",
            "Check AMENDS_HOME or AMENDS_DATABASE_URL, and that this user may write there.",
        )
    return (
        f"The database does not work: {str(error.orig).strip()}.",
        "Check AMENDS_DATABASE_URL and that the server runs; amends tries again by itself.",
    )
