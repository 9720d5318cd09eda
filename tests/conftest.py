"""Fixtures shared by all rooms: a real SQLite database, and a small X on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from models.database import connect
from models.schema import ensure

if TYPE_CHECKING:
    from config.settings import XSettings
    from playground.x import XNetwork


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database in a file, at the newest schema."""
    engine = connect(f"sqlite:///{tmp_path / 'amends.db'}")
    ensure(engine)
    yield engine
    engine.dispose()


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


@pytest.fixture
def x_settings(x_state: "XNetwork") -> Iterator["XSettings"]:
    """Settings of a desk that reads and writes as the brand on `x_state`, served on loopback."""
    from playground.serving import serve
    from playground.x import x_app

    served = serve(x_app(x_state))
    yield x_state.settings(served.url)
    served.stop()
