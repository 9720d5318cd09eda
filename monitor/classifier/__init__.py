"""Judges posts: complaint, feeling, urgency, category, risks, and how sure it is."""

from typing import TYPE_CHECKING

from monitor.classifier.verdict import Item, Verdict

if TYPE_CHECKING:
    from monitor.classifier.classifier import Classifier

__all__ = ["Item", "Verdict", "load"]


def load(
    sentiment_model: str | None = None, threads: int = 2, critical_miss_rate: float = 0.05
) -> "Classifier":
    """The classifier with the bundled weights, ready in well under a second.

    ``sentiment_model`` names another sequence-classification model (a hub name or a folder) that
    takes over the sentiment in every language; it needs the extra ``torch``.
    ``critical_miss_rate`` (0..1) is the share of critical posts that may be missed; less means
    more alerts. Raises ``ValueError`` for a rate outside 0..1, and ``ModelUnavailable`` where the
    named model cannot be had.
    """
    from importlib.resources import as_file, files

    from monitor.classifier.classifier import Classifier

    named = None
    if sentiment_model:
        from monitor.classifier.named import NamedSentiment

        named = NamedSentiment(sentiment_model, threads)
    with as_file(files("monitor.classifier").joinpath("weights")) as folder:
        return Classifier.read(folder, threads, critical_miss_rate, named)
