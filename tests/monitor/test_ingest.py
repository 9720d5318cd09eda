"""Storing what a collector saw."""

import traceback
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from models.database import reading, writing
from models.tables import Customer, Post
from monitor.ingest import Incoming, Stored, keep, store, store_all


@pytest.fixture
def seen(now: datetime) -> Incoming:
    return Incoming(
        channel="x",
        external_id="9",
        text="late again",
        created_at=now - timedelta(minutes=5),
        brand="Larkline",
        source="x.search",
        author_id="222",
        author_handle="ann_fell",
        author_followers=12,
    )


def put(engine: Engine, incoming: Incoming, now: datetime) -> Stored:
    with writing(engine) as session:
        return store(session, incoming, now)


def the_post(engine: Engine) -> Post:
    with reading(engine) as session:
        return session.exec(select(Post)).one()


def customers(engine: Engine) -> list[Customer]:
    with reading(engine) as session:
        return list(session.exec(select(Customer)).all())


def test_a_post_is_stored_once(engine: Engine, seen: Incoming, now: datetime) -> None:
    assert put(engine, seen, now) is Stored.NEW
    assert put(engine, seen, now + timedelta(hours=1)) is Stored.SEEN
    post = the_post(engine)
    assert (post.conversation, post.revision, post.pending) == ("9", 1, True)
    assert (post.created_at, post.fetched_at) == (now - timedelta(minutes=5), now)
    assert [(each.external_id, each.handle) for each in customers(engine)] == [("222", "ann_fell")]


def test_an_edit_is_judged_again(engine: Engine, seen: Incoming, now: datetime) -> None:
    put(engine, seen, now)
    with writing(engine) as session:
        session.exec(select(Post)).one().pending = False
    later = now + timedelta(hours=1)
    assert put(engine, replace(seen, text="late again!"), later) is Stored.EDITED
    post = the_post(engine)
    assert (post.text, post.revision, post.pending) == ("late again!", 2, True)
    assert post.fetched_at == later


def test_whoever_knows_of_the_address_says_so(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    put(engine, seen, now)
    assert put(engine, replace(seen, addressed=True), now) is Stored.SEEN
    assert put(engine, seen, now) is Stored.SEEN
    assert the_post(engine).addressed


def test_the_brands_post_has_no_customer_and_is_not_judged_again(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    own = replace(seen, by_brand=True, text="Sorry!")
    put(engine, own, now)
    with writing(engine) as session:
        session.exec(select(Post)).one().pending = False
    assert put(engine, replace(own, text="@ann_fell Sorry!"), now) is Stored.SEEN
    post = the_post(engine)
    assert (post.text, post.revision, post.pending) == ("@ann_fell Sorry!", 1, False)
    assert customers(engine) == []


def test_a_post_without_an_author_joins_nobody(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    for number in ("1", "2"):
        put(engine, replace(seen, external_id=number, author_id=None), now)
    assert {each.external_id for each in customers(engine)} == {"post:1", "post:2"}


def test_the_same_ids_on_two_channels_are_two_people(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    put(engine, seen, now)
    assert put(engine, replace(seen, channel="reddit"), now) is Stored.NEW
    assert len(customers(engine)) == 2


def test_a_batch_knows_what_it_has_stored_itself(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    batch = [seen, replace(seen, text="late again!"), replace(seen, external_id="10")]
    with writing(engine) as session:
        assert store_all(session, batch, now) == [Stored.NEW, Stored.EDITED, Stored.NEW]
    assert len(customers(engine)) == 1


def test_a_time_without_a_zone_is_refused(engine: Engine, seen: Incoming, now: datetime) -> None:
    naive = replace(seen, created_at=now.replace(tzinfo=None))
    with pytest.raises(Exception, match="naive datetime"):
        put(engine, naive, now)
    with reading(engine) as session:
        assert session.exec(select(Post)).all() == []


def test_a_post_that_another_stores_meanwhile_is_kept_once(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    # What SQLite rules out by its one writer is done here inside the transaction itself.
    other = engine if engine.dialect.name != "sqlite" else None
    came: list[str] = []

    def meanwhile(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if came or not statement.startswith("INSERT INTO customer"):
            return
        came.append(statement)
        if other is not None:
            put(other, seen, now)
        else:
            values = {"channel": "x", "external_id": "222", "followers": 0, "first_seen_at": now}
            connection.execute(insert(Customer).values(**values))

    event.listen(engine, "before_cursor_execute", meanwhile)
    later = replace(seen, external_id="10")
    results = keep(engine, [seen, later], now)
    assert results == [Stored.SEEN if other else Stored.NEW, Stored.NEW]
    with reading(engine) as session:
        assert len(session.exec(select(Post)).all()) == 2
    assert len(customers(engine)) == 1


def test_a_refused_row_shows_no_words_of_the_customer(
    engine: Engine, seen: Incoming, now: datetime
) -> None:
    with pytest.raises(IntegrityError, match="ck_post_rating") as caught:
        keep(engine, [replace(seen, rating=9)], now)
    shown = "".join(traceback.format_exception(caught.value))
    assert "ck_post_rating" in shown
    assert seen.text not in shown
    assert "DETAIL" not in shown
