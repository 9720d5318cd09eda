"""Builders for tests: posts with verdicts as the stages before would have left them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from config.policy import Policy, load_policy
from models.database import reading, writing
from models.labels import Category, Urgency
from models.tables import Case, CaseEvent, OutboxItem, Post, Verdict
from monitor.ingest import Incoming, store
from recovery import desk
from recovery.cases.stage import consider_pending

POLICY: Policy = load_policy()


class Desk:
    """A database with the few steps that tests of cases take again and again."""

    def __init__(self, engine: Engine, now: datetime) -> None:
        self.engine = engine
        self.now = now
        self.policy = POLICY

    def clock(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def post(self, external_id: str, text: str = "My train never came.", **more: Any) -> int:
        """A customer's post, or the brand's with `by_brand=True`; returns the id."""
        fields: dict[str, Any] = {
            "channel": "x", "author_id": "u1", "author_handle": "kim", "brand": "Larkline",
            "source": "test", "addressed": True, "created_at": self.now,
        } | more  # fmt: skip
        with writing(self.engine) as session:
            store(session, Incoming(external_id=external_id, text=text, **fields), self.now)
            found = session.exec(
                select(Post).where(
                    Post.external_id == external_id, Post.channel == fields["channel"]
                )
            ).one()
            assert found.id is not None
            return found.id

    def judge(self, post_id: int, **more: Any) -> None:
        fields: dict[str, Any] = {
            "complaint": 0.97, "is_complaint": True, "sentiment": "neg", "anger": 2,
            "urgency": "high", "category": "delay", "category_p": 0.9, "risks": [],
            "risk_nets": {}, "severity": 2, "language": "en", "abstain": False, "reasons": [],
            "sentiment_p": {"neg": 0.9, "neu": 0.05, "pos": 0.05},
            "urgency_p": {"critical": 0, "high": 1, "normal": 0, "low": 0, "none": 0},
            "model": "test",
        } | more  # fmt: skip
        with writing(self.engine) as session:
            revision = session.get_one(Post, post_id).revision
            session.add(
                Verdict(post_id=post_id, post_revision=revision,
                        created_at=self.now, **fields)
            )  # fmt: skip

    def content(self) -> dict[str, Any]:
        """The verdict on a pleased follow-up."""
        return {"complaint": 0.02, "is_complaint": False, "sentiment": "pos", "anger": 0,
                "urgency": "low", "category": "none", "severity": 0}  # fmt: skip

    def consider(self) -> int:
        return consider_pending(self.engine, self.policy, self.now)

    def open_case(self, external_id: str = "p1", **verdict: Any) -> Case:
        self.judge(self.post(external_id), **verdict)
        self.consider()
        return self.cases()[-1]

    def correct(self, actor: str = "UANA", **right: Any) -> None:
        """A correction of the first case; what is not named stays as `judge` has it."""
        wanted: dict[str, Any] = {
            "urgency": Urgency.HIGH, "category": Category.DELAY, "anger": 2, "risks": (),
        } | right  # fmt: skip
        by = {"UANA": "Ana", "UBEN": "Ben"}[actor]
        with self.write() as session:
            desk.correct(session, POLICY, 1, actor, self.now, by=by, **wanted)

    def cases(self) -> list[Case]:
        with reading(self.engine) as session:
            return list(session.exec(select(Case).order_by(col(Case.id))))

    def case(self, case_id: int | None = None) -> Case:
        found = self.cases()
        return found[-1] if case_id is None else next(c for c in found if c.id == case_id)

    def events(self) -> list[str]:
        with reading(self.engine) as session:
            return [e.kind for e in session.exec(select(CaseEvent).order_by(col(CaseEvent.id)))]

    def outbox(self) -> list[OutboxItem]:
        with reading(self.engine) as session:
            return list(session.exec(select(OutboxItem).order_by(col(OutboxItem.id))))

    def write(self) -> Any:
        return writing(self.engine)

    def session(self) -> Session:
        return Session(self.engine)
