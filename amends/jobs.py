"""A job: one thing that is done again and again, and that can stop no other."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlmodel import col, delete

from amends.trouble import database_trouble
from config.errors import AmendsError
from models.database import writing
from models.tables import JobRun
from recovery.cases.stage import PostsFailed
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
        self._told: dict[str, tuple[datetime, str | None]] = {}
        self._lock = threading.Lock()
        self._busy: list[str] = []

    def busy(self) -> list[str]:
        """The jobs that are at work now."""
        with self._lock:
            return list(self._busy)

    def run(self, job: Job) -> str | None:
        """Run one job once; return what went wrong as a sentence, or None."""
        with self._lock:
            self._busy.append(job.name)
        try:
            return self._run(job)
        finally:
            with self._lock:
                self._busy.remove(job.name)

    def _run(self, job: Job) -> str | None:
        started = self._clock()
        done, trouble = 0, None
        try:
            done = job.run(started)
        except Exception as error:  # noqa: BLE001  a job that raises anything stops no other
            trouble = error
        what, advice = _explained(trouble)
        # The same trouble at every turn, or nothing at all, is told once in a while.
        is_news = done > 0 or self._is_news(job, started, what)
        if is_news:
            if trouble is not None:
                _tell(job, trouble, what, advice)
            refusal = self._record(job, started, done, what, advice)
            if refusal is None:
                self._told[job.name] = (started, what)
            else:
                # What can write nothing does no work, even where there was none to do.
                what, advice = refusal
                _tell(job, trouble, what, advice)
        before = self._board.note(job, self._clock(), what, advice)
        if what is None and before.error is not None:
            log.info("A job works again.", job=job.name)
        return what

    def _is_news(self, job: Job, now: datetime, what: str | None) -> bool:
        told = self._told.get(job.name)
        return told is None or told[1] != what or now - told[0] >= QUIET_RECORD

    def _record(
        self, job: Job, started: datetime, done: int, error: str | None, advice: str | None
    ) -> tuple[str, str] | None:
        """Keep a run, and forget those of long ago; return why it could not be kept."""
        try:
            with writing(self._engine) as session:
                session.exec(delete(JobRun).where(col(JobRun.started_at) < started - KEEP_RUNS))
                session.add(
                    JobRun(
                        job=job.name, started_at=started, finished_at=self._clock(),
                        done=done, error=error, advice=advice,
                    )
                )  # fmt: skip
        except SQLAlchemyError as trouble:
            return database_trouble(trouble)
        return None


def _explained(trouble: Exception | None) -> tuple[str | None, str | None]:
    """What happened and what to do; of an unforeseen error only its kind, since its text is of
    unknown origin and healthz shows this to whoever asks."""
    if trouble is None:
        return None, None
    if isinstance(trouble, AmendsError | DeliveryError):
        return str(trouble), str(trouble)
    if isinstance(trouble, DBAPIError) and not isinstance(trouble, IntegrityError):
        return database_trouble(trouble)
    if isinstance(trouble, PostsFailed):
        count = len(trouble.exceptions)
        return f"{count} posts could not be looked at; the others were.", UNEXPECTED
    return f"{type(trouble).__name__} was not foreseen.", UNEXPECTED


def _tell(job: Job, trouble: Exception | None, what: str | None, advice: str | None) -> None:
    if advice == UNEXPECTED:
        log.error("A job failed.", job=job.name, advice=advice, exc_info=trouble)
    elif advice == what:
        log.warning("A job could not do its work.", job=job.name, reason=what)
    else:
        log.error("The database refused a job.", job=job.name, reason=what, advice=advice)
