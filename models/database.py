"""The database: engine, sessions, one transaction a block."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlmodel import Session, create_engine

from config.errors import SettingsError

BUSY_SECONDS = 30
_DETAIL = re.compile(r"\s*DETAIL:.*", re.DOTALL)
NO_CHANGE = "UPDATE alembic_version SET version_num = version_num WHERE 0"


def connect(url: str) -> Engine:
    """Make the engine for `url`; SQLite gets WAL, foreign keys and immediate write transactions.

    Raises SettingsError for a URL that cannot be read or whose driver is not installed. Errors of
    the engine name no values: those are customers' words.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise SettingsError(
            "AMENDS_DATABASE_URL is no database URL; sqlite:///var/amends.db would be one."
        ) from None
    if parsed.get_backend_name() != "sqlite":
        return _server_engine(parsed)
    if not parsed.database or parsed.database == ":memory:":
        raise SettingsError(
            "AMENDS_DATABASE_URL names no file, so nothing would be kept; "
            "sqlite:///var/amends.db would be one."
        )
    if (file := database_file(parsed)) is not None:
        _make_folder(file.parent)
    engine = create_engine(
        parsed,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def database_file(url: URL | str) -> Path | None:
    """The file that a SQLite URL names; None for a server, for memory and for a `file:` URI."""
    parsed = make_url(url)
    name = parsed.database
    if parsed.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return None if name.startswith("file:") else Path(name)


def check_writable(engine: Engine) -> None:
    """Raise OperationalError when nothing could be written; waits for no other writer.

    The schema must be there.
    """
    with engine.execution_options(amends_read=True).connect() as connection:
        if engine.dialect.name != "sqlite":
            return
        connection.rollback()
        raw = connection.connection.driver_connection
        assert raw is not None, "the connection is open"
        raw.execute("PRAGMA busy_timeout = 0")
        try:
            # SQLite takes BEGIN IMMEDIATE even where it may only read.
            raw.execute("BEGIN IMMEDIATE")
            raw.execute(NO_CHANGE)
        except sqlite3.OperationalError as error:
            # Somebody who writes shows that it can be done.
            if "locked" not in str(error):
                raise OperationalError(NO_CHANGE, None, error) from None
        finally:
            raw.rollback()
            raw.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


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


def _server_engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
    except NoSuchModuleError:
        raise SettingsError(
            f"AMENDS_DATABASE_URL begins with {url.drivername}, which is no database that amends "
            "knows; use sqlite or postgresql."
        ) from None
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"AMENDS_DATABASE_URL needs the Python package {error.name}, which is not installed; "
            "install it beside amends."
        ) from None
    event.listen(engine, "handle_error", _without_values)
    return engine


def _without_values(context: ExceptionContext) -> None:
    # PostgreSQL's second line shows the row that it refuses, and logs show the error's text.
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None:
            error.args = tuple(
                _DETAIL.sub("", each) if isinstance(each, str) else each for each in error.args
            )


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
