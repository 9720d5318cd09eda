"""What people's corrections say about the classifier, and what they may change.

A correction is an agent's word on a verdict: this was a complaint, or it was none. The rows come
from wherever they are stored; here are only pure functions of them.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

# X, Developer Agreement (2024): its content may not be used to train a model. Corrections of
# posts from these channels count in reports and may not move weights.
EVALUATION_ONLY = frozenset({"x"})
FEWEST = 30  # corrections from which a threshold is suggested
RANGE = (0.3, 0.8)  # in which a suggested threshold must lie


@dataclass(frozen=True)
class Correction:
    """A verdict's probability of a complaint, and what a person says it was."""

    channel: str
    language: str
    complaint: float
    was_complaint: bool


@dataclass(frozen=True)
class Precision:
    """Of the posts that were called complaints, those that were."""

    channel: str
    language: str
    called: int
    right: int

    @property
    def share(self) -> float | None:
        """Precision in 0..1, ``None`` where nothing was called."""
        return self.right / self.called if self.called else None


def may_train(channel: str) -> bool:
    """Whether the channel's terms let a model learn from its posts."""
    return channel not in EVALUATION_ONLY


def precision_report(corrections: Iterable[Correction], threshold: float) -> list[Precision]:
    """Precision for each channel and language, in alphabetical order."""
    called: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in corrections:
        found = called[row.channel, row.language]
        if row.complaint >= threshold:
            found.append(row.was_complaint)
    return [
        Precision(channel, language, len(rows), sum(rows))
        for (channel, language), rows in sorted(called.items())
    ]


def suggest_threshold(corrections: Iterable[Correction], now: float) -> float:
    """The complaint threshold with the best F1 on the corrections, drawn half way to ``now``.

    Moving half way keeps a busy week from swinging the desk. With fewer than ``FEWEST``
    corrections, or with only one kind of them, ``now`` stays.
    """
    rows = list(corrections)
    positives = sum(row.was_complaint for row in rows)
    if len(rows) < FEWEST or positives in (0, len(rows)):
        return now
    best = max(_steps(), key=lambda t: (_f1(rows, t, positives), -abs(t - now)))
    return round((best + now) / 2, 2)


def _steps() -> list[float]:
    low, high = (round(100 * bound) for bound in RANGE)
    return [n / 100 for n in range(low, high + 1)]


def _f1(rows: list[Correction], threshold: float, positives: int) -> float:
    called = [row.was_complaint for row in rows if row.complaint >= threshold]
    return 2 * sum(called) / (len(called) + positives)
