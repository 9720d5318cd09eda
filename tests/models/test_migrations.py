"""What is there already survives a migration, there and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from models import schema

Move = Callable[[str], None]
VERDICT = (
    "INSERT INTO verdict (id, post_id, post_revision, model, created_at, complaint, is_complaint, "
    "sentiment, sentiment_p, anger, urgency, urgency_p, category, category_p, risks, risk_nets, "
    "severity, language, alert, abstain, reasons) VALUES (:id, 1, :id, :model, :at, 0.9, true, "
    "'neg', '{}', 1, 'high', '{}', 'delay', 0.5, '[]', '{}', 2, 'en', false, false, '[]')"
)
CORRECTION = (
    'INSERT INTO correction (verdict_id, case_id, at, actor, field, said, "right", may_train) '
    "VALUES (:verdict, 1, :at, 'UANA', :field, '', '', false)"
)
AT = {"at": "2026-03-04 12:00:00"}


@pytest.fixture
def move(engine: Engine) -> Move:
    """Brings the database to a revision, up or down."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))

    def go(revision: str) -> None:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            wanted = int(revision) > int(schema.current(engine) or 0)
            (command.upgrade if wanted else command.downgrade)(config, revision)

    return go


def fill(engine: Engine, *models: str) -> None:
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO customer (channel, external_id, followers, first_seen_at) "
            "VALUES ('x', '1', 0, :at)",
            "INSERT INTO post (channel, external_id, customer_id, text, created_at, conversation, "
            "brand, by_brand, addressed, revision, source, fetched_at, pending) VALUES ('x', '9', "
            "1, 'late', :at, '9', 'Larkline', false, false, 1, 'test', :at, false)",
            "INSERT INTO recovery_case (customer_id, matter, channel, status, urgency, category, "
            "anger, severity, risks, needs_judgement, opened_at, overdue, last_customer_at) VALUES "
            "(1, 'Larkline', 'x', 'new', 'high', 'delay', 1, 2, '[]', false, :at, false, :at)",
        ):
            connection.execute(text(statement), AT)
        for number, model in enumerate(models, start=1):
            connection.execute(text(VERDICT), {"id": number, "model": model} | AT)


def correct(engine: Engine, verdict: int, field: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(CORRECTION), {"verdict": verdict, "field": field} | AT)


def rows(engine: Engine, what: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(what))]


def test_what_stood_behind_the_models_name_becomes_a_column(engine: Engine, move: Move) -> None:
    move("0001")
    fill(engine, "0.5+thread", "0.5", "m", "+threads", "+thread")
    correct(engine, 1, "anger")
    move("0002")
    found = rows(engine, "SELECT model, with_thread FROM verdict ORDER BY id")
    assert [(model, bool(with_thread)) for model, with_thread in found] == [
        ("0.5", True), ("0.5", False), ("m", False), ("+threads", False), ("", True),
    ]  # fmt: skip
    move("0001")
    found = rows(engine, "SELECT model FROM verdict ORDER BY id")
    assert found == [("0.5+thread",), ("0.5",), ("m",), ("+threads",), ("+thread",)]
    assert rows(engine, "SELECT verdict_id, field FROM correction") == [(1, "anger")]


def test_risks_can_be_corrected_from_the_second_schema_on(engine: Engine, move: Move) -> None:
    move("0001")
    fill(engine, "0.5")
    with pytest.raises(IntegrityError):
        correct(engine, 1, "risks")
    move("0002")
    correct(engine, 1, "risks")
    correct(engine, 1, "urgency")
    for field in ("risks", "weather"):
        with pytest.raises(IntegrityError):
            correct(engine, 1, field)
    move("0001")
    assert rows(engine, "SELECT field FROM correction") == [("urgency",)]
    with pytest.raises(IntegrityError):
        correct(engine, 1, "urgency")
