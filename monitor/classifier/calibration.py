"""From logits to probabilities that can be believed, and from those to labels.

The numbers come from held-out predictions and stand in ``thresholds.json`` beside the weights:
for a head with one answer a temperature and a bias for each class (the bias moves the shares of
an enriched training set to natural ones), and for its decision an offset for each class, which
takes the bias back: a macro average asks for rare classes, a probability for natural shares. For
the risks a slope, a bias and a threshold each.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import Risk

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """Calibration of a head with one answer among ``labels``."""

    labels: tuple[str, ...]
    scale: float
    bias: tuple[float, ...]
    offset: tuple[float, ...]

    def probabilities(self, logits: NDArray[Any]) -> Floats:
        """(n, classes) logits to probabilities."""
        return softmax(np.asarray(logits, np.float64) * self.scale + np.asarray(self.bias))

    def decide(self, p: Floats) -> NDArray[np.intp]:
        """The class of each row: the likeliest, where a rare class needs less to be called."""
        return np.asarray((np.log(np.maximum(p, 1e-12)) + np.asarray(self.offset)).argmax(1))


@dataclass(frozen=True)
class Eased:
    """From which probabilities a conversation ended well.

    ``either`` is the least of *recovered* and *appeased* together (best F1 on held-out rows),
    ``recovered`` the least of *recovered* alone: its precision there is at least 0.8, for a
    recovery rate that overstates is worse than none.
    """

    either: float
    recovered: float


@dataclass(frozen=True)
class Calibration:
    """Everything that ``thresholds.json`` holds."""

    model: str
    heads: Mapping[str, Head]
    risk_scale: tuple[float, ...]
    risk_bias: tuple[float, ...]
    risk_thresholds: tuple[float, ...]
    complaint_threshold: float
    abstain_band: tuple[float, float]
    critical_threshold: float
    eased: Eased
    critical_scores: tuple[float, ...] = field(repr=False)
    alert_scores: tuple[float, ...] = field(repr=False)
    noncommercial: bool = False  # the weights saw text whose terms forbid commercial use

    @classmethod
    def read(cls, path: Path) -> "Calibration":
        """Reads ``thresholds.json``."""
        raw = json.loads(path.read_text("utf-8"))
        heads = {
            task: Head(tuple(h["labels"]), h["scale"], tuple(h["bias"]), tuple(h["offset"]))
            for task, h in raw["heads"].items()
        }
        risks, alert = raw["risks"], raw["alert"]
        if risks["labels"] != [risk.value for risk in Risk]:
            raise ValueError(f"{path} knows other risks than this version; take its own weights")
        return cls(
            model=raw["model"],
            heads=heads,
            risk_scale=tuple(risks["scale"]),
            risk_bias=tuple(risks["bias"]),
            risk_thresholds=tuple(risks["thresholds"]),
            complaint_threshold=raw["complaint_threshold"],
            abstain_band=tuple(raw["abstain_band"]),
            critical_threshold=alert["critical_threshold"],
            eased=Eased(**raw["eased"]),
            critical_scores=tuple(alert["critical_scores"]),
            alert_scores=tuple(alert["natural_scores"]),
            noncommercial=raw.get("noncommercial", False),
        )

    def risk_probabilities(self, logits: NDArray[Any]) -> Floats:
        """(n, risks) logits to independent probabilities."""
        z = np.asarray(logits, np.float64) * np.asarray(self.risk_scale)
        return sigmoid(z + np.asarray(self.risk_bias))

    def alert_threshold(self, miss_rate: float) -> float:
        """Alert scores at or above this keep the miss rate of critical posts under ``miss_rate``.

        Split-conformal risk control (Angelopoulos et al. 2022): with n held-out critical posts
        the largest threshold with (misses + 1) / (n + 1) <= miss_rate. The bound holds on
        average, for English posts like the held-out ones; a brand whose posts differ should look
        at what its own corrections say. Where n is too small for the rate, every post alerts.
        """
        return conformal_threshold(self.critical_scores, miss_rate)

    def alert_load(self, threshold: float) -> float:
        """The share of naturally distributed held-out posts with an alert score that high."""
        if not self.alert_scores:
            return math.nan
        return sum(score >= threshold for score in self.alert_scores) / len(self.alert_scores)


def conformal_threshold(scores: Sequence[float], miss_rate: float) -> float:
    """The largest score threshold whose miss rate is bounded; ``scores`` are of critical posts.

    Raises ``ValueError`` for a rate outside 0..1.
    """
    if not 0.0 <= miss_rate <= 1.0:
        raise ValueError(f"the miss rate of critical posts must lie in 0..1, not {miss_rate}")
    misses = math.floor(miss_rate * (len(scores) + 1)) - 1
    if misses < 0:
        return 0.0
    ordered = sorted(scores)
    return ordered[misses] if misses < len(ordered) else math.inf


def softmax(z: Floats) -> Floats:
    """Over the last axis."""
    e = np.exp(z - z.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def sigmoid(z: Floats) -> Floats:
    """Elementwise, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)))


def expected_calibration_error(
    confidence: Sequence[float] | NDArray[Any],
    correct: Sequence[bool] | NDArray[Any],
    bins: int = 15,
) -> float:
    """The mean gap between confidence and accuracy over equal-width bins, weighted by count."""
    if not len(confidence):
        return math.nan
    p, hit = np.asarray(confidence, float), np.asarray(correct, float)
    which = np.minimum((p * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = which == b
        if inside.any():
            total += inside.sum() * abs(p[inside].mean() - hit[inside].mean())
    return float(total / len(p))


def calibration_noise(confidence: Sequence[float] | NDArray[Any]) -> float:
    """The calibration error that so few rows would show if every confidence were true.

    Half-empty bins miss their mean by chance: 370 rows of a perfect model show about 0.06. The mean
    over 200 draws of what was right by the confidences themselves; NaN without rows.
    """
    p, rng = np.asarray(confidence, float), np.random.default_rng(0)
    drawn = [
        expected_calibration_error(p, rng.random(len(p)) < p) for _ in range(200 if len(p) else 0)
    ]
    return float(np.mean(drawn)) if drawn else math.nan
