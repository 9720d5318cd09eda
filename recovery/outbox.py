"""What must leave the house: the port that every sender implements, and what it may answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session

from models.tables import OutboxItem


@dataclass(frozen=True, slots=True)
class Letter:
    """An outbox item, detached from the database, with what its sender needs to send it."""

    key: str
    kind: str
    case_id: int
    payload: dict[str, Any]
    created_at: datetime
    attempts: int
    context: Any = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that the other side has it: its id there, and anything to be kept with it."""

    external_id: str
    data: dict[str, Any] = field(default_factory=dict)


class SendError(Exception):
    """The send failed and may be tried again; `retry_after` is how long the other side asked."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(SendError):
    """The connection broke after the request went out; it may or may not have arrived."""


class SendRefused(Exception):
    """The other side will never take it as it is; the text says why and what to do."""


class Sender(Protocol):
    """Sends one kind of item to one place. No session is open while it talks to the network."""

    def prepare(self, session: Session, item: OutboxItem) -> Any:
        """Read from the database what `send` needs (becomes `Letter.context`)."""

    def send(self, letter: Letter) -> Receipt:
        """Send. Raises SendError (retry), OutcomeUnknown (ask, then retry), SendRefused (never)."""

    def find(self, letter: Letter) -> Receipt | None:
        """Ask the other side whether it already has this item. Raises SendError."""

    def settle(self, session: Session, item: OutboxItem, receipt: Receipt, now: datetime) -> None:
        """Write what follows from the success, in the transaction that marks it as sent."""
