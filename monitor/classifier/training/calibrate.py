"""Fits everything in ``thresholds.json`` on held-out predictions.

The annotation is enriched: rare classes come more often than in nature. Each row therefore gets
the weight that brings the shares of its class back to natural ones (label shift), so that the
probabilities are those of natural posts. Decisions are fitted on the whole set, for macro-F1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # no stubs, train only
from sklearn.linear_model import LogisticRegression

from models.labels import Risk, Urgency
from monitor.classifier.calibration import Calibration, Floats, Head, sigmoid, softmax
from monitor.classifier.patterns import hint_floor
from monitor.classifier.scores import Caught, alert_features
from monitor.classifier.training.data import CLASSES

RISK_TARGETS = {  # the least precision that a risk's head threshold may have on held-out rows
    "safety": 0.6, "legal": 0.6, "fraud": 0.6, "discrimination": 0.6,
    "vulnerable": 0.55, "churn": 0.55, "press": 0.5, "selfharm": 1.0,
}  # fmt: skip


@dataclass
class Held:
    """Held-out logits, gold (-1 where there is none) and fold: one array of rows per task."""

    logits: dict[str, NDArray[Any]] = field(default_factory=dict)
    gold: dict[str, NDArray[Any]] = field(default_factory=dict)
    natural: dict[str, NDArray[Any]] = field(default_factory=dict)
    fold: dict[str, NDArray[Any]] = field(default_factory=dict)

    def without_fold(self, number: int) -> "Held":
        """The rows of all other folds."""
        parts = {
            name: {task: rows[self.fold[task] != number] for task, rows in table.items()}
            for name, table in vars(self).items()
        }
        return Held(**parts)

    def known(self, task: str) -> tuple[Floats, NDArray[Any], NDArray[Any]]:
        """Logits, gold and natural flags of the rows that have the label."""
        gold = self.gold[task]
        have = gold[:, 0] >= 0 if gold.ndim == 2 else gold >= 0
        return self.logits[task][have].astype(float), gold[have], self.natural[task][have]


def natural_weights(gold: NDArray[Any], natural: NDArray[Any], classes: int) -> Floats:
    """A weight for each row that gives every class its natural share."""
    weights = np.ones(len(gold))
    for c in range(classes):
        rows = gold == c
        if rows.any():
            weights[rows] = (natural[rows].sum() + 0.5) / (rows.sum() + 0.5)
    return weights


def fit_head(task: str, logits: Floats, gold: NDArray[Any], natural: NDArray[Any]) -> Head:
    """Temperature and class biases by weighted likelihood, offsets by macro-F1."""
    labels = CLASSES[task]
    if task == "severity":
        labels, logits, gold = labels[1:], logits[:, 1:], gold - 1
    classes = len(labels)
    weights = natural_weights(gold, natural, classes)

    def loss(x: Floats) -> float:
        p = softmax(logits * np.exp(x[0]) + x[1:])
        fit = -(weights * np.log(p[np.arange(len(gold)), gold] + 1e-12)).sum() / weights.sum()
        return float(fit + 0.01 * (x[1:] ** 2).sum() / classes)

    best = minimize(loss, np.zeros(1 + classes), method="L-BFGS-B").x
    p = softmax(logits * np.exp(best[0]) + best[1:])
    offset = fit_offset(p, gold, classes)
    return Head(
        tuple(labels),
        float(np.exp(best[0])),
        tuple(map(float, best[1:])),
        tuple(map(float, offset)),
    )


def fit_offset(p: Floats, gold: NDArray[Any], classes: int, shrink: float = 0.7) -> Floats:
    """Offsets of the log-probabilities with the best macro-F1, shrunk towards a plain prior fix."""
    logp = np.log(np.maximum(p, 1e-12))
    share = np.maximum(p.mean(0), 1e-3)
    best = max(
        (-power * np.log(share) for power in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        key=lambda start: macro_f1(gold, (logp + start).argmax(1), classes),
    )
    offset = best.copy()
    for _ in range(2):
        for c in range(classes):
            trials = []
            for step in np.arange(-0.8, 0.81, 0.2):
                moved = offset.copy()
                moved[c] += step
                score = macro_f1(gold, (logp + moved).argmax(1), classes)
                trials.append((round(score, 4), -abs(step), step))
            offset[c] += max(trials)[2]
    return np.asarray(best + shrink * (offset - best))


def macro_f1(gold: NDArray[Any], called: NDArray[Any], classes: int) -> float:
    """Mean F1 over the classes that occur."""
    scores = []
    for c in range(classes):
        if (gold == c).any():
            both = ((gold == c) & (called == c)).sum()
            scores.append(2 * both / ((gold == c).sum() + (called == c).sum()))
    return float(np.mean(scores))


def fit_risks(
    logits: Floats, gold: NDArray[Any], natural: NDArray[Any], caught: Sequence[Caught]
) -> dict[str, Any]:
    """Slope and bias of each risk, and the threshold with the best recall at its precision."""
    scales, biases, thresholds = [], [], []
    for number, risk in enumerate(Risk):
        z, y = logits[:, number], gold[:, number]
        if y.sum() < 4:
            scales.append(1.0)
            biases.append(float(np.log((natural[y == 1].sum() + 0.5) / natural.sum())) - z.mean())
            thresholds.append(0.5)
            continue
        weights = natural_weights(y, natural, 2)

        def loss(x: Floats, z: Floats = z, y: NDArray[Any] = y, w: Floats = weights) -> float:
            p = sigmoid(z * np.exp(x[0]) + x[1])
            fit = -(w * (y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12))).sum() / w.sum()
            return float(fit + 0.001 * x[0] ** 2)

        a, b = minimize(loss, np.zeros(2), method="L-BFGS-B").x
        scales.append(float(np.exp(a)))
        biases.append(float(b))
        p = sigmoid(z * np.exp(a) + b)
        thresholds.append(_threshold(risk, p, y, caught))
    return {
        "labels": [r.value for r in Risk], "scale": scales, "bias": biases,
        "thresholds": thresholds,
    }  # fmt: skip


def _threshold(risk: Risk, p: Floats, y: NDArray[Any], caught: Sequence[Caught]) -> float:
    """The lowest threshold at which both nets together keep the precision that is asked."""
    sure = np.array([c.get(risk) == "sure" for c in caught])
    hint = np.array([c.get(risk) == "hint" for c in caught]) & (p >= hint_floor())
    best, fallback = 0.9, (0.0, 0.5)
    for t in np.arange(0.9, 0.03, -0.01):
        called = (p >= t) | sure | hint
        both = (called & (y == 1)).sum()
        precision, f1 = both / max(called.sum(), 1), 2 * both / (called.sum() + y.sum())
        fallback = max(fallback, (float(f1), float(t)))
        if precision >= RISK_TARGETS[risk.value]:
            best = float(t)
    return best if best < 0.9 else fallback[1]


URGENT_SHARE = 0.24  # of the annotated posts that may be called critical or high


def fit_alert(
    head: Head,
    p: Floats,
    risks: Floats,
    caught: Sequence[Caught],
    gold: NDArray[Any],
    natural: NDArray[Any],
) -> dict[str, Any]:
    """The alert score: a small logistic model of ``critical`` over the other answers.

    The scores that the conformal threshold rests on are cross-fitted in ten parts.
    """
    features = alert_features(p, risks, caught)
    critical = gold == list(Urgency).index(Urgency.CRITICAL)
    weights = natural_weights(critical.astype(int), natural, 2)
    held = np.zeros(len(gold))
    part = np.arange(len(gold)) % 10
    for k in range(10):
        model = _logistic(features[part != k], critical[part != k], weights[part != k])
        held[part == k] = model.predict_proba(features[part == k])[:, 1]
    model = _logistic(features, critical, weights)
    urgent = head.decide(p) < 2
    steps = np.unique(held)[::-1]
    allowed = [t for t in steps if (urgent | (held >= t)).mean() <= URGENT_SHARE]
    f1 = [
        (macro_f1(critical.astype(int), (held >= t).astype(int), 2), t)
        for t in np.quantile(held, np.arange(0.8, 0.99, 0.005))
    ]
    return {
        "weights": model.coef_[0].tolist(),
        "bias": float(model.intercept_[0]),
        "critical_threshold": float(max(f1)[1]),
        "high_threshold": float(min(allowed, default=1.0)),
        "critical_scores": sorted(round(float(s), 5) for s in held[critical]),
        "natural_scores": sorted(round(float(s), 5) for s in held[natural]),
    }


def _logistic(x: Floats, y: NDArray[Any], w: Floats) -> LogisticRegression:
    return LogisticRegression(C=0.05, max_iter=2000).fit(x, y, sample_weight=w)


def fit(held: Held, caught: Sequence[Caught], name: str) -> dict[str, Any]:
    """The content of ``thresholds.json``; ``caught`` belongs to the rows of ``urgency``."""
    heads = {task: fit_head(task, *held.known(task)) for task in CLASSES if task in held.gold}
    rows = (held.gold["urgency"] >= 0) & (held.gold["risks"][:, 0] >= 0)
    z, y, natural = held.known("risks")
    have = held.gold["risks"][:, 0] >= 0
    risks = fit_risks(z, y, natural, [c for c, h in zip(caught, have, strict=True) if h])
    p_risk = sigmoid(
        held.logits["risks"].astype(float) * np.array(risks["scale"]) + np.array(risks["bias"])
    )
    p_urgency = heads["urgency"].probabilities(held.logits["urgency"])
    alert = fit_alert(
        heads["urgency"],
        p_urgency[rows], p_risk[rows], [c for c, r in zip(caught, rows, strict=True) if r],
        held.gold["urgency"][rows], held.natural["urgency"][rows],
    )  # fmt: skip
    z, y, natural = held.known("complaint")
    p = heads["complaint"].probabilities(z)[:, 1]
    threshold = max(
        (macro_f1(y, (p >= t).astype(int), 2), -abs(t - 0.5), t) for t in np.arange(0.3, 0.71, 0.02)
    )[2]
    return {
        "model": name,
        "heads": {
            task: {"labels": h.labels, "scale": h.scale, "bias": h.bias, "offset": h.offset}
            for task, h in heads.items()
        },
        "risks": risks,
        "complaint_threshold": round(float(threshold), 2),
        "abstain_band": abstain_band(p, y),
        "alert": alert,
    }


def abstain_band(p: Floats, gold: NDArray[Any], errors: float = 0.4) -> tuple[float, float]:
    """The probabilities between which more than ``errors`` of the calls are wrong."""
    wrong = (p >= 0.5) != (gold == 1)
    half = 0.0
    for width in np.arange(0.02, 0.16, 0.02):
        inside = np.abs(p - 0.5) < width
        if inside.sum() >= 10 and wrong[inside].mean() >= errors:
            half = float(width)
    return (round(0.5 - half, 2), round(0.5 + half, 2))


def as_calibration(raw: dict[str, Any]) -> Calibration:
    """The fitted numbers as the classifier reads them."""
    import json
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "thresholds.json")
        path.write_text(json.dumps(raw))
        return Calibration.read(path)
