"""From post to verdict: the stage that judges what the collectors have stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine, and_
from sqlmodel import col, select

from models.database import reading, writing
from models.tables import Post, Verdict
from monitor.classifier.verdict import Item
from monitor.classifier.verdict import Verdict as Judgement

FRESH = timedelta(hours=48)


class Judge(Protocol):
    """What this stage needs of the classifier."""

    name: str

    @property
    def complaint_threshold(self) -> float:
        """Probability from which a post counts as a complaint."""

    def classify(self, items: Sequence[Item]) -> list[Judgement]:
        """One verdict for each item, in order."""

    def explain(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        """The phrases that weighed most in each item."""


def judge_pending(engine: Engine, judge: Judge, batch: int, now: datetime) -> int:
    """Judge every customer's post that has no verdict on its present text; return how many.

    Nothing is locked while the model works. Reasons are worked out for fresh complaints only,
    since they cost many passes of the model and serve the alert.
    """
    done = 0
    while posts := _waiting(engine, batch):
        items = [Item(text=post.text, rating=post.rating, channel=post.channel) for post in posts]
        verdicts = judge.classify(items)
        explained = [
            index
            for index, (post, verdict) in enumerate(zip(posts, verdicts, strict=True))
            if verdict.complaint >= judge.complaint_threshold
            and not verdict.abstain
            and now - post.created_at < FRESH
        ]
        reasons = judge.explain([items[index] for index in explained]) if explained else []
        phrases = dict(zip(explained, reasons, strict=True))
        with writing(engine) as session:
            for index, (post, verdict) in enumerate(zip(posts, verdicts, strict=True)):
                session.add(_row(post, verdict, phrases.get(index, ()), judge, now))
        done += len(posts)
    return done


def _waiting(engine: Engine, batch: int) -> list[Post]:
    current = and_(
        col(Verdict.post_id) == col(Post.id), col(Verdict.post_revision) == col(Post.revision)
    )
    with reading(engine) as session:
        return list(
            session.exec(
                select(Post)
                .outerjoin(Verdict, current)
                .where(col(Post.by_brand).is_(False), col(Verdict.id).is_(None))
                .order_by(col(Post.pending).desc(), col(Post.id))
                .limit(batch)
            )
        )


def _row(
    post: Post, verdict: Judgement, reasons: tuple[str, ...], judge: Judge, now: datetime
) -> Verdict:
    assert post.id is not None
    return Verdict(
        post_id=post.id,
        post_revision=post.revision,
        model=judge.name,
        created_at=now,
        complaint=verdict.complaint,
        is_complaint=not verdict.abstain and verdict.complaint >= judge.complaint_threshold,
        sentiment=verdict.sentiment,
        sentiment_p=verdict.sentiment_p,
        anger=verdict.anger,
        urgency=verdict.urgency,
        urgency_p=verdict.urgency_p,
        category=verdict.category,
        category_p=verdict.category_p,
        risks=[str(risk) for risk in verdict.risks],
        risk_nets=verdict.risk_nets,
        severity=verdict.severity,
        language=verdict.language,
        abstain=verdict.abstain,
        abstain_reason=verdict.abstain_reason,
        reasons=list(reasons),
    )
