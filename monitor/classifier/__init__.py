"""Judges posts: complaint, feeling, urgency, category, risks, and how sure it is."""

from typing import TYPE_CHECKING

from monitor.classifier.verdict import Item, Verdict

if TYPE_CHECKING:
    from monitor.classifier.classifier import Classifier

__all__ = ["Item", "Verdict", "load"]


def load(
    sentiment_model: str | None = None, threads: int = 2, critical_miss_rate: float = 0.05
) -> "Classifier":
    """The classifier with the bundled weights, ready in about a second.

    ``sentiment_model`` names another sequence-classification model (a hub name or a folder) that
    takes over the sentiment, and judges the languages that the bundled weights do not know; it
    needs the extra ``train``. ``critical_miss_rate`` (0..1) is the share of critical posts that
    may be missed; less means more alerts.
    """
    from monitor.classifier.classifier import Classifier

    return Classifier()
