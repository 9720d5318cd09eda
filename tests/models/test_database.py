"""The database: what it refuses, whoever writes, and how it says that it cannot be used."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError
from sqlmodel import Session, SQLModel, select

from amends.trouble import database_trouble
from config.errors import SettingsError
from models.database import check_writable, connect, database_file, reading, writing
from models.schema import ensure
from models.tables import (
    Case,
    CaseEvent,
    CasePost,
    Cursor,
    Customer,
    GestureOffer,
    OutboxItem,
    Post,
    Verdict,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def customer(**more: Any) -> Customer:
    values: dict[str, Any] = {"channel": "x", "external_id": "1", "first_seen_at": NOW}
    return Customer(**values | more)


def post(**more: Any) -> Post:
    values: dict[str, Any] = {
        "channel": "x", "external_id": "9", "text": "late again", "created_at": NOW,
        "conversation": "9", "brand": "Larkline", "source": "test", "fetched_at": NOW,
    }  # fmt: skip
    return Post(**values | more)


def verdict(**more: Any) -> Verdict:
    values: dict[str, Any] = {
        "post_id": 1, "post_revision": 1, "model": "m", "created_at": NOW, "complaint": 0.9,
        "is_complaint": True, "sentiment": "neg", "sentiment_p": {}, "anger": 1,
        "urgency": "high", "urgency_p": {}, "category": "delay", "category_p": 0.5, "risks": [],
        "risk_nets": {}, "severity": 2, "language": "en", "abstain": False, "reasons": [],
    }  # fmt: skip
    return Verdict(**values | more)


def case(**more: Any) -> Case:
    values: dict[str, Any] = {
        "customer_id": 1, "matter": "Larkline", "channel": "x", "urgency": "high",
        "category": "delay", "anger": 1, "severity": 2, "risks": [], "opened_at": NOW,
        "last_customer_at": NOW,
    }  # fmt: skip
    return Case(**values | more)


def event(**more: Any) -> CaseEvent:
    values: dict[str, Any] = {"case_id": 1, "at": NOW, "kind": "opened", "actor": "amends"}
    return CaseEvent(**values | more)


def letter(**more: Any) -> OutboxItem:
    values: dict[str, Any] = {
        "key": "k",
        "kind": "reply",
        "case_id": 1,
        "created_at": NOW,
        "not_before": NOW,
    }
    return OutboxItem(**values | more)


def offer(**more: Any) -> GestureOffer:
    values: dict[str, Any] = {
        "case_id": 1, "rank": 1, "gesture": "tea", "name": "Tea", "reason": "warm",
        "cost_minor": 200, "currency": "EUR", "grant": "agent", "offered_at": NOW,
    }  # fmt: skip
    return GestureOffer(**values | more)


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """A customer with one post, one verdict, one case and one of everything of a case."""
    for row in (
        customer(), post(customer_id=1), verdict(), case(),
        CasePost(case_id=1, post_id=1, role="opened"), event(), letter(), offer(),
    ):  # fmt: skip
        with writing(engine) as session:
            session.add(row)
    return engine


@pytest.mark.parametrize(
    "row",
    [
        customer(),
        post(),
        post(external_id="10", rating=6),
        post(external_id="10", customer_id=77),
        verdict(),
        verdict(post_revision=2, complaint=1.2),
        verdict(post_revision=2, anger=4),
        verdict(post_revision=2, severity=5),
        verdict(post_revision=2, sentiment="cross"),
        verdict(post_revision=2, urgency="soon"),
        verdict(post_revision=2, category="weather"),
        verdict(post_id=77),
        case(),
        case(matter="Other", status="sleeping"),
        case(matter="Other", status="claimed"),
        case(matter="Other", status="closed"),
        case(matter="Other", closed_at=NOW),
        case(matter="Other", anger=4),
        case(matter="Other", urgency="soon"),
        CasePost(case_id=1, post_id=1, role="followed"),
        event(kind="forgotten"),
        event(case_id=77),
        letter(),
        letter(key="l", kind="pigeon"),
        letter(key="l", state="lost"),
        offer(),
        offer(gesture="cake", cost_minor=-1),
    ],
    ids=lambda row: type(row).__name__,
)
def test_what_may_not_be(filled: Engine, row: SQLModel) -> None:
    values = row.model_dump()
    with pytest.raises(IntegrityError) as caught, writing(filled) as session:
        session.add(type(row)(**values))
    # Customers' words reach no log by way of an error.
    assert "late again" not in str(caught.value)


def test_a_closed_case_makes_room_for_the_next(filled: Engine) -> None:
    with writing(filled) as session:
        session.exec(update(Case).values(status="closed", closed_at=NOW))
    with writing(filled) as session:
        session.add(case())


@pytest.mark.parametrize("statement", [update(CaseEvent).values(actor="me"), delete(CaseEvent)])
def test_history_only_grows(filled: Engine, statement: Any) -> None:
    with pytest.raises(DBAPIError, match="append-only"), writing(filled) as session:
        session.exec(statement)
    with reading(filled) as session:
        assert len(session.exec(select(CaseEvent)).all()) == 1


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="naive datetime"), writing(engine) as session:
        session.add(customer(first_seen_at=datetime(2026, 3, 4)))  # noqa: DTZ001  on purpose


def test_a_moment_comes_back_in_utc(engine: Engine) -> None:
    there = datetime(2026, 3, 4, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    with writing(engine) as session:
        session.add(customer(first_seen_at=there))
    with reading(engine) as session:
        found = session.exec(select(Customer)).one().first_seen_at
    assert found == there
    assert found.tzinfo is UTC


def test_an_error_takes_the_whole_block_back(engine: Engine) -> None:
    def fail(session: Session) -> None:
        session.add(customer())
        session.flush()
        raise LookupError

    with pytest.raises(LookupError), writing(engine) as session:
        fail(session)
    with reading(engine) as session:
        assert session.exec(select(Customer)).all() == []


def test_a_reader_waits_for_no_writer(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(customer())
        session.flush()
        found: list[int] = []

        def read() -> None:
            with reading(engine) as other:
                found.append(len(other.exec(select(Customer)).all()))

        thread = threading.Thread(target=read)
        thread.start()
        thread.join(5)
        assert found == [0]


def test_durable_settings_of_sqlite(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/var/amends.db", "is no database URL; sqlite:///var/amends.db would be one"),
        ("frob://hunter2@x/y", "begins with frob, which is no database that amends knows"),
        ("sqlite://", "names no file, so nothing would be kept"),
        ("postgresql+nothere://me:hunter2@x/y", "begins with postgresql\\+nothere"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        connect(url)
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="set AMENDS_HOME to one that this user may write"):
        connect(f"sqlite:///{tmp_path}/file/home/amends.db")


def test_the_file_of_a_url(tmp_path: Path) -> None:
    assert database_file(f"sqlite:///{tmp_path}/a.db") == tmp_path / "a.db"
    assert database_file("sqlite://") is None
    assert database_file("sqlite:///file:a.db?mode=ro&uri=true") is None
    assert database_file("postgresql://db.example.com/amends") is None


def read_only(tmp_path: Path) -> Engine:
    made = connect(f"sqlite:///{tmp_path / 'amends.db'}")
    ensure(made)
    made.dispose()
    return connect(f"sqlite:///file:{tmp_path / 'amends.db'}?mode=ro&uri=true")


def test_read_only_is_found_before_anything_is_written(tmp_path: Path) -> None:
    engine = read_only(tmp_path)
    with reading(engine) as session:
        assert session.exec(select(Cursor)).all() == []
    with pytest.raises(OperationalError) as caught:
        check_writable(engine)
    assert database_trouble(caught.value)[0] == "The database is read-only."
    engine.dispose()


def test_a_database_in_use_is_writable(engine: Engine) -> None:
    check_writable(engine)
    with writing(engine) as session:
        session.add(customer())
        session.flush()
        check_writable(engine)
    check_writable(engine)


def test_a_full_disk_loses_only_what_did_not_fit(engine: Engine) -> None:
    with engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        connection.commit()
        insert = text("INSERT INTO cursor VALUES (:name, :value, '2026-01-01')")
        rows = [{"name": str(number), "value": "v" * 500} for number in range(200)]
        with pytest.raises(OperationalError) as caught, connection.begin():
            connection.execute(insert, rows)
        assert database_trouble(caught.value) == (
            "The disk is full.",
            "Free some space; amends goes on by itself.",
        )
    with reading(engine) as session:
        assert session.exec(select(Cursor)).all() == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("attempt to write a readonly database", "The database is read-only."),
        ("database or disk is full", "The disk is full."),
        ("database is locked", "Another program holds the database."),
        ("unable to open database file", "The database file cannot be opened."),
        ("file is not a database", "The file is no database of amends."),
        ("database disk image is malformed", "The database file is damaged, or its disk is."),
        ("no such table: post", "The database lacks a table of amends."),
        (
            "server closed the connection",
            "The database does not work: server closed the connection.",
        ),
    ],
)
def test_what_an_error_means(said: str, meant: str) -> None:
    error = OperationalError("SELECT secret", {"text": "words"}, sqlite3.OperationalError(said))
    what, advice = database_trouble(error)
    assert what == meant
    assert advice.endswith(".")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "amends.db"
    path.write_text("these are the words of somebody's diary, kept for a long time")
    engine = connect(f"sqlite:///{path}")
    with pytest.raises(DBAPIError) as caught:
        ensure(engine)
    assert database_trouble(caught.value)[0] == "The file is no database of amends."
    assert path.read_text().startswith("these are the words")
