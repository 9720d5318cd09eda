"""Writing a case: the only place that sets a status, and where the history and outbox grow."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.states import CaseStatus, EventKind, OutboxKind, OutboxState, PostRole
from models.tables import Case, CaseEvent, CasePost, OutboxItem, Post
from recovery.cases import lifecycle
from recovery.cases.lifecycle import Action
from recovery.refusals import Refused

SYSTEM = "amends"


def fetch(session: Session, case_id: int) -> Case:
    """The case as it is now, locked for this transaction. Raises Refused when there is none."""
    # What the session had read of it before may have changed while it waited for the lock.
    case = session.get(Case, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise Refused(f"There is no case {case_id}.")
    return case


def move(case: Case, action: Action, now: datetime) -> None:
    """Set the status that follows from `action`. Raises Refused where the action does not fit."""
    target = lifecycle.after(CaseStatus(case.status), action)
    if target is None:
        raise Refused(f"Case {case.id} is {case.status}; it is too late for that.")
    case.status = target
    case.closed_at = None if target in CaseStatus.live() else now
    if target not in CaseStatus.waiting():
        case.due_at = None
        case.overdue = False
    if target is CaseStatus.NEW:
        case.owner = None


def bring_back(case: Case, now: datetime) -> None:
    """An answered case waits again: for its owner, or in the queue. Raises Refused otherwise."""
    move(case, Action.RETURN_TO_OWNER if case.owner else Action.RETURN_TO_QUEUE, now)


def note(
    session: Session, case: Case, kind: EventKind, actor: str, now: datetime, **data: Any
) -> CaseEvent:
    """Add a line to the case's history. `data` holds ids and figures, never anybody's words."""
    assert case.id is not None
    event = CaseEvent(case_id=case.id, at=now, kind=kind, actor=actor, data=data)
    session.add(event)
    session.flush()
    return event


def miss_deadline(session: Session, case: Case, now: datetime) -> CaseEvent:
    """Note, once for each deadline, that the answer did not come in time."""
    assert case.due_at is not None
    case.overdue = True
    due = case.due_at.isoformat()
    return note(session, case, EventKind.DEADLINE_MISSED, SYSTEM, now, due_at=due)


def attach(session: Session, case: Case, post: Post, role: PostRole) -> None:
    """Make a post part of the case. Attaching it a second time changes nothing."""
    assert case.id is not None
    assert post.id is not None
    known = session.exec(select(CasePost).where(CasePost.post_id == post.id)).first()
    if known is None:
        session.add(CasePost(case_id=case.id, post_id=post.id, role=role))
        session.flush()


def enqueue(
    session: Session, case: Case, kind: OutboxKind, key: str, now: datetime, **payload: Any
) -> bool:
    """Put something that must leave the house into the outbox; False when it is there already."""
    if session.exec(select(OutboxItem.id).where(OutboxItem.key == key)).first() is not None:
        return False
    assert case.id is not None
    session.add(
        OutboxItem(
            key=key, kind=kind, case_id=case.id, payload=payload, created_at=now, not_before=now
        )
    )
    session.flush()
    return True


def danger_since(session: Session, case: Case, moment: datetime) -> bool:
    """Whether a person has added a grave risk since: an answer of before knew nothing of it."""
    events = session.exec(
        select(CaseEvent).where(
            CaseEvent.case_id == case.id,
            CaseEvent.kind == EventKind.CORRECTED,
            CaseEvent.at > moment,
        )
    )
    return any(event.data.get("danger") for event in events)


def alert(session: Session, case: Case, now: datetime) -> bool:
    """Have the case posted to the channel; again only where the last alert never stood there."""
    alerts = _alerts(session, case)
    if alerts and alerts[-1].state not in (OutboxState.EXPIRED, OutboxState.FAILED):
        return False
    key = f"case:{case.id}:alert" + (f":{len(alerts) + 1}" if alerts else "")
    return enqueue(session, case, OutboxKind.SLACK_ALERT, key, now)


def is_alerted(session: Session, case: Case) -> bool:
    """Whether the case stands in the channel, or is on its way there."""
    if case.slack_ts is not None:
        return True
    return any(item.state in OutboxState.unfinished() for item in _alerts(session, case))


def refresh(session: Session, case: Case, event: CaseEvent, now: datetime) -> None:
    """Have the alert redrawn from the case as it then is; one waiting redraw is enough."""
    if not is_alerted(session, case):
        return
    waiting = select(OutboxItem.id).where(
        OutboxItem.case_id == case.id,
        OutboxItem.kind == OutboxKind.SLACK_REFRESH,
        OutboxItem.state == OutboxState.PENDING,
        OutboxItem.attempts == 0,
    )
    if session.exec(waiting).first() is None:
        enqueue(session, case, OutboxKind.SLACK_REFRESH, f"case:{case.id}:refresh:{event.id}", now)


def tell_thread(
    session: Session,
    case: Case,
    event: CaseEvent,
    now: datetime,
    text: str,
    actor: str | None,
    *,
    broadcast: bool = False,
) -> None:
    """Say something in the alert's thread, where there is an alert; `actor` is called by name.

    With `broadcast` the channel sees it as well: a thread is read by those who are in it already.
    """
    if is_alerted(session, case):
        key = f"case:{case.id}:thread:{event.id}"
        enqueue(
            session, case, OutboxKind.SLACK_THREAD, key, now,
            text=text, actor=actor, broadcast=broadcast,
        )  # fmt: skip


def case_of(session: Session, post: Post) -> Case | None:
    """The case that a post belongs to, if any, locked for this transaction."""
    case_id = session.exec(select(CasePost.case_id).where(CasePost.post_id == post.id)).first()
    return None if case_id is None else fetch(session, case_id)


def is_attached(session: Session, post: Post) -> bool:
    """Whether the post belongs to a case."""
    return session.exec(select(CasePost.id).where(CasePost.post_id == post.id)).first() is not None


def posts_of(session: Session, case: Case) -> list[tuple[Post, str]]:
    """The case's posts with their roles, in the order they were written."""
    rows = session.exec(
        select(Post, CasePost.role)
        .join(CasePost, col(CasePost.post_id) == col(Post.id))
        .where(CasePost.case_id == case.id)
        .order_by(col(Post.created_at), col(Post.id))
    ).all()
    return [(post, role) for post, role in rows]


def latest_customer_post(session: Session, case: Case) -> Post:
    """The newest post of the customer, which a reply answers."""
    own = [post for post, role in posts_of(session, case) if role != PostRole.ANSWER]
    return own[-1]


def replies_of(session: Session, case: Case) -> list[OutboxItem]:
    """Every reply written at the desk for this case, in order, whatever became of it."""
    return _items(session, case, OutboxKind.REPLY)


def matter(post: Post) -> str:
    """What one case is about: everything between one customer and one brand.

    Finer matters would let two agents answer one person at once.
    """
    return post.brand


def _alerts(session: Session, case: Case) -> list[OutboxItem]:
    return _items(session, case, OutboxKind.SLACK_ALERT)


def _items(session: Session, case: Case, kind: OutboxKind) -> list[OutboxItem]:
    return list(
        session.exec(
            select(OutboxItem)
            .where(OutboxItem.case_id == case.id, OutboxItem.kind == kind)
            .order_by(col(OutboxItem.id))
        )
    )
