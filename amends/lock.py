"""One worker for each database: two at once would send the same reply twice."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, text

from config.errors import AmendsError
from models.database import database_file

# Any number that no other program on the same database uses; this one spells "amends".
ADVISORY_KEY = int.from_bytes(b"amends", "big")
ADVICE = "Stop that one first, or set AMENDS_HOME to give this one a home of its own."


@contextlib.contextmanager
def sole_worker(engine: Engine) -> Iterator[None]:
    """Be the only one that sends from this database, for as long as the block or process lasts.

    The lock is a file beside a SQLite database, or PostgreSQL's advisory lock on a connection of
    its own; either goes with the process, however that ends. Raises AmendsError at once where
    another one works.
    """
    if engine.dialect.name == "postgresql":
        with _advisory_lock(engine):
            yield
        return
    file = _sqlite_file(engine)
    with contextlib.nullcontext() if file is None else file_lock(file):
        yield


@contextlib.contextmanager
def file_lock(database: Path) -> Iterator[None]:
    """Lock the SQLite database in the file `database`, which need not be there yet.

    The lock's own file is never removed: who opened it before would hold a lock that the next one
    cannot see. Raises AmendsError.
    """
    # Two names of one file must lead to one lock.
    path = database.resolve().with_suffix(".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise AmendsError(
            f"{path} cannot be opened ({error.strerror}), by which amends sees that it works alone "
            "on its database. Give this user write access to it and its folder."
        ) from None
    with os.fdopen(descriptor, "r+", encoding="ascii", errors="replace") as lock:
        _take(lock.fileno(), path, database)
        os.ftruncate(lock.fileno(), 0)
        os.pwrite(lock.fileno(), f"{os.getpid()}\n".encode(), 0)
        yield


def _take(descriptor: int, path: Path, database: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        process = f" (process {holder})" if holder.isdecimal() else ""
        raise AmendsError(f"Another amends{process} works on {database}. {ADVICE}") from None
    except OSError as error:
        raise AmendsError(
            f"{path} cannot be locked ({error.strerror}), so two amends at once could send a reply "
            "twice. Keep the database on a disk of this machine, or use PostgreSQL."
        ) from None


@contextlib.contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    # Without a transaction: one that stays open for days keeps PostgreSQL from tidying up.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        query = text("SELECT pg_try_advisory_lock(:key)")
        if not connection.execute(query, {"key": ADVISORY_KEY}).scalar_one():
            raise AmendsError(
                "Another amends works on this PostgreSQL database. Stop that one first, or set "
                "AMENDS_DATABASE_URL to a database of its own."
            )
        try:
            yield
        finally:
            # The server holds it until the session ends, which a pool would put off.
            connection.invalidate()


def _sqlite_file(engine: Engine) -> Path | None:
    """The database's file, also where a `file:` URI names it; None for one in memory."""
    if (file := database_file(engine.url)) is not None:
        return file
    with engine.execution_options(amends_read=True).connect() as connection:
        rows = connection.execute(text("PRAGMA database_list")).all()
    name = next((row[2] for row in rows if row[1] == "main"), "")
    return Path(name) if name else None
