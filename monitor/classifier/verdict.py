"""What goes into the classifier and what it says."""

from dataclasses import dataclass, field
from typing import Any

from models.labels import Category, Risk, Sentiment, Urgency


@dataclass(frozen=True)
class Item:
    """One post to judge.

    ``rating`` is the star rating of a review (1 to 5); ``channel`` the name of the network or
    store the post came from, kept for reports and not seen by the heads.
    """

    text: str
    rating: int | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What the classifier says of one post.

    Every probability is calibrated and lies in 0..1; ``anger_p`` and ``severity_p`` are those of
    the level that is stated. ``urgency`` may be more urgent than its likeliest label, because a
    critical post that waits costs more than a calm one that does not. ``alert`` carries the
    promise: of English posts like those it was fitted on it misses, on average, no more of the
    critical ones than the rate in the settings.
    ``risk_nets`` says for each risk which net caught it: ``head``, ``pattern`` or ``both``.
    ``abstain`` means that a person must look, for the reason in ``abstain_reason``; the other
    fields then hold the best guess and nothing more.
    """

    complaint: float
    sentiment: Sentiment
    sentiment_p: dict[str, float]
    anger: int
    urgency: Urgency
    urgency_p: dict[str, float]
    category: Category
    category_p: float
    risks: tuple[Risk, ...]
    risk_nets: dict[str, str]
    severity: int
    language: str
    abstain: bool
    abstain_reason: str | None = None
    reasons: tuple[str, ...] = ()
    model: str = ""
    alert: bool = False
    anger_p: float = 0.0
    severity_p: float = 0.0
    risk_p: dict[str, float] = field(default_factory=dict)
    with_thread: bool = False  # read with what the customer wrote before it; see monitor.pipeline

    def may_alert(self, complaint_from: float) -> bool:
        """Whether people may be called over the post, so that they should be told why."""
        return self.complaint >= complaint_from or bool(self.risks) or self.alert

    def as_contract(self, id: str) -> dict[str, Any]:
        """The verdict as one line of ``amends classify``; probabilities have four decimals."""
        return {
            "id": id,
            "complaint": round(self.complaint, 4),
            "sentiment": {"label": self.sentiment.value, **_rounded(self.sentiment_p)},
            "anger": self.anger,
            "urgency": {"label": self.urgency.value, **_rounded(self.urgency_p)},
            "category": {"label": self.category.value, "p": round(self.category_p, 4)},
            "risks": [risk.value for risk in self.risks],
            "severity": self.severity,
            "language": self.language,
            "abstain": self.abstain,
            "abstain_reason": self.abstain_reason,
            "alert": self.alert,
            "risk_nets": dict(self.risk_nets),
            "reasons": list(self.reasons),
            "model": self.model,
        }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(p, 4) for name, p in values.items()}
