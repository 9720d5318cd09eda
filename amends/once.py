"""One pass of every job, in the order in which a post travels."""

import structlog

from amends.house import House
from amends.jobs import Board, Runner
from amends.lock import sole_worker
from amends.wiring import Works
from models.database import check_writable

log = structlog.get_logger(__name__)


def run_once(house: House) -> int:
    """Run every job once; return the exit status, 1 when one of them could not do its work.

    Raises AmendsError where another amends works on the database, and OperationalError before
    anything is done when it cannot be written.
    """
    with sole_worker(house.engine):
        check_writable(house.engine)
        works = Works.build(house)
        runner = Runner(house.engine, Board(), house.clock)
        try:
            failed = [job.name for job in works.jobs if runner.run(job) is not None]
        finally:
            works.close()
    if failed:
        log.error("Some jobs could not do their work; nothing is lost.", jobs=failed)
    return 1 if failed else 0
