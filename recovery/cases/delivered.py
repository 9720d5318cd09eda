"""What becomes of a case when something left the house, or will not."""

from datetime import datetime

from sqlmodel import Session, select

from models.states import CaseStatus, EventKind, OutboxKind, OutboxState, PostRole
from models.tables import Case, OutboxItem, Post
from recovery.cases import ledger
from recovery.cases.lifecycle import Action


def posted(session: Session, case_id: int, channel: str, ts: str, now: datetime) -> None:
    """The alert stands in Slack: remember where."""
    case = ledger.fetch(session, case_id)
    case.slack_channel, case.slack_ts = channel, ts
    ledger.note(session, case, EventKind.ALERTED, ledger.SYSTEM, now, ts=ts)


def reply_sent(session: Session, item: OutboxItem, external_id: str, now: datetime) -> None:
    """The reply stands on the network: the case is answered."""
    case = ledger.fetch(session, item.case_id)
    post = session.exec(
        select(Post).where(Post.channel == case.channel, Post.external_id == external_id)
    ).one()
    post.pending = False
    ledger.attach(session, case, post, PostRole.ANSWER)
    case.first_response_at = case.first_response_at or post.created_at
    # A customer who wrote again while the reply was on its way still waits for an answer, and so
    # does one in whom a person saw a danger since.
    is_overtaken = _wrote_since(session, case, item) or ledger.danger_since(
        session, case, item.created_at
    )
    if case.status in CaseStatus.live() and not is_overtaken:
        ledger.move(case, Action.ANSWER, now)
    actor = str(item.payload["actor"])
    event = ledger.note(session, case, EventKind.REPLY_SENT, actor, now, post=post.id)
    ledger.tell_thread(session, case, event, now, f"Sent: {item.payload['text']}", actor)
    ledger.refresh(session, case, event, now)


def reply_failed(session: Session, item: OutboxItem, reason: str, now: datetime) -> None:
    """The network will not take the reply: say so to the people who wait for it."""
    case = ledger.fetch(session, item.case_id)
    actor = str(item.payload["actor"])
    event = ledger.note(session, case, EventKind.REPLY_FAILED, actor, now, outbox=item.id)
    ledger.tell_thread(session, case, event, now, f"The reply was not sent. {reason}", actor)
    ledger.refresh(session, case, event, now)


def reply_given_up(session: Session, item: OutboxItem, reason: str, now: datetime) -> None:
    """A reply that certainly did not arrive is not tried again; the same people are told."""
    item.state = OutboxState.FAILED
    item.last_error = reason
    reply_failed(session, item, reason, now)


def alert_expired(session: Session, item: OutboxItem, now: datetime) -> None:
    """The alert came too late to help anybody; the case stays in the queue."""
    case = ledger.fetch(session, item.case_id)
    ledger.note(session, case, EventKind.ALERT_EXPIRED, ledger.SYSTEM, now)


def is_worth_sending(
    case: Case, kind: str, created_at: datetime, now: datetime, hours: float
) -> bool:
    """Whether an item still helps anybody: an alert of a case that is over, or whatever was meant
    for hours long gone, does not."""
    if kind not in (OutboxKind.SLACK_ALERT, OutboxKind.REPLY):
        return True
    is_fresh = (now - created_at).total_seconds() / 3600 <= hours
    return is_fresh and (kind == OutboxKind.REPLY or case.status in CaseStatus.live())


def _wrote_since(session: Session, case: Case, item: OutboxItem) -> bool:
    return ledger.latest_customer_post(session, case).id != int(item.payload["post_id"])
