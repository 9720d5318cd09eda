"""Deadlines: an answer that is overdue is said aloud once, a quiet case is closed as quiet."""

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from config.policy import Policy
from models.database import writing
from models.states import CaseStatus, EventKind
from models.tables import Case, CasePost, Post
from recovery.cases import ledger, rules
from recovery.cases.lifecycle import Action


def watch(engine: Engine, policy: Policy, now: datetime) -> int:
    """Note missed deadlines and close quiet cases; return how many cases changed."""
    with writing(engine) as session:
        # Locked, so that a correction of this very moment is not written over.
        overdue = session.exec(
            select(Case)
            .where(
                col(Case.status).in_(CaseStatus.waiting()),
                col(Case.overdue).is_(False),
                col(Case.due_at) < now,
            )
            .with_for_update()
        ).all()
        for case in overdue:
            _miss(session, policy, case, now)
        quiet = _quiet(session, now - timedelta(days=policy.deadlines.close_quiet_after_days))
        for case in quiet:
            ledger.move(case, Action.CLOSE_QUIET, now)
            event = ledger.note(session, case, EventKind.CLOSED_QUIET, ledger.SYSTEM, now)
            ledger.refresh(session, case, event, now)
        return len(overdue) + len(quiet)


def _miss(session: Session, policy: Policy, case: Case, now: datetime) -> None:
    event = ledger.miss_deadline(session, case, now)
    if ledger.is_alerted(session, case):
        text = "The answer is overdue. " + (
            "Will you answer, or give it back?" if case.owner else "Who takes it?"
        )
        ledger.tell_thread(session, case, event, now, text, case.owner)
        ledger.refresh(session, case, event, now)
    elif rules.alerts(case, policy.cases, now):
        # It waited in the queue until its time ran out: now it goes before people.
        ledger.alert(session, case, now)


def _quiet(session: Session, before: datetime) -> list[Case]:
    newest = func.max(Post.created_at)
    ids = session.exec(
        select(Case.id)
        .join(CasePost, col(CasePost.case_id) == col(Case.id))
        .join(Post, col(Post.id) == col(CasePost.post_id))
        .where(Case.status == CaseStatus.ANSWERED)
        .group_by(col(Case.id))
        .having(newest < before)
    ).all()
    cases = [ledger.fetch(session, id_) for id_ in ids if id_ is not None]
    # It may have come back while its lock was waited for.
    return [case for case in cases if case.status == CaseStatus.ANSWERED]
