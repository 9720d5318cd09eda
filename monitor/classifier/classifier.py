"""From posts to verdicts."""

from collections.abc import Sequence
from typing import Any

from models.labels import Category, Outcome, Sentiment, Urgency
from monitor.classifier.verdict import Item, Verdict


class Classifier:
    """Judges posts with the bundled weights. Made by :func:`monitor.classifier.load`."""

    name = "amends-untrained"
    complaint_threshold = 0.5

    def classify(self, items: Sequence[Item], reasons: bool = False) -> list[Verdict]:
        """One verdict for each item, in order. Never raises for any text."""
        return [_unjudged(self.name) for _ in items]

    def explain(self, items: Sequence[Item]) -> list[tuple[str, ...]]:
        """For each item the phrases that drove complaint and urgency, strongest first."""
        return [() for _ in items]

    def outcome(self, first: str, reply: str, after: Sequence[str]) -> dict[str, Any]:
        """How the customer ends: ``{"label": ..., "p": {label: probability}}``."""
        share = 1 / len(Outcome)
        return {"label": Outcome.OPEN.value, "p": {label.value: share for label in Outcome}}


def _unjudged(model: str) -> Verdict:
    return Verdict(
        complaint=0.5,
        sentiment=Sentiment.NEU,
        sentiment_p={label.value: 1 / 3 for label in Sentiment},
        anger=0,
        urgency=Urgency.NORMAL,
        urgency_p={label.value: 0.2 for label in Urgency},
        category=Category.OTHER,
        category_p=1 / len(Category),
        risks=(),
        risk_nets={},
        severity=0,
        language="und",
        abstain=True,
        abstain_reason="no weights are bundled",
        model=model,
    )
