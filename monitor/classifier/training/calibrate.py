"""Fits everything in ``thresholds.json`` on held-out predictions.

The annotation is enriched: rare classes come more often than in nature. Each row therefore gets
the weight that brings the shares of its class back to natural ones (label shift), so that the
probabilities are those of natural posts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # no stubs, train only

from models.labels import Outcome, Risk, Urgency
from monitor.classifier.calibration import Calibration, Floats, Head, sigmoid, softmax
from monitor.classifier.scores import Caught, alert_scores, bonuses, stands
from monitor.classifier.training.data import CLASSES

# Heads with few held-out rows: biases fitted on them did not carry over to the next rows (ECE of
# severity 0.068 with, 0.053 without; of the outcome 0.072 and 0.052).
SMALL = frozenset({"severity", "outcome"})
NO_FOLD = -1  # of rows that help to set thresholds and are in no fold's test

# The least precision that both nets of a risk may have on held-out rows. Recall comes first: safety
# and fraud may flag more in vain, so that nine of ten are found (0.75 and 0.85 of them at 0.6).
RISK_TARGETS = {
    "safety": 0.45, "legal": 0.6, "fraud": 0.57, "discrimination": 0.6,
    "vulnerable": 0.55, "churn": 0.55, "press": 0.5,
}  # fmt: skip

# Self-harm is all but absent from the annotated posts, so neither shares nor precision can be told
# from them. The least logit of both nets was chosen for the weights of 0.7 on hand-made posts
# (tests/monitor/classifier/selfharm.toml, never trained on), where the head alone holds 72 of 90
# real ones and flags 14 of 92 that only sound like it. New weights need a new choice.
UNSEEN = {"selfharm": 0.94}


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
    """Temperature and, but for small heads, class biases by weighted likelihood.

    The decision is the encoder's own.

    Offsets that were fitted for macro-F1 on two thousand rows did worse on the next rows than
    plain argmax of the logits, which training with class weights has balanced already.
    """
    labels = CLASSES[task]
    if task == "severity":
        labels, logits, gold = labels[1:], logits[:, 1:], gold - 1
    classes = len(labels)
    weights = natural_weights(gold, natural, classes)

    free = 0.0 if task in SMALL else 1.0

    def loss(x: Floats) -> float:
        p = softmax(logits * np.exp(x[0]) + free * x[1:])
        fit = -(weights * np.log(p[np.arange(len(gold)), gold] + 1e-12)).sum() / weights.sum()
        return float(fit + 0.01 * (x[1:] ** 2).sum() / classes)

    best = minimize(loss, np.zeros(1 + classes), method="L-BFGS-B").x
    scale, bias = float(np.exp(best[0])), tuple(map(float, free * best[1:]))
    return Head(tuple(labels), scale, bias, tuple(-b for b in bias))


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
    added = bonuses(caught)
    for number, risk in enumerate(Risk):
        z, y = logits[:, number] + added[:, number], gold[:, number]
        if risk.value in UNSEEN or y.sum() < 4:
            rare = float(np.log((natural[y == 1].sum() + 0.5) / natural.sum()) - z.mean())
            scales.append(1.0)
            biases.append(-UNSEEN[risk.value] if risk.value in UNSEEN else rare)
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
        sure = np.array([stands(risk, found) for found in caught])
        thresholds.append(_threshold(risk, p, y, sure))
    return {
        "labels": [r.value for r in Risk], "scale": scales, "bias": biases,
        "thresholds": thresholds,
    }  # fmt: skip


def _threshold(risk: Risk, p: Floats, y: NDArray[Any], sure: NDArray[Any]) -> float:
    """The lowest threshold at which both nets together keep the precision that is asked."""
    best, fallback = None, (0.0, 0.5)
    for t in np.geomspace(0.95, 0.002, 200):  # natural shares of a risk are small
        called = (p >= t) | sure
        both = (called & (y == 1)).sum()
        precision, f1 = both / max(called.sum(), 1), 2 * both / (called.sum() + y.sum())
        fallback = max(fallback, (float(f1), float(t)))
        if precision >= RISK_TARGETS[risk.value]:
            best = float(t)
    return round(fallback[1] if best is None else best, 4)


RECOVERED_PRECISION = 0.8
RAISED_SHARE = 0.15  # of the annotated posts (enriched) with an alert score that makes critical


def fit_alert(held: Held, caught: Sequence[Caught]) -> dict[str, Any]:
    """What the alert threshold rests on, and the score from which a post is ``critical``."""
    _, gold, natural = held.known("urgency")
    known = held.gold["urgency"] >= 0
    risks = held.logits["risks"].astype(float) + bonuses(caught)
    scores = alert_scores(held.logits["urgency"][known], risks[known])
    critical = gold == list(Urgency).index(Urgency.CRITICAL)
    return {
        "critical_threshold": round(float(np.quantile(scores, 1 - RAISED_SHARE)), 5),
        "critical_scores": sorted(round(float(s), 5) for s in scores[critical]),
        "natural_scores": sorted(round(float(s), 5) for s in scores[natural]),
    }


def fit_eased(head: Head, logits: Floats, gold: NDArray[Any]) -> dict[str, float]:
    """The thresholds of :class:`Eased`."""
    p = head.probabilities(logits)
    both = [head.labels.index(Outcome.RECOVERED), head.labels.index(Outcome.APPEASED)]
    q, eased = p[:, both].sum(1), np.isin(gold, both)
    steps = np.arange(0.02, 0.96, 0.01)

    def f1(t: float) -> float:
        return float(2 * ((q >= t) & eased).sum() / max((q >= t).sum() + eased.sum(), 1))

    either = max((f1(t), float(t)) for t in steps)[1]
    r, recovered = p[:, both[0]], gold == both[0]
    order = np.argsort(-r)
    precision = np.cumsum(recovered[order]) / np.arange(1, len(r) + 1)
    precise = np.flatnonzero(precision >= RECOVERED_PRECISION)
    least = float(r[order[precise[-1]]]) if len(precise) else 1.0
    return {"either": round(either, 2), "recovered": round(least, 3)}


def fit(held: Held, caught: Sequence[Caught], name: str) -> dict[str, Any]:
    """The content of ``thresholds.json``; ``caught`` belongs to the annotated posts."""
    heads = {task: fit_head(task, *held.known(task)) for task in CLASSES if task in held.gold}
    z, y, natural = held.known("risks")
    have = held.gold["risks"][:, 0] >= 0
    risks = fit_risks(z, y, natural, [c for c, h in zip(caught, have, strict=True) if h])
    alert = fit_alert(held, caught)
    z, y, natural = held.known("complaint")
    p = heads["complaint"].probabilities(z)[:, 1]
    # Never above one half: a complaint that is lost costs more than one look too many.
    threshold = max(
        (macro_f1(y, (p >= t).astype(int), 2), -abs(t - 0.5), t) for t in np.arange(0.3, 0.51, 0.02)
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
        "eased": fit_eased(heads["outcome"], *held.known("outcome")[:2])
        if "outcome" in heads
        else {"either": 0.5, "recovered": 0.5},
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
