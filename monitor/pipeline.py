"""From post to verdict: the stage that judges what the collectors have stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Engine, and_, or_, text
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models.database import reading, writing
from models.labels import Urgency
from models.tables import Post, Verdict
from monitor import threads
from monitor.classifier.verdict import Item
from monitor.classifier.verdict import Verdict as Judgement
from monitor.threads import Talk

FRESH = timedelta(hours=48)
FEW_WORDS = 15  # a post of no more may be read with what came before it
LEANS = 0.5  # probability from which a post is rather a complaint than none
# As the index of pending posts has it: SQLite does not see that `pending = 1` says the same.
PENDING = text("post.pending")


class Judge(Protocol):
    """What this stage needs of the classifier."""

    name: str

    @property
    def complaint_threshold(self) -> float:
        """Probability from which a post counts as a complaint."""

    @property
    def reads_outcomes(self) -> bool:
        """Whether it can say how a conversation ends."""

    def classify(self, items: Sequence[Item]) -> list[Judgement]:
        """One verdict for each item, in order."""

    def explain(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        """The phrases that weighed most in each item."""

    def outcomes(self, talks: Sequence[Talk]) -> list[dict[str, Any]]:
        """How each customer ends: `label`, and `p` by label."""


def judge_pending(
    engine: Engine, judge: Judge, batch: int, now: datetime, most: int | None = None
) -> int:
    """Judge every customer's post that has no verdict on its present text; return how many.

    Posts of the last 48 hours come first, the newest of them before all, and are looked for anew
    before each batch, so that none waits for an archive. The others follow in the order of their
    time, in which the case stage takes them: a conversation is then read from its beginning.

    With `most` it stops after about so many, for a caller who must say in time that it works.

    Nothing is locked while the model works. Reasons are worked out for fresh posts that may alert,
    since they cost many passes of the model and serve the alert.
    """
    done, last = 0, None
    while most is None or done < most:
        posts = _fresh(engine, batch, now - FRESH)
        if not posts:
            posts = _older(engine, batch, now - FRESH, last)
            last = posts[-1] if posts else None
        if not posts:
            break
        items = [Item(text=post.text, rating=post.rating, channel=post.channel) for post in posts]
        verdicts = _with_thread(engine, judge, posts, items, judge.classify(items))
        explained = [
            index
            for index, (post, verdict) in enumerate(zip(posts, verdicts, strict=True))
            if verdict.may_alert(judge.complaint_threshold)
            and not verdict.abstain
            and now - post.created_at < FRESH
        ]
        reasons = judge.explain([items[index] for index in explained]) if explained else []
        phrases = dict(zip(explained, reasons, strict=True))
        outcomes = _outcomes(engine, judge, posts)
        with writing(engine) as session:
            for index, (post, verdict) in enumerate(zip(posts, verdicts, strict=True)):
                row = _row(post, verdict, phrases.get(index, ()), judge, now)
                row.outcome, row.outcome_p = outcomes[index]
                session.add(row)
        done += len(posts)
    return done


def _fresh(engine: Engine, batch: int, since: datetime) -> list[Post]:
    newest_first = col(Post.created_at).desc(), col(Post.id).desc()
    asked = _unjudged().where(Post.created_at >= since).order_by(*newest_first)
    with reading(engine) as session:
        return list(session.exec(asked.limit(batch)))


def _older(engine: Engine, batch: int, until: datetime, last: Post | None) -> list[Post]:
    """Goes on behind `last`: a judged post stays pending until the case stage has looked at it,
    and to pass over an archive of those once more for each batch would cost more each time."""
    at, post_id = col(Post.created_at), col(Post.id)
    asked = _unjudged().where(at < until).order_by(at, post_id)
    if last is not None:
        asked = asked.where(at >= last.created_at, or_(at > last.created_at, post_id > last.id))
    with reading(engine) as session:
        return list(session.exec(asked.limit(batch)))


def _unjudged() -> SelectOfScalar[Post]:
    # Only a pending post can lack a verdict: whatever changes its words makes it pending.
    current = and_(
        col(Verdict.post_id) == col(Post.id), col(Verdict.post_revision) == col(Post.revision)
    )
    return (
        select(Post)
        .outerjoin(Verdict, current)
        .where(PENDING, col(Post.by_brand).is_(False), col(Verdict.id).is_(None))
    )


def _with_thread(
    engine: Engine,
    judge: Judge,
    posts: Sequence[Post],
    items: Sequence[Item],
    alone: Sequence[Judgement],
) -> list[Judgement]:
    """The verdicts, where a short post of which it is not sure whether it complains is read once
    more with what the customer wrote before it.

    "iPhone 8, since Monday" is a complaint after one, and none after a question. Only that one
    question is answered by both together: the risks, the alert, the anger of what came before
    stand on its own verdict and must not call people twice.
    """
    unsure = [n for n, said in enumerate(alone) if _says_too_little(said, items[n])]
    with reading(engine) as session:
        before = threads.before(session, [posts[n] for n in unsure])
    asked = [n for n in unsure if posts[n].id in before]
    if not asked:
        return list(alone)
    together = [replace(items[n], text=f"{before[posts[n].id]}\n{items[n].text}") for n in asked]
    verdicts = list(alone)
    for n, said in zip(asked, judge.classify(together), strict=True):
        verdicts[n] = _in_thread(alone[n], said, judge.complaint_threshold)
    return verdicts


def _says_too_little(said: Judgement, item: Item) -> bool:
    return said.abstain and said.language == "en" and len(item.text.split()) <= FEW_WORDS


def _in_thread(alone: Judgement, joined: Judgement, threshold: float) -> Judgement:
    """What is stated of the post: a complaint where both together are one; no complaint where both
    together are none, the post itself leans to none, and nothing in it is grave. Else it goes to
    people as before."""
    if joined.abstain:
        return alone
    sure = replace(alone, abstain=False, abstain_reason=None, with_thread=True)
    if joined.complaint >= threshold:
        return replace(
            sure,
            complaint=joined.complaint,
            category=joined.category,
            category_p=joined.category_p,
            severity=joined.severity,
            urgency=min(alone.urgency, Urgency.NORMAL, key=list(Urgency).index),
        )
    grave = alone.alert or bool(alone.risks) or alone.urgency in (Urgency.CRITICAL, Urgency.HIGH)
    if alone.complaint >= LEANS or grave:
        return alone
    return replace(sure, complaint=joined.complaint, severity=joined.severity)


def _outcomes(
    engine: Engine, judge: Judge, posts: Sequence[Post]
) -> list[tuple[str | None, float | None]]:
    """How each post's conversation stands with it; None for one that follows no answer."""
    with reading(engine) as session:
        talks = [threads.talk(session, post) for post in posts]
    if not judge.reads_outcomes:
        return [(None, None)] * len(posts)
    said = iter(judge.outcomes([talk for talk in talks if talk is not None]))
    found: list[tuple[str | None, float | None]] = []
    for talk in talks:
        answer = next(said) if talk is not None else None
        found.append((answer["label"], answer["p"][answer["label"]]) if answer else (None, None))
    return found


def _row(
    post: Post, verdict: Judgement, reasons: tuple[str, ...], judge: Judge, now: datetime
) -> Verdict:
    assert post.id is not None
    return Verdict(
        post_id=post.id,
        post_revision=post.revision,
        model=judge.name,
        with_thread=verdict.with_thread,
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
        alert=verdict.alert,
        abstain=verdict.abstain,
        abstain_reason=verdict.abstain_reason,
        reasons=list(reasons),
    )
