"""The database: engine, sessions, one transaction a block."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session, create_engine

from config.errors import SettingsError

BUSY_SECONDS = 30


def connect(url: str) -> Engine:
    """Make the engine for `url`; SQLite gets WAL, foreign keys and immediate write transactions.

    Raises SettingsError for a URL that cannot be read.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(
            "AMENDS_DATABASE_URL is no database URL; sqlite:///var/amends.db would be one."
        ) from None
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        _make_folder(Path(parsed.database).parent)
    engine = create_engine(
        parsed, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One write transaction: committed at the end of the block, rolled back on an error."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One read transaction, which on SQLite waits for no writer."""
    with Session(engine.execution_options(amends_read=True), expire_on_commit=False) as session:
        yield session


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} for the database cannot be made ({error.strerror}); "
            "set AMENDS_HOME to one that this user may write."
        ) from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy then sends BEGIN itself; the driver's own implicit BEGIN comes too late to be
    # IMMEDIATE, and two deferred transactions that both upgrade to write would fail as 'locked'.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode not in ("wal", "memory"):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    read = connection.get_execution_options().get("amends_read", False)
    connection.exec_driver_sql("BEGIN" if read else "BEGIN IMMEDIATE")
