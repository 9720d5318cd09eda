"""From logits and pattern hits to probabilities, and from those to what a verdict states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import Category, Risk, Sentiment, Urgency
from monitor.classifier.calibration import Calibration, Floats, sigmoid, softmax
from monitor.classifier.patterns import bonus
from monitor.classifier.verdict import Verdict

Logits = Mapping[str, NDArray[Any]]
Caught = Mapping[Risk, str]

HANDED_TO_PEOPLE = "not sure whether this is a complaint"
NO_WORDS = "no words that can be judged"
HIGH_COUNTS = 0.5  # of the probability of ``high`` in the alert score
RISK_COUNTS = 0.5  # of the likeliest grave risk
# What makes a post critical by the guideline: the alert score looks for these as well.
GRAVE = tuple(risk for risk in Risk if risk is not Risk.CHURN)
_GRAVE_COLUMNS = [list(Risk).index(risk) for risk in GRAVE]
# One of these makes a post critical, whichever net holds it and whatever else is said.
ALWAYS_CRITICAL = frozenset({Risk.SELFHARM})
# A pattern that is sure of one of these stands, whatever the head says. Fraud, press, churn and
# vulnerable people are named in passing too often ("what a fraud"): there it only weighs heavily.
STANDS = frozenset({Risk.SELFHARM, Risk.SAFETY, Risk.LEGAL, Risk.DISCRIMINATION})


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities of n posts: (n, classes) per head, (n, risks), and alert scores.

    ``risks`` is what both nets say together, ``risks_of_head`` what the head says alone.
    """

    p: Mapping[str, Floats]
    risks: Floats
    risks_of_head: Floats
    alert: Floats


def score(calibration: Calibration, logits: Logits, caught: Sequence[Caught]) -> Scores:
    """Calibrates the logits of n posts; ``caught`` is what the patterns found in each."""
    p = {
        task: head.probabilities(logits[task][:, -len(head.labels) :])
        for task, head in calibration.heads.items()
        if task in logits
    }
    alone = np.asarray(logits["risks"], np.float64)
    risks = alone + bonuses(caught)
    alert = alert_scores(logits["urgency"], risks)
    for n, found in enumerate(caught):
        if any(found.get(risk) == "sure" for risk in ALWAYS_CRITICAL):
            alert[n] = 1.0
    return Scores(
        p,
        calibration.risk_probabilities(risks),
        calibration.risk_probabilities(alone),
        alert,
    )


def bonuses(caught: Sequence[Caught]) -> Floats:
    """(n, risks): what the patterns add to the logits of the head."""
    table = [[bonus(found.get(risk)) for risk in Risk] for found in caught]
    return np.asarray(table, np.float64).reshape(-1, len(Risk))


def stands(risk: Risk, caught: Caught) -> bool:
    """Whether the list alone sets the risk."""
    return risk in STANDS and caught.get(risk) == "sure"


def alert_scores(urgency: NDArray[Any], risks: NDArray[Any]) -> Floats:
    """(n,) in 0..1 from (n, 5) and (n, risks) logits: how much speaks for a post that cannot wait.

    The logits are those of training, where rare classes weigh more; natural shares would hide
    a critical post behind the many that are not. ``risks`` holds what both nets say.
    """
    p = softmax(np.asarray(urgency, np.float64))
    grave = sigmoid(np.asarray(risks, np.float64))[:, _GRAVE_COLUMNS].max(1)
    score = p[:, 0] + HIGH_COUNTS * p[:, 1] + RISK_COUNTS * grave
    return np.asarray(score / (1.0 + RISK_COUNTS))


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
    nets = _nets(calibration, scores, n, caught)
    urgency = _urgency(calibration, scores, n, nets)
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


def _urgency(calibration: Calibration, scores: Scores, n: int, nets: Mapping[Risk, str]) -> Urgency:
    """What the head says, raised to ``critical`` where a risk or the alert score asks for it."""
    if not ALWAYS_CRITICAL.isdisjoint(nets):
        return Urgency.CRITICAL
    head = calibration.heads["urgency"]
    label = list(Urgency)[int(head.decide(scores.p["urgency"][n : n + 1])[0])]
    raised = label is not Urgency.HIGH and scores.alert[n] >= calibration.critical_threshold
    return Urgency.CRITICAL if raised else label


def _nets(calibration: Calibration, scores: Scores, n: int, caught: Caught) -> dict[Risk, str]:
    """Each risk that a net holds, with the net's name."""
    nets = {}
    for number, risk in enumerate(Risk):
        least = calibration.risk_thresholds[number]
        by_list = stands(risk, caught)
        by_head = scores.risks_of_head[n, number] >= least
        if by_list and not by_head:
            nets[risk] = "pattern"
        elif by_head and risk not in caught:
            nets[risk] = "head"
        elif by_head or scores.risks[n, number] >= least:  # or neither alone, but both together
            nets[risk] = "both"
    return nets


def _named(labels: Any, p: Floats) -> dict[str, float]:
    return {label.value: float(value) for label, value in zip(labels, p, strict=True)}
