"""States of what the desk remembers, each enum owning its named sets."""

from enum import StrEnum


class CaseStatus(StrEnum):
    """Where a recovery case stands."""

    NEW = "new"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    CLOSED = "closed"
    DISMISSED = "dismissed"

    @classmethod
    def live(cls) -> frozenset["CaseStatus"]:
        """Cases that a new post of the same customer joins."""
        return frozenset({cls.NEW, cls.CLAIMED, cls.ANSWERED})

    @classmethod
    def waiting(cls) -> frozenset["CaseStatus"]:
        """Cases in which the customer waits for the brand."""
        return frozenset({cls.NEW, cls.CLAIMED})


class PostRole(StrEnum):
    """What a post is to its case."""

    OPENED = "opened"
    FOLLOWED = "followed"
    ANSWER = "answer"


class EventKind(StrEnum):
    """What can happen to a case; the history is a list of these."""

    OPENED = "opened"
    CUSTOMER_POSTED = "customer_posted"
    BRAND_ANSWERED = "brand_answered"
    ALERTED = "alerted"
    ALERT_EXPIRED = "alert_expired"
    CLAIMED = "claimed"
    RELEASED = "released"
    REPLY_QUEUED = "reply_queued"
    REPLY_SENT = "reply_sent"
    REPLY_FAILED = "reply_failed"
    ANSWERED_BY_HAND = "answered_by_hand"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    CORRECTED = "corrected"
    DEADLINE_MISSED = "deadline_missed"
    CLOSED_QUIET = "closed_quiet"


class OutboxKind(StrEnum):
    """What leaves the house."""

    SLACK_ALERT = "slack_alert"
    SLACK_REFRESH = "slack_refresh"
    SLACK_THREAD = "slack_thread"
    REPLY = "reply"


class OutboxState(StrEnum):
    """How far an outbox item is. `SENDING` after a restart means: outcome unknown, ask first."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    EXPIRED = "expired"

    @classmethod
    def unfinished(cls) -> frozenset["OutboxState"]:
        """Items the sender still has to look at."""
        return frozenset({cls.PENDING, cls.SENDING})
