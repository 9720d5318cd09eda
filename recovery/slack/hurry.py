"""Writing while Slack waits for the answer to a submission."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from models.database import BUSY_SECONDS
from recovery.refusals import Refused

# Slack gives an app three seconds, the way there and back included:
# https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response
PATIENCE_SECONDS = 1.5
BUSY = "The desk is busy at this moment; nothing was changed. Please press again in a few seconds."
# https://www.postgresql.org/docs/current/errcodes-appendix.html: lock_not_available
_LOCKED = "55P03"


@contextmanager
def writing_soon(engine: Engine) -> Iterator[Session]:
    """One write transaction, as `models.database.writing`, that waits for others only so long.

    Raises Refused with a sentence for the person where others write for longer than that.
    """
    with engine.connect() as connection:
        _wait_at_most(connection, PATIENCE_SECONDS)
        try:
            with Session(connection, expire_on_commit=False) as session, session.begin():
                if engine.dialect.name == "postgresql":
                    milliseconds = round(PATIENCE_SECONDS * 1000)
                    session.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
                yield session
        except OperationalError as error:
            if not _is_locked(error):
                raise
            raise Refused(BUSY) from None
        finally:
            _wait_at_most(connection, BUSY_SECONDS)


def _wait_at_most(connection: Connection, seconds: float) -> None:
    """On SQLite this holds for the connection; it must be set before BEGIN, which waits already."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")


def _is_locked(error: OperationalError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return error.orig.sqlite_errorcode == sqlite3.SQLITE_BUSY
    return getattr(error.orig, "sqlstate", None) == _LOCKED
