"""From logits and pattern hits to probabilities, and from those to what a verdict states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import Category, Risk, Sentiment, Urgency
from monitor.classifier.calibration import Calibration, Floats, sigmoid
from monitor.classifier.patterns import hint_floor
from monitor.classifier.verdict import Verdict

Logits = Mapping[str, NDArray[Any]]
Caught = Mapping[Risk, str]

HANDED_TO_PEOPLE = "not sure whether this is a complaint"
NO_WORDS = "no words to judge"
# A pattern that is sure of one of these makes a post critical whatever the head says.
ALWAYS_CRITICAL = frozenset({Risk.SELFHARM})


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities of n posts: (n, classes) per head, (n, risks), and alert scores."""

    p: Mapping[str, Floats]
    risks: Floats
    alert: Floats


def score(calibration: Calibration, logits: Logits, caught: Sequence[Caught]) -> Scores:
    """Calibrates the logits of n posts; ``caught`` is what the patterns found in each."""
    p = {
        task: head.probabilities(logits[task][:, -len(head.labels) :])
        for task, head in calibration.heads.items()
        if task in logits
    }
    risks = calibration.risk_probabilities(logits["risks"])
    features = alert_features(p["urgency"], risks, caught)
    alert = sigmoid(features @ np.asarray(calibration.alert_weights) + calibration.alert_bias)
    for n, found in enumerate(caught):
        if any(found.get(risk) == "sure" for risk in ALWAYS_CRITICAL):
            alert[n] = 1.0
    return Scores(p, risks, alert)


def alert_features(urgency: Floats, risks: Floats, caught: Sequence[Caught]) -> Floats:
    """(n, features): what speaks for a post that cannot wait."""
    sure = [[float(found.get(risk) == "sure") for risk in Risk] for found in caught]
    return np.hstack([_logit(urgency), _logit(risks), np.asarray(sure).reshape(-1, len(Risk))])


def state(
    calibration: Calibration,
    threshold: float,
    scores: Scores,
    n: int,
    caught: Caught,
    language: str,
) -> Verdict:
    """The verdict on the n-th post; ``threshold`` is the alert score that alerts."""
    complaint = float(scores.p["complaint"][n, 1])
    reason = _abstain_reason(calibration, complaint, language)
    labels = {task: int(head.decide(scores.p[task][n : n + 1])[0])
              for task, head in calibration.heads.items() if task in scores.p}  # fmt: skip
    urgency = _urgency(calibration, scores, n, caught)
    nets = _nets(calibration, scores.risks[n], caught)
    is_complaint = complaint >= calibration.complaint_threshold
    severity = scores.p["severity"][n]
    level = labels["severity"] + 1 if is_complaint else 0
    return Verdict(
        complaint=complaint,
        sentiment=list(Sentiment)[labels["sentiment"]],
        sentiment_p=_named(Sentiment, scores.p["sentiment"][n]),
        anger=labels["anger"],
        urgency=urgency,
        urgency_p=_named(Urgency, scores.p["urgency"][n]),
        category=list(Category)[labels["category"]],
        category_p=float(scores.p["category"][n, labels["category"]]),
        risks=tuple(nets),
        risk_nets={risk.value: net for risk, net in nets.items()},
        severity=level,
        language=language,
        abstain=reason is not None,
        abstain_reason=reason,
        model=calibration.model,
        alert=bool(scores.alert[n] >= threshold),
        anger_p=float(scores.p["anger"][n, labels["anger"]]),
        severity_p=complaint * float(severity[level - 1]) if level else 1 - complaint,
        risk_p=_named(Risk, scores.risks[n]),
    )


def _abstain_reason(calibration: Calibration, complaint: float, language: str) -> str | None:
    if language == "und":
        return NO_WORDS
    if language != "en":
        return f"language {language} is not judged by the bundled weights"
    low, high = calibration.abstain_band
    return HANDED_TO_PEOPLE if low < complaint < high else None


def _urgency(calibration: Calibration, scores: Scores, n: int, caught: Caught) -> Urgency:
    """The likeliest label, or a more urgent one where the alert score is high enough for it."""
    p = scores.p["urgency"][n]
    if any(caught.get(risk) == "sure" for risk in ALWAYS_CRITICAL):
        return Urgency.CRITICAL
    if scores.alert[n] >= calibration.critical_threshold:
        return Urgency.CRITICAL
    choice = list(Urgency)[int(calibration.heads["urgency"].decide(p[None])[0])]
    if scores.alert[n] >= calibration.high_threshold and choice not in (
        Urgency.CRITICAL,
        Urgency.HIGH,
    ):
        return Urgency.HIGH
    return choice


def _nets(calibration: Calibration, p: Floats, caught: Caught) -> dict[Risk, str]:
    """Each risk that a net holds, with the net's name."""
    nets = {}
    for number, risk in enumerate(Risk):
        by_head = p[number] >= calibration.risk_thresholds[number] and risk is not Risk.SELFHARM
        hit = caught.get(risk)
        by_pattern = hit == "sure" or (hit == "hint" and p[number] >= hint_floor())
        if by_head and by_pattern:
            nets[risk] = "both"
        elif by_head or by_pattern:
            nets[risk] = "head" if by_head else "pattern"
    return nets


def _named(labels: Any, p: Floats) -> dict[str, float]:
    return {label.value: float(value) for label, value in zip(labels, p, strict=True)}


def _logit(p: Floats) -> Floats:
    clipped = np.clip(p, 1e-5, 1 - 1e-5)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))
