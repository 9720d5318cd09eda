"""The loop that empties the outbox, each item once.

An item is marked `sending` in a transaction of its own before the send. One found so later was cut
off, or its outcome is unknown: the other side is asked whether it arrived before it is sent again.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from config.policy import Policy
from models.database import reading, writing
from models.states import OutboxKind, OutboxState
from models.tables import OutboxItem
from recovery.cases import delivered, ledger
from recovery.due import due, route
from recovery.outbox import Letter, OutcomeUnknown, Receipt, Sender, SendError, SendRefused
from recovery.refusals import Refused

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)
# A portion at a time, so that a click finds its turn in the middle of a backlog.
PORTION = 20
# A place that asks for a breath is no trouble; one that asks for longer is.
A_BREATH = timedelta(seconds=60)
TOO_LATE = (
    "It has waited for more than {hours:g} hours, and so late an answer may be out of place. "
    "Write it anew if it still helps."
)
log = structlog.get_logger(__name__)


class DeliveryError(Exception):
    """Some items could not be sent in this pass; they wait and are tried again."""


class Delivery:
    """Sends what the given senders can send. One pass at a time; not for several machines yet."""

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        senders: Mapping[str, Sender],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._senders = senders
        self._clock = clock
        self._paused: dict[str, datetime] = {}
        self._trouble: str | None = None

    def run(self) -> int:
        """Send everything that is due; return how many items were sent.

        Raises DeliveryError with the last reason when some could not be sent, after trying all,
        and again at each pass until one is sent or none waits: while items wait for their next
        try, nothing is well. Not where the other side only asked for a short pause.
        """
        sent = 0
        failure: str | None = None
        with reading(self._engine) as session:
            ways = {way for way in self._senders if not self._is_paused(way)}
            items = due(session, ways, self._clock())[:PORTION]
        for item_id, way in items:
            if self._is_paused(way):
                continue
            try:
                sent += self._deliver(item_id)
            except SendError as error:
                if error.retry_after is None or error.retry_after > A_BREATH:
                    failure = str(error)
        if failure is not None:
            self._trouble = failure
        elif sent or (self._trouble is not None and not self._waits()):
            self._trouble = None
        if self._trouble is not None:
            raise DeliveryError(self._trouble)
        return sent

    def _is_paused(self, way: str) -> bool:
        return way in self._paused and self._clock() < self._paused[way]

    def _waits(self) -> bool:
        with reading(self._engine) as session:
            items = session.exec(
                select(OutboxItem).where(col(OutboxItem.state).in_(OutboxState.unfinished()))
            )
            return any(route(item) in self._senders for item in items)

    def _deliver(self, item_id: int) -> bool:
        """Send one item. Raises SendError after noting when to try again."""
        with writing(self._engine) as session:
            item = _fetch(session, item_id)
            # A waiting reply may have been given up since this pass began.
            is_over = item.state not in OutboxState.unfinished()
            if is_over or self._is_stale(session, item):
                return False
            sender = self._senders[route(item)]
            was_cut_off = item.state == OutboxState.SENDING
            try:
                letter = _letter(item, sender.prepare(session, item))
            except (Refused, SendRefused) as error:
                self._fail(session, item, str(error))
                return False
            except SendError as error:
                letter, early = None, _still_unknown(error) if was_cut_off else error
            else:
                item.state = OutboxState.SENDING
                item.sending_since = self._clock()
                item.attempts += 1
        if letter is None:
            self._postpone(item_id, early)
            raise early
        try:
            receipt = _ask(sender, letter) if was_cut_off else None
            if receipt is None:
                receipt = sender.send(letter)
        except SendRefused as error:
            with writing(self._engine) as session:
                self._fail(session, _fetch(session, item_id), str(error))
            return False
        except SendError as error:
            self._postpone(item_id, error)
            raise
        self._settle(item_id, sender, receipt)
        return True

    def _is_stale(self, session: Session, item: OutboxItem) -> bool:
        case = ledger.fetch(session, item.case_id)
        hours = self._policy.cases.alerting.max_age_hours
        now = self._clock()
        # What may stand there already is not given up: its place must be learnt.
        if item.state == OutboxState.SENDING or delivered.is_worth_sending(
            case, item.kind, item.created_at, now, hours
        ):
            return False
        if item.kind == OutboxKind.REPLY:
            self._fail(session, item, TOO_LATE.format(hours=hours))
        else:
            item.state = OutboxState.EXPIRED
            delivered.alert_expired(session, item, now)
        return True

    def _settle(self, item_id: int, sender: Sender, receipt: Receipt) -> None:
        now = self._clock()
        with writing(self._engine) as session:
            item = _fetch(session, item_id)
            item.state = OutboxState.SENT
            item.sent_at = now
            item.receipt = {"id": receipt.external_id, **receipt.data}
            item.last_error = None
            sender.settle(session, item, receipt, now)
            session.flush()
            if item.kind == OutboxKind.REPLY:
                delivered.reply_sent(session, item, receipt.external_id, now)

    def _fail(self, session: Session, item: OutboxItem, reason: str) -> None:
        item.state = OutboxState.FAILED
        item.last_error = reason
        log.error("An item will not be sent.", item=item.key, reason=reason)
        if item.kind == OutboxKind.REPLY:
            delivered.reply_failed(session, item, reason, self._clock())

    def _postpone(self, item_id: int, error: SendError) -> None:
        """Note when to try again; `retry_after` holds for the whole route, not for one item."""
        now = self._clock()
        with writing(self._engine) as session:
            item = _fetch(session, item_id)
            doubled = FIRST_WAIT * 2 ** min(max(item.attempts - 1, 0), 12)
            wait = error.retry_after or min(doubled, LONGEST_WAIT)
            # Only an unknown outcome stays `sending`: then the other side is asked first.
            asked_first = item.state == OutboxState.SENDING and isinstance(error, OutcomeUnknown)
            item.state = OutboxState.SENDING if asked_first else OutboxState.PENDING
            item.not_before = now + wait
            item.last_error = str(error)
            way = route(item)
        if error.retry_after is not None:
            self._paused[way] = now + error.retry_after
        log.debug("An item waits to be sent again.", item_id=item_id, reason=str(error))


def _fetch(session: Session, item_id: int) -> OutboxItem:
    item = session.get(OutboxItem, item_id, with_for_update=True)
    assert item is not None, "outbox items are never deleted"
    return item


def _ask(sender: Sender, letter: Letter) -> Receipt | None:
    try:
        return sender.find(letter)
    except SendError as error:
        raise _still_unknown(error) from error


def _still_unknown(error: SendError) -> OutcomeUnknown:
    return OutcomeUnknown(str(error), error.retry_after)


def _letter(item: OutboxItem, context: object) -> Letter:
    return Letter(
        key=item.key,
        kind=item.kind,
        case_id=item.case_id,
        payload=dict(item.payload),
        created_at=item.created_at,
        attempts=item.attempts,
        context=context,
    )
