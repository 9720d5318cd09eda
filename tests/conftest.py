"""Fixtures shared by all rooms: a real SQLite database, and a small X on loopback."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, make_url, text

from models.database import connect
from models.schema import ensure

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from config.settings import XSettings
    from playground.x import XNetwork


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database at the newest schema: a SQLite file, or one of its own on PostgreSQL.

    `TEST_POSTGRES_URL`, such as postgresql+psycopg://user@127.0.0.1/postgres, names a server on
    which databases may be made.
    """
    server = os.environ.get("TEST_POSTGRES_URL")
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'amends.db'}"
        if server is not None:
            url = stack.enter_context(_postgres_database(server))
        engine = connect(url)
        ensure(engine)
        yield engine
        engine.dispose()


@contextlib.contextmanager
def _postgres_database(server: str) -> Iterator[str]:
    name = f"amends_{uuid.uuid4().hex[:12]}"
    admin = connect(server).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    admin.dispose()


@pytest.fixture
def now() -> datetime:
    """The moment at which a test happens."""
    return datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def x_state(now: datetime) -> "XNetwork":
    """A simulated X with the brand @larkline (111) and the customers 222 and 333, at `now`."""
    from playground.story import Person
    from playground.x import XNetwork

    brand = Person("brand", "larkline", "Larkline", 900, "111", None, True, "en", "company")
    ann = Person("ann", "ann_fell", "Ann", 12, "222", None, False, "en")
    bob = Person("bob", "bob_quay", "Bob", 3, "333", None, False, "en")
    return XNetwork(brand, (ann, bob), clock=lambda: now)


class _Door:
    """Whichever application stands behind the one server of the test run."""

    url: str
    app: "ASGIApp"

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def _x_door() -> Iterator[_Door]:
    from playground.serving import serve

    door = _Door()
    served = serve(door)
    door.url = served.url
    yield door
    served.stop()


@pytest.fixture
def x_settings(x_state: "XNetwork", _x_door: _Door) -> "XSettings":
    """Settings of a desk that reads and writes as the brand on `x_state`, served on loopback."""
    from playground.x import x_app

    _x_door.app = x_app(x_state)
    return x_state.settings(_x_door.url)
