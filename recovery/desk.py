"""What a person can do to a case, for every face (Slack, later the dashboard).

Each function runs in the caller's transaction, changes the case or raises Refused with a sentence
for the person, and returns the case as it then stands. `actor` is a Slack user id.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from config.policy import Policy
from models.states import CaseStatus, EventKind, OutboxKind, OutboxState
from models.tables import Case
from recovery import corrections
from recovery.cases import ledger, rules
from recovery.cases.lifecycle import Action
from recovery.correcting import correct
from recovery.refusals import Refused
from recovery.replies.weight import length, limit
from recovery.view import CaseView
from recovery.views import view

__all__ = [
    "answered_by_hand", "claim", "correct", "dismiss", "hold", "problems", "release", "reopen",
    "reply", "view",
]  # fmt: skip


def claim(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Give the case to `actor`. Raises Refused when somebody else has it or it is over."""
    case = ledger.fetch(session, case_id)
    _nobody_elses(case, actor)
    if case.owner == actor:
        raise Refused(f"You have case {case_id} already.")
    ledger.move(case, Action.CLAIM, now)
    case.owner = actor
    return _changed(session, policy, case, EventKind.CLAIMED, actor, now)


def release(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Give the case back to the queue. Raises Refused when `actor` does not have it."""
    case = ledger.fetch(session, case_id)
    _nobody_elses(case, actor)
    if case.owner is None:
        raise Refused(f"Nobody has case {case_id}; there is nothing to give back.")
    _no_reply_under_way(session, case)
    ledger.move(case, Action.RELEASE, now)
    return _changed(session, policy, case, EventKind.RELEASED, actor, now)


def reply(
    session: Session,
    policy: Policy,
    case_id: int,
    text: str,
    attempt: int,
    actor: str,
    now: datetime,
) -> CaseView:
    """Queue a public reply, claiming the case where nobody has it.

    Raises Refused when somebody else has the case, it is over, `attempt` was used already
    (two people pressed send, or one twice), the text is empty or too long, or no reply
    may or can go out through the channel's API.
    """
    case = ledger.fetch(session, case_id)
    _nobody_elses(case, actor)
    if case.status not in CaseStatus.live():
        raise Refused(f"Case {case_id} is {case.status}; nothing was sent.")
    _no_reply_under_way(session, case)
    now_view = view(session, policy, case_id)
    if attempt != now_view.attempt:
        raise Refused("A reply was written since you opened this. Nothing was sent; look again.")
    if now_view.reply_route == "hand":
        raise Refused("amends cannot answer here; a person answers on the channel itself.")
    if found := problems(case.channel, text):
        raise Refused(" ".join(found))
    if case.status == CaseStatus.NEW:
        ledger.move(case, Action.CLAIM, now)
    case.owner = actor
    post = ledger.latest_customer_post(session, case)
    ledger.enqueue(
        session, case, OutboxKind.REPLY, f"case:{case_id}:reply:{attempt}", now,
        channel=case.channel, post_id=post.id, text=text.strip(), actor=actor,
    )  # fmt: skip
    return _changed(session, policy, case, EventKind.REPLY_QUEUED, actor, now)


def answered_by_hand(
    session: Session, policy: Policy, case_id: int, actor: str, now: datetime
) -> CaseView:
    """Note that a person answered on the channel itself. Raises Refused when the case is over."""
    case = ledger.fetch(session, case_id)
    _nobody_elses(case, actor)
    _no_reply_under_way(session, case)
    if case.status == CaseStatus.ANSWERED:
        raise Refused(f"Case {case_id} is answered already.")
    ledger.move(case, Action.ANSWER, now)
    case.owner = actor
    case.first_response_at = case.first_response_at or now
    return _changed(session, policy, case, EventKind.ANSWERED_BY_HAND, actor, now)


def dismiss(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Close the case as 'not a complaint'. Raises Refused when it is over or answered."""
    case = ledger.fetch(session, case_id)
    _nobody_elses(case, actor)
    _no_reply_under_way(session, case)
    ledger.move(case, Action.DISMISS, now)
    corrections.record(session, policy.channels, case, "complaint", "0", actor, now)
    return _changed(session, policy, case, EventKind.DISMISSED, actor, now)


def reopen(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Take a dismissal back. Raises Refused when the case was not dismissed, or when the customer
    has another live case by now."""
    case = ledger.fetch(session, case_id)
    if case.status != CaseStatus.DISMISSED:
        raise Refused(f"Case {case_id} is {case.status}; there is no dismissal to take back.")
    other = session.exec(
        select(Case.id).where(
            Case.customer_id == case.customer_id,
            Case.matter == case.matter,
            col(Case.status).in_(CaseStatus.live()),
        )
    ).first()
    if other is not None:
        raise Refused(f"The customer has case {other} open by now; go on there.")
    ledger.move(case, Action.REOPEN, now)
    # The customer has waited all the while.
    case.due_at = rules.due_at(case.urgency, case.last_customer_at, policy.deadlines)
    corrections.withdraw(session, case, "complaint", now)
    return _changed(session, policy, case, EventKind.REOPENED, actor, now)


def hold(session: Session, policy: Policy, case_id: int) -> CaseView:
    """The case as it stands, and stays until the transaction ends. Raises Refused."""
    ledger.fetch(session, case_id)
    return view(session, policy, case_id)


def problems(channel: str, text: str) -> list[str]:
    """What keeps `text` from being sent on `channel`, as sentences; empty when nothing does."""
    found = []
    if not text.strip():
        found.append("Write something first.")
    over = length(channel, text.strip()) - limit(channel)
    if over > 0:
        found.append(f"This is {over} characters too long; {limit(channel)} fit here.")
    return found


def _changed(
    session: Session,
    policy: Policy,
    case: Case,
    kind: EventKind,
    actor: str,
    now: datetime,
    **data: Any,
) -> CaseView:
    event = ledger.note(session, case, kind, actor, now, **data)
    ledger.refresh(session, case, event, now)
    assert case.id is not None
    return view(session, policy, case.id)


def _nobody_elses(case: Case, actor: str) -> None:
    if case.owner is not None and case.owner != actor and case.status in CaseStatus.live():
        raise Refused(f"<@{case.owner}> has case {case.id}.")


def _no_reply_under_way(session: Session, case: Case) -> None:
    if any(item.state in OutboxState.unfinished() for item in ledger.replies_of(session, case)):
        raise Refused(f"A reply to case {case.id} is on its way; wait until it has arrived.")
