"""Fixtures shared by all rooms: a real SQLite database, built by the migrations."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.database import connect
from models.schema import ensure


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
