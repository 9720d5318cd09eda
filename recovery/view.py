"""A case as a person sees it: plain values, read once, from which every face is drawn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.states import CaseStatus, EventKind


@dataclass(frozen=True, slots=True)
class PostView:
    """One post of the case. `handle` has no leading sign."""

    text: str
    handle: str
    created_at: datetime
    url: str | None
    by_brand: bool


@dataclass(frozen=True, slots=True)
class GestureView:
    """One suggested gesture. `cost` is ready to read, such as '10 EUR' or '7.50 EUR'."""

    name: str
    reason: str
    cost: str
    grant: Literal["agent", "lead", "manager"]


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the case's history. `actor` is a Slack user id, or 'amends'."""

    at: datetime
    kind: EventKind
    actor: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything a face needs of one case.

    `owner` is a Slack user id. `followers` is the customer's reach, `why` are sentences for what
    the verdict rests on, most telling first. `category` is 'none' where it is not sure enough to
    be named. `draft` is None where no words may be suggested; `lane_note` then
    says why. `reply_route` is 'hand' where no reply may or can go out through its API;
    `reply_limit` counts characters as the channel does. `attempt` numbers the reply that would
    be written next: hand it back to `desk.reply`, so that a second click sends nothing.
    """

    id: int
    status: CaseStatus
    channel: str
    brand: str
    handle: str
    followers: int
    urgency: str
    category: str
    anger: int
    severity: int
    risks: tuple[str, ...]
    needs_judgement: bool
    language: str
    opened_at: datetime
    due_at: datetime | None
    first_response_at: datetime | None
    owner: str | None
    posts: tuple[PostView, ...]
    why: tuple[str, ...]
    gestures: tuple[GestureView, ...]
    draft: str | None
    lane_note: str | None
    reply_route: Literal["api", "hand"]
    reply_limit: int
    attempt: int
    reply_state: Literal["none", "sending", "failed", "sent"]
    slack_channel: str | None
    slack_ts: str | None
    events: tuple[EventView, ...]
