"""What the customer wrote before, read for a whole batch at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import col, select

from models.database import reading, writing
from models.tables import Post
from monitor import threads
from monitor.ingest import Incoming, store


def put(engine: Engine, external_id: str, at: datetime, **more: Any) -> None:
    fields: dict[str, Any] = {
        "channel": "x", "author_id": "u1", "brand": "Larkline", "source": "test",
        "conversation": "c1", "text": f"text of {external_id}", "created_at": at,
    } | more  # fmt: skip
    with writing(engine) as session:
        store(session, Incoming(external_id=external_id, **fields), at)


def before(engine: Engine, *names: str) -> dict[str, list[str]]:
    with reading(engine) as session:
        posts = list(session.exec(select(Post).where(col(Post.external_id).in_(names))))
        found = threads.before(session, posts)
    ids = {post.id: post.external_id for post in posts}
    return {
        ids[post_id]: [line.removeprefix("text of ") for line in lines.split("\n")]
        for post_id, lines in found.items()
    }


def test_each_post_of_a_batch_has_a_past_of_its_own(engine: Engine, now: datetime) -> None:
    for minute, name in enumerate(("p1", "p2", "p3")):
        put(engine, name, now + timedelta(minutes=minute))
    put(engine, "q1", now, conversation="c2")
    put(engine, "q2", now, conversation="c2")
    assert before(engine, "p3", "p1", "p2", "q1", "q2") == {
        "p2": ["p1"], "p3": ["p1", "p2"], "q2": ["q1"],
    }  # fmt: skip
    assert before(engine) == {}


@pytest.mark.parametrize(
    "other",
    [
        {"author_id": "u2"}, {"brand": "Other"}, {"channel": "reddit"}, {"conversation": "c2"},
        {"by_brand": True},
    ],
    ids=lambda other: next(iter(other)),
)  # fmt: skip
def test_nothing_foreign_comes_before_a_post(
    engine: Engine, now: datetime, other: dict[str, Any]
) -> None:
    put(engine, "p1", now, **other)
    put(engine, "p2", now + timedelta(minutes=1))
    assert before(engine, "p2") == {}


def test_the_first_five_of_a_week_are_read(engine: Engine, now: datetime) -> None:
    put(engine, "old", now - timedelta(days=7, seconds=1))
    for hours in range(6):
        put(engine, f"p{hours}", now - timedelta(days=7) + timedelta(hours=hours))
    put(engine, "last", now)
    assert before(engine, "last") == {"last": ["p0", "p1", "p2", "p3", "p4"]}


def test_what_is_older_than_a_week_is_not_even_fetched(engine: Engine, now: datetime) -> None:
    for days in range(1, 21):
        put(engine, f"p{days}", now - timedelta(days=days))
    put(engine, "last", now)
    asked: list[tuple[str, Any]] = []
    with reading(engine) as session:
        posts = list(session.exec(select(Post).where(Post.external_id == "last")))
        event.listen(
            engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3]))
        )
        threads.before(session, posts)
        [(statement, parameters)] = asked
        rows = session.connection().exec_driver_sql(statement, parameters).all()
    assert len(rows) == 7


def test_the_database_is_asked_once_however_large_the_batch(engine: Engine, now: datetime) -> None:
    for number in range(20):
        put(engine, f"p{number}", now + timedelta(minutes=number))
    asked: list[str] = []
    with reading(engine) as session:
        posts = list(session.exec(select(Post)))
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert len(threads.before(session, posts)) == 19
    assert len(asked) == 1
