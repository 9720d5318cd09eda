"""A backlog: what is fresh waits for no archive, and a desk without one pays nothing for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, col, select

from config.policy import load_policy
from models.database import reading
from models.tables import CasePost, Post
from monitor.classifier.verdict import Item
from monitor.pipeline import judge_pending
from recovery.cases.stage import consider_pending
from tests.monitor.test_pipeline import WordJudge, put


@pytest.fixture
def judge() -> WordJudge:
    return WordJudge()


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Every query that is sent meanwhile, with its parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def plan(session: Session, statement: str, parameters: Any) -> list[str]:
    rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row[-1] for row in rows]


def ages(engine: Engine, now: datetime, **hours: float) -> None:
    for name, age in hours.items():
        put(engine, now, name, f"bad {name}", created_at=now - timedelta(hours=age), author_id=name)


def test_fresh_posts_are_judged_newest_first_and_an_archive_from_its_beginning(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    ages(engine, now, old=900, older=5000, oldest=9000, yesterday=30, today=2, just_now=0)
    judge_pending(engine, judge, 1, now)
    order = ["just_now", "today", "yesterday", "oldest", "older", "old"]
    assert judge.judged == [f"bad {name}" for name in order]


def test_a_post_that_comes_during_an_archive_is_judged_next(engine: Engine, now: datetime) -> None:
    class Interrupted(WordJudge):
        def classify(self, items: Sequence[Item]) -> Any:
            if len(self.judged) == 4:
                put(engine, now, "fresh", "bad fresh")
            return super().classify(items)

    judge = Interrupted()
    ages(engine, now, **{f"p{number}": 1000 - number for number in range(10)})
    assert judge_pending(engine, judge, 2, now) == 11
    assert judge.judged[6] == "bad fresh"


def test_posts_of_one_moment_are_all_judged(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    ages(engine, now, **{f"p{number}": 500 for number in range(7)})
    assert judge_pending(engine, judge, 2, now) == 7
    assert len(set(judge.judged)) == 7


def test_what_is_judged_and_still_pending_is_not_judged_again(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    ages(engine, now, old=500, new=1)
    put(engine, now, "held", "we are sorry", by_brand=True)
    judge_pending(engine, judge, 10, now)
    with reading(engine) as session:
        assert len(session.exec(select(Post).where(col(Post.pending))).all()) == 3
    assert judge_pending(engine, judge, 10, now) == 0


def test_cases_are_opened_for_fresh_posts_first_each_kind_oldest_first(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    ages(engine, now, old=900, oldest=9000, today=2, just_now=0, yesterday=47)
    judge_pending(engine, judge, 10, now)
    assert consider_pending(engine, load_policy(), now) == 5
    with reading(engine) as session:
        opened = session.exec(
            select(Post.external_id)
            .join(CasePost, col(CasePost.post_id) == col(Post.id))
            .order_by(col(CasePost.id))
        ).all()
    assert opened == ["yesterday", "today", "just_now", "oldest", "old"]


def test_a_stage_without_work_reads_only_the_index_of_pending_posts(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("the plan is SQLite's")
    with statements(engine) as sent:
        judge_pending(engine, judge, 10, now)
        consider_pending(engine, load_policy(), now)
    asked = [each for each in sent if "FROM post" in each[0]]
    assert len(asked) == 4
    with reading(engine) as session:
        for statement, parameters in asked:
            steps = plan(session, statement, parameters)
            assert any("ix_post_pending (created_at" in step for step in steps), steps
            assert not any(
                step.startswith("SCAN post") or "TEMP B-TREE" in step for step in steps
            ), steps
