"""The daemon: every job on its own clock, the health page, and a clean end."""

import signal
import socket
import threading
import time
from collections.abc import Callable
from concurrent import futures

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import APIRouter

from amends import web
from amends.house import House
from amends.jobs import Board, Runner
from amends.wiring import Works
from models.database import check_writable

# Longer than any client waits for an answer.
STOP_SECONDS = 30.0
log = structlog.get_logger(__name__)


class Daemon:
    """Runs the jobs of a house until it is stopped."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.board = Board()
        self.runner = Runner(house.engine, self.board, house.clock)
        self.works = Works.build(house, wake=self.wake)
        # A thread for each job: one that hangs holds up no other.
        threads = ThreadPoolExecutor(max_workers=len(self.works.jobs))
        self._scheduler = BackgroundScheduler(executors={"default": threads}, timezone="UTC")

    def start(self) -> None:
        """Start every job at once, then each on its own clock."""
        for job in self.works.jobs:
            self.board.enrol(job, self._house.clock())
            self._scheduler.add_job(
                self.runner.run, "interval", args=[job], seconds=job.every, id=job.name,
                next_run_time=self._house.clock(), max_instances=1, coalesce=True,
                misfire_grace_time=None,
            )  # fmt: skip
        self._scheduler.start()
        log.info("amends is running.", jobs=[job.name for job in self.works.jobs])

    def wake(self) -> None:
        """Have the outbox looked at now: somebody pressed a button and waits to see it."""
        for name in ("outbox.slack", "outbox.replies"):
            try:
                self._scheduler.modify_job(name, next_run_time=self._house.clock())
            except JobLookupError:
                continue

    def stop(self) -> list[str]:
        """Start no more jobs and let those at work come to their end; return which did not."""
        self.works.close()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + STOP_SECONDS
        while (busy := self.runner.busy()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return busy


def run_daemon(
    house: House,
    home: APIRouter | None = None,
    until: Callable[[Daemon, threading.Event], None] | None = None,
    ready: Callable[[Daemon], None] | None = None,
    listener: socket.socket | None = None,
) -> int:
    """Run until a signal, or until `until` ends; the exit status is 0.

    The caller holds the lock of the database. `listener` is the port where it is taken already;
    `ready` is called once it is and the jobs run. Raises SettingsError when the port is taken,
    OperationalError when the database cannot be written, and what `until` raised.
    """
    check_writable(house.engine)
    listener = listener or web.listen(house.settings.http)
    daemon = Daemon(house)
    server = web.server(web.build(house.engine, daemon.board, house.clock, home))
    stopping = threading.Event()
    waiting: futures.Future[None] | None = None

    def end_in_good_order(*_: object) -> None:
        # A signal before the server listens ends it as well; at its end the server raises the
        # signal that ended it once more.
        server.should_exit = True

    signal.signal(signal.SIGTERM, end_in_good_order)
    # A KeyboardInterrupt in the midst of an import would leave Python's import lock taken, and
    # every job would wait for it for ever.
    on_interrupt = signal.signal(signal.SIGINT, end_in_good_order)
    try:
        daemon.start()
        if ready is not None:
            ready(daemon)
        if until is not None:
            waiting = futures.ThreadPoolExecutor(1, "until").submit(until, daemon, stopping)
            # Also where it raised: nobody else would end a daemon that waits for it.
            waiting.add_done_callback(end_in_good_order)
        server.run(sockets=[listener])
    finally:
        # Whoever presses Ctrl-C once more does not want to wait for jobs at work.
        signal.signal(signal.SIGINT, on_interrupt)
        stopping.set()
        log.info("amends stops when the jobs at work are done.")
        if busy := daemon.stop():
            log.warning(
                "Some jobs came to no end and are left; the next start does their work again.",
                jobs=busy,
            )
        log.info("amends has stopped; everything is in the database.")
    if waiting is not None:
        waiting.result()
    return 0
