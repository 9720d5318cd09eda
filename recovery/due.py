"""Which outbox items are to be sent next, and by which sender."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from models.states import OutboxKind, OutboxState
from models.tables import OutboxItem

# What is drawn on an alert, or said below it, has no place before the alert has one.
NEEDS_ALERT = frozenset({OutboxKind.SLACK_REFRESH, OutboxKind.SLACK_THREAD})

# A request that timed out may still be at work, and listings of new posts lag behind.
BEFORE_ASKING = timedelta(seconds=30)


def route(item: OutboxItem) -> str:
    """Which sender an item needs: its kind, for replies with the channel."""
    if item.kind == OutboxKind.REPLY:
        return f"{OutboxKind.REPLY}:{item.payload['channel']}"
    return item.kind


def due(session: Session, ways: Collection[str], now: datetime) -> list[tuple[int, str]]:
    """The items whose time has come on one of `ways`, each with its route.

    What somebody waits to see goes before new alerts; what belongs to an alert is left out until
    the alert is sent, or given up. A reply of unknown outcome is left out until its network can be
    expected to show it.
    """
    unfinished = session.exec(
        select(OutboxItem)
        .where(col(OutboxItem.state).in_(OutboxState.unfinished()))
        .order_by(col(OutboxItem.id))
    ).all()
    unalerted = {item.case_id for item in unfinished if item.kind == OutboxKind.SLACK_ALERT}
    found = [
        (item.id, route(item))
        for item in unfinished
        if item.id is not None
        and item.not_before <= now
        and route(item) in ways
        and not (item.kind in NEEDS_ALERT and item.case_id in unalerted)
        and not _is_too_new_to_ask(item, now)
    ]
    return sorted(found, key=lambda each: each[1] == OutboxKind.SLACK_ALERT)


def _is_too_new_to_ask(item: OutboxItem, now: datetime) -> bool:
    return (
        item.kind == OutboxKind.REPLY
        and item.state == OutboxState.SENDING
        and item.sending_since is not None
        and now < item.sending_since + BEFORE_ASKING
    )
