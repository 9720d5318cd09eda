"""The stage from post to verdict."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from models.database import reading, writing
from models.labels import Category, Risk, Sentiment, Urgency
from models.tables import Post, Verdict
from monitor.classifier.verdict import Item
from monitor.classifier.verdict import Verdict as Judgement
from monitor.ingest import Incoming, store
from monitor.pipeline import judge_pending
from monitor.threads import Talk


class WordJudge:
    """Takes a post for a complaint when it says 'bad'; remembers what it was asked."""

    name = "words"
    complaint_threshold = 0.5
    reads_outcomes = True

    def __init__(self) -> None:
        self.judged: list[str] = []
        self.explained: list[str] = []
        self.talks: list[tuple[str, str, list[str]]] = []

    def classify(self, items: Sequence[Item]) -> list[Judgement]:
        self.judged += [item.text for item in items]
        return [self._verdict(item.text) for item in items]

    def explain(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        self.explained += [item.text for item in items]
        return [("bad",) for _ in items]

    def outcomes(self, talks: Sequence[Talk]) -> list[dict[str, Any]]:
        self.talks += [(first, reply, list(after)) for first, reply, after in talks]
        return [{"label": "recovered", "p": {"recovered": 0.9}} for _ in talks]

    def _verdict(self, text: str) -> Judgement:
        bad = "bad" in text
        unsure = text.startswith("since")
        hurt = "hurt me" in text
        leans = text.startswith("since I rather")
        return Judgement(
            complaint=0.9 if bad else 0.6 if leans else 0.1,
            sentiment=Sentiment.NEG if bad else Sentiment.POS,
            sentiment_p={"neg": 0.9, "neu": 0.05, "pos": 0.05}, anger=2 if bad else 0,
            urgency=Urgency.NORMAL if bad else Urgency.LOW, urgency_p={},
            category=Category.DELAY, category_p=0.9,
            risks=(Risk.SAFETY,) if hurt else (), risk_nets={}, severity=2,
            language="en", abstain=unsure, alert=hurt,
        )  # fmt: skip


@pytest.fixture
def judge() -> WordJudge:
    return WordJudge()


def put(engine: Engine, now: datetime, external_id: str, text: str, **more: Any) -> None:
    fields: dict[str, Any] = {
        "channel": "x", "author_id": "u1", "brand": "Larkline", "source": "test", "created_at": now,
    } | more  # fmt: skip
    with writing(engine) as session:
        store(session, Incoming(external_id=external_id, text=text, **fields), now)


def verdicts(engine: Engine) -> list[Verdict]:
    with reading(engine) as session:
        return list(
            session.exec(select(Verdict).order_by(col(Verdict.post_id), col(Verdict.post_revision)))
        )


def test_every_customer_post_is_judged_once(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    for number in range(7):
        put(engine, now, f"p{number}", f"bad {number}")
    put(engine, now, "b1", "we are sorry", by_brand=True)
    assert judge_pending(engine, judge, 3, now) == 7
    assert judge_pending(engine, judge, 3, now) == 0
    assert sorted(judge.judged) == [f"bad {number}" for number in range(7)]


def test_a_portion_leaves_the_rest_for_the_next_turn(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    for number in range(7):
        put(engine, now, f"p{number}", "fine")
    assert [judge_pending(engine, judge, 2, now, most=4) for _ in range(3)] == [4, 3, 0]


def test_an_edit_is_judged_anew(engine: Engine, now: datetime, judge: WordJudge) -> None:
    put(engine, now, "p1", "fine")
    judge_pending(engine, judge, 10, now)
    put(engine, now, "p1", "bad after all")
    judge_pending(engine, judge, 10, now)
    assert [(v.post_revision, v.is_complaint) for v in verdicts(engine)] == [(1, False), (2, True)]


def test_only_fresh_complaints_are_explained(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    put(engine, now, "p1", "bad today")
    put(engine, now, "p2", "bad long ago", created_at=now - timedelta(days=90))
    put(engine, now, "p3", "lovely")
    judge_pending(engine, judge, 10, now)
    assert judge.explained == ["bad today"]
    assert [v.reasons for v in verdicts(engine)] == [["bad"], [], []]


def test_what_follows_an_answer_is_judged_with_its_conversation(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    def at(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    put(engine, now, "p1", "bad", conversation="p1")
    put(engine, now, "o1", "me too", conversation="p1", author_id="u2", created_at=at(1))
    put(engine, now, "b0", "hi other", by_brand=True, in_reply_to="o1", conversation="p1",
        created_at=at(2))  # fmt: skip
    put(engine, now, "b1", "sorry", by_brand=True, in_reply_to="p1", conversation="p1",
        created_at=at(3))  # fmt: skip
    put(engine, now, "p2", "thank you", in_reply_to="b1", conversation="p1", created_at=at(4))
    judge_pending(engine, judge, 10, now)
    assert judge.talks == [("bad", "sorry", ["thank you"])]
    assert [v.outcome for v in verdicts(engine)] == [None, None, "recovered"]


def test_a_post_that_says_little_is_read_with_what_came_before(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    def at(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    put(engine, now, "p1", "bad", conversation="p1")
    put(engine, now, "p2", "since Monday", conversation="p1", created_at=at(1))
    put(engine, now, "q1", "lovely", conversation="q1", author_id="u2")
    put(engine, now, "q2", "since Monday", conversation="q1", author_id="u2", created_at=at(1))
    put(engine, now, "o1", "since Monday", conversation="p1", author_id="u3", created_at=at(2))
    put(engine, now, "r1", "since Monday", conversation="r1", author_id="u1", created_at=at(2))
    judge_pending(engine, judge, 10, now)
    said = {verdict.post_id: verdict for verdict in verdicts(engine)}
    with reading(engine) as session:
        named = {post.external_id: said[post.id or 0] for post in session.exec(select(Post))}
    assert named["p2"].is_complaint
    assert not named["p2"].abstain
    assert not named["q2"].is_complaint
    assert not named["q2"].abstain
    assert named["o1"].abstain, "it follows somebody else's complaint"
    assert named["r1"].abstain, "it follows nothing"


def test_what_came_before_answers_one_question_only(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    put(engine, now, "p1", "bad, you hurt me", conversation="p1")
    put(engine, now, "p2", "since Monday", conversation="p1", created_at=now + timedelta(minutes=1))
    judge_pending(engine, judge, 10, now)
    first, later = verdicts(engine)
    assert (first.alert, first.risks, first.anger) == (True, ["safety"], 2)
    assert (later.alert, later.risks, later.anger) == (False, [], 0), "no second alarm"
    assert later.is_complaint
    assert later.urgency == Urgency.NORMAL
    assert [(v.model, v.with_thread) for v in (first, later)] == [("words", False), ("words", True)]


@pytest.mark.parametrize(
    "text",
    ["since I rather complain", "since you hurt me", "since " + "very " * 20 + "long ago"],
)
def test_a_doubt_is_not_silenced_by_praise_before_it(
    engine: Engine, now: datetime, judge: WordJudge, text: str
) -> None:
    put(engine, now, "p1", "lovely", conversation="p1")
    put(engine, now, "p2", text, conversation="p1", created_at=now + timedelta(minutes=1))
    judge_pending(engine, judge, 10, now)
    assert verdicts(engine)[-1].abstain


def test_of_two_posts_of_one_second_only_one_comes_before_the_other(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    for number in (1, 2):
        put(engine, now, f"p{number}", "since Monday", conversation="p1")
    judge_pending(engine, judge, 10, now)
    assert judge.judged.count("since Monday\nsince Monday") == 1


def test_what_was_written_long_before_is_not_read(
    engine: Engine, now: datetime, judge: WordJudge
) -> None:
    put(engine, now, "p1", "bad", conversation="p1", created_at=now - timedelta(days=30))
    put(engine, now, "p2", "since Monday", conversation="p1")
    judge_pending(engine, judge, 10, now)
    assert [verdict.abstain for verdict in verdicts(engine)] == [False, True]
