"""What we remember: posts, verdicts, customers, cases, their history, what must leave the house.

Times are UTC. Rules that must hold whoever writes stand as constraints in the database.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from models.labels import Category, Outcome, Sentiment, Urgency
from models.states import CaseStatus, EventKind, OutboxKind, OutboxState, PostRole
from models.types import UtcDateTime


def _one_of(column: str, values: Iterable[StrEnum], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in sorted(values))
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class Customer(SQLModel, table=True):
    """A person on one channel. Accounts of one person on two channels are not joined."""

    __tablename__ = "customer"
    __table_args__ = (UniqueConstraint("channel", "external_id", name="uq_customer_account"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    external_id: str
    handle: str | None = None
    followers: int = 0
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


class Post(SQLModel, table=True):
    """One public post as its author last left it; `revision` counts the edits seen.

    `pending` is true until the case stage has looked at this revision.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("channel", "external_id", name="uq_post_external"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="ck_post_rating"),
        Index("ix_post_conversation", "channel", "conversation"),
        Index("ix_post_customer", "customer_id"),
        Index(
            "ix_post_pending",
            "created_at",
            sqlite_where=text("pending"),
            postgresql_where=text("pending"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    external_id: str
    customer_id: int | None = Field(default=None, foreign_key="customer.id")
    text: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    url: str | None = None
    rating: int | None = None
    in_reply_to: str | None = None
    conversation: str
    brand: str
    by_brand: bool = False
    addressed: bool = Field(
        default=False,
        description="the author called the brand's account, which lets X take an API reply",
    )
    revision: int = 1
    source: str
    fetched_at: datetime = Field(sa_type=UtcDateTime)
    pending: bool = True


class Verdict(SQLModel, table=True):
    """What the classifier said of one revision of a post.

    `outcome` is how the customer's conversation stands with this post, where it follows an answer
    of the brand.
    """

    __tablename__ = "verdict"
    __table_args__ = (
        UniqueConstraint("post_id", "post_revision", name="uq_verdict_revision"),
        CheckConstraint("complaint BETWEEN 0 AND 1", name="ck_verdict_complaint"),
        CheckConstraint("anger BETWEEN 0 AND 3", name="ck_verdict_anger"),
        CheckConstraint("severity BETWEEN 0 AND 4", name="ck_verdict_severity"),
        _one_of("sentiment", Sentiment, "ck_verdict_sentiment"),
        _one_of("urgency", Urgency, "ck_verdict_urgency"),
        _one_of("category", Category, "ck_verdict_category"),
        _one_of("outcome", Outcome, "ck_verdict_outcome"),
    )

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id")
    post_revision: int
    model: str
    with_thread: bool = Field(
        default=False,
        sa_column_kwargs={"server_default": false()},
        description="the verdict rests on earlier posts too",
    )
    created_at: datetime = Field(sa_type=UtcDateTime)
    complaint: float
    is_complaint: bool
    sentiment: str
    sentiment_p: dict[str, float] = Field(sa_type=JSON)
    anger: int
    urgency: str
    urgency_p: dict[str, float] = Field(sa_type=JSON)
    category: str
    category_p: float
    risks: list[str] = Field(sa_type=JSON)
    risk_nets: dict[str, str] = Field(sa_type=JSON)
    severity: int
    language: str
    alert: bool = Field(default=False, description="the promise on critical posts says: look now")
    abstain: bool
    abstain_reason: str | None = None
    outcome: str | None = None
    outcome_p: float | None = None
    reasons: list[str] = Field(sa_type=JSON)


class Case(SQLModel, table=True):
    """A recovery case: one customer, one matter, until it is closed. Only recovery/cases writes it.

    `owner` is a Slack user id. `due_at` is when an answer is owed, None while nobody waits for one.
    """

    __tablename__ = "recovery_case"
    __table_args__ = (
        _one_of("status", CaseStatus, "ck_case_status"),
        _one_of("urgency", Urgency, "ck_case_urgency"),
        _one_of("category", Category, "ck_case_category"),
        CheckConstraint("anger BETWEEN 0 AND 3", name="ck_case_anger"),
        CheckConstraint("status <> 'claimed' OR owner IS NOT NULL", name="ck_case_owner"),
        CheckConstraint(
            "(closed_at IS NULL) = (status IN ('new', 'claimed', 'answered'))",
            name="ck_case_closed_at",
        ),
        Index(
            "uq_case_live",
            "customer_id",
            "matter",
            unique=True,
            sqlite_where=text("status IN ('new', 'claimed', 'answered')"),
            postgresql_where=text("status IN ('new', 'claimed', 'answered')"),
        ),
        Index("ix_case_status", "status", "opened_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    customer_id: int = Field(foreign_key="customer.id")
    matter: str
    channel: str
    status: str = CaseStatus.NEW
    owner: str | None = None
    urgency: str
    category: str
    anger: int
    severity: int
    risks: list[str] = Field(sa_type=JSON)
    needs_judgement: bool = False
    opened_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    overdue: bool = Field(default=False, description="the miss of `due_at` was noted")
    first_response_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_customer_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    slack_channel: str | None = None
    slack_ts: str | None = None


class CasePost(SQLModel, table=True):
    """Which posts belong to a case, and as what. A post belongs to one case at most."""

    __tablename__ = "case_post"
    __table_args__ = (
        UniqueConstraint("post_id", name="uq_case_post"),
        _one_of("role", PostRole, "ck_case_post_role"),
        Index("ix_case_post_case", "case_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="recovery_case.id")
    post_id: int = Field(foreign_key="post.id")
    role: str


class CaseEvent(SQLModel, table=True):
    """History of a case: append-only, held so by triggers. `data` has ids and figures, no words."""

    __tablename__ = "case_event"
    __table_args__ = (
        _one_of("kind", EventKind, "ck_case_event_kind"),
        Index("ix_case_event_case", "case_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="recovery_case.id")
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    actor: str
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class Correction(SQLModel, table=True):
    """What a person says of a verdict: `field` should have been `right`, not `said`.

    One stands for each field of a case; a newer one, or an undo, withdraws it. `said` is what
    amends made of the case. A case is as grave as its gravest post: for urgency and anger
    `verdict_id` is the newest verdict that said so, for the others the one on the post that opened
    the case. Risks are names with commas between, in the order of `Risk`, those of all the case's
    verdicts. `may_train` is false where the channel's terms forbid to train on its content: it then
    only measures.
    """

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint(
            "field IN ('complaint', 'urgency', 'category', 'anger', 'risks')",
            name="ck_correction_field",
        ),
        Index(
            "uq_correction_standing",
            "verdict_id",
            "field",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    verdict_id: int = Field(foreign_key="verdict.id")
    case_id: int = Field(foreign_key="recovery_case.id")
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    field: str
    said: str
    right: str
    may_train: bool
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GestureOffer(SQLModel, table=True):
    """A goodwill gesture that was suggested for a case, with its reason and its cost then."""

    __tablename__ = "gesture_offer"
    __table_args__ = (
        UniqueConstraint("case_id", "gesture", name="uq_gesture_offer"),
        CheckConstraint("cost_minor >= 0", name="ck_gesture_cost"),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="recovery_case.id")
    rank: int
    gesture: str
    name: str
    reason: str
    cost_minor: int = Field(description="cents, or the currency's smallest unit")
    currency: str
    grant: str
    offered_at: datetime = Field(sa_type=UtcDateTime)


class OutboxItem(SQLModel, table=True):
    """Something that must leave the house, written in the transaction of its cause.

    `key` says what it is, once and for all: a second item with the same key cannot be written.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key", name="uq_outbox_key"),
        _one_of("kind", OutboxKind, "ck_outbox_kind"),
        _one_of("state", OutboxState, "ck_outbox_state"),
        Index("ix_outbox_due", "state", "not_before"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    kind: str
    case_id: int = Field(foreign_key="recovery_case.id")
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = OutboxState.PENDING
    attempts: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    sending_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    receipt: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    last_error: str | None = None


class Cursor(SQLModel, table=True):
    """How far a collector has read; moved only after its items are stored."""

    __tablename__ = "cursor"

    name: str = Field(primary_key=True)
    value: str
    moved_at: datetime = Field(sa_type=UtcDateTime)


class JobRun(SQLModel, table=True):
    """One run of one job. `advice` says what to do when it failed."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_job", "job", "started_at"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    done: int
    error: str | None = None
    advice: str | None = None
