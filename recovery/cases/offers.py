"""The gestures of a case, written down once: what people saw does not change later."""

from datetime import datetime

from sqlmodel import Session, col, select

from config.policy import Policy
from models.labels import Category
from models.tables import Case, CasePost, GestureOffer, Post, Verdict
from recovery.cases import rules
from recovery.gestures import suggest


def offer(session: Session, policy: Policy, case: Case, verdict: Verdict, now: datetime) -> None:
    """Write down what is suggested after a post with this verdict, where nothing is yet.

    A post that nobody judged suggests none, and an unsure issue only what fits any.
    """
    if not _complains(verdict, policy):
        return
    is_sure = verdict.category_p >= policy.drafts.category_at_least
    _write_down(session, policy, case, verdict.category if is_sure else Category.OTHER, now)


def offer_late(
    session: Session, policy: Policy, case: Case, category: Category, now: datetime
) -> None:
    """Write down what a risk had forbidden until a person took it away, where nothing is yet.

    `category` is the issue as that person sees it; without one, only what fits any is suggested.
    """
    verdicts = session.exec(
        select(Verdict)
        .join(Post, col(Post.id) == col(Verdict.post_id))
        .join(CasePost, col(CasePost.post_id) == col(Post.id))
        .where(CasePost.case_id == case.id, Verdict.post_revision == Post.revision)
    )
    if any(_complains(verdict, policy) for verdict in verdicts):
        named = Category.OTHER if category is Category.NONE else category
        _write_down(session, policy, case, named, now)


def _complains(verdict: Verdict, policy: Policy) -> bool:
    return not verdict.abstain and rules.is_complaint(verdict, policy.cases)


def _write_down(session: Session, policy: Policy, case: Case, category: str, now: datetime) -> None:
    if session.exec(select(GestureOffer.id).where(GestureOffer.case_id == case.id)).first():
        return
    catalogue = policy.gestures
    fitting = suggest(catalogue, category, case.anger, case.severity, case.risks)
    assert case.id is not None
    for rank, gesture in enumerate(fitting, start=1):
        session.add(
            GestureOffer(
                case_id=case.id,
                rank=rank,
                gesture=gesture.key,
                name=gesture.name,
                reason=gesture.reason,
                cost_minor=round(gesture.cost * 100),
                currency=catalogue.currency,
                grant=gesture.grant,
                offered_at=now,
            )
        )
    session.flush()
