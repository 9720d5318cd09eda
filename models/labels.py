"""Names of what a verdict can say. The definitions stand in docs/labels.md."""

from collections.abc import Iterable
from enum import StrEnum


class Sentiment(StrEnum):
    """The writer's overall feeling towards the brand; sarcasm counts by what is meant."""

    NEG = "neg"
    NEU = "neu"
    POS = "pos"


class Urgency(StrEnum):
    """How soon a person of the brand must act, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"
    NONE = "none"


class Category(StrEnum):
    """The main issue of a post."""

    DELAY = "delay"
    LOST_DAMAGED = "lost_damaged"
    QUALITY = "quality"
    TECHNICAL = "technical"
    BILLING = "billing"
    ORDER = "order"
    STAFF = "staff"
    SUPPORT = "support"
    POLICY = "policy"
    SAFETY = "safety"
    SECURITY = "security"
    OTHER = "other"
    NONE = "none"


class Risk(StrEnum):
    """What makes a post more than a complaint."""

    SAFETY = "safety"
    LEGAL = "legal"
    PRESS = "press"
    FRAUD = "fraud"
    VULNERABLE = "vulnerable"
    SELFHARM = "selfharm"
    DISCRIMINATION = "discrimination"
    CHURN = "churn"

    @classmethod
    def in_order(cls, names: Iterable[str]) -> list[str]:
        """Those of the names that are risks, each once, in the order of this list."""
        given = frozenset(names)
        return [risk.value for risk in cls if risk.value in given]


class Outcome(StrEnum):
    """How a customer ends, judged by what they wrote after the brand's reply."""

    RECOVERED = "recovered"
    APPEASED = "appeased"
    OPEN = "open"
    UNRECOVERED = "unrecovered"
    ESCALATED = "escalated"
    NOT_COMPLAINT = "not_complaint"
