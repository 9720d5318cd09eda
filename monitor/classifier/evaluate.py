"""Scores the classifier on labelled rows: what ``amends evaluate`` prints."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from models.labels import Category, Outcome, Risk, Sentiment, Urgency
from monitor.classifier.calibration import calibration_noise, expected_calibration_error
from monitor.classifier.classifier import Classifier
from monitor.classifier.verdict import Item, Verdict

LABELS: dict[str, tuple[str, ...]] = {
    "complaint": ("0", "1"),
    "sentiment": tuple(label.value for label in Sentiment),
    "urgency": tuple(label.value for label in Urgency),
    "category": tuple(label.value for label in Category),
    "anger": ("0", "1", "2", "3"),
    "severity": ("0", "1", "2", "3", "4"),
    "outcome": tuple(label.value for label in Outcome),
    "risks": tuple(risk.value for risk in Risk),
}
TASKS = tuple(LABELS)


def evaluate(
    task: str, rows: Sequence[Mapping[str, Any]], classifier: Classifier
) -> dict[str, Any]:
    """Scores ``classifier`` on rows in the shape of the annotation.

    Each row has ``gold`` with the task's label (rows where it is null or absent are left out)
    and ``text`` with an optional ``rating``, or for ``outcome`` the fields ``first``, ``reply``
    and ``after``. Averages over classes leave out classes without gold rows. Raises
    ``ValueError`` for an unknown task or a label that the task does not have.
    """
    if task not in LABELS:
        raise ValueError(f"unknown task {task!r}; known are {', '.join(TASKS)}")
    rows = [row for row in rows if (row.get("gold") or {}).get(task) is not None]
    if task == "risks":
        return _risks(rows, classifier)
    gold = [str(row["gold"][task]) for row in rows]
    unknown = sorted(set(gold) - set(LABELS[task]))
    if unknown:
        raise ValueError(f"{task} has no label {', '.join(map(repr, unknown))}")
    verdicts = [] if task == "outcome" else classifier.classify(_items(rows))
    stated = (
        _outcomes(rows, classifier)
        if task == "outcome"
        else [_label(task, verdict, classifier.complaint_threshold) for verdict in verdicts]
    )
    labels = [label for label, _ in stated]
    confidence = [p for _, p in stated]
    return {
        "task": task,
        **single_label(gold, labels, LABELS[task]),
        **calibration_error(confidence, [a == b for a, b in zip(gold, labels, strict=True)]),
        **(_urgency(gold, labels, verdicts) if task == "urgency" else {}),
        **_abstained(verdicts),
        "model": classifier.name,
    }


def single_label(
    gold: Sequence[str], stated: Sequence[str], labels: Sequence[str]
) -> dict[str, Any]:
    """n, accuracy, macro-F1, macro-recall, and each class's precision, recall, F1 and counts."""
    classes: dict[str, dict[str, Any]] = {}
    for label in labels:
        true = sum(a == label for a in gold)
        called = sum(b == label for b in stated)
        both = sum(a == label == b for a, b in zip(gold, stated, strict=True))
        classes[label] = _class(true, called, both)
    present = [c for c in classes.values() if c["gold"]]
    right = sum(a == b for a, b in zip(gold, stated, strict=True))
    return {
        "n": len(gold),
        "accuracy": _ratio(right, len(gold)),
        "macro_f1": _mean([c["f1"] for c in present]),
        "macro_recall": _mean([c["recall"] for c in present]),
        "classes": classes,
    }


def calibration_error(
    confidence: Sequence[float] | NDArray[Any],
    correct: Sequence[bool] | NDArray[Any],
    name: str = "ece",
) -> dict[str, float | None]:
    """The expected calibration error, and what of it so few rows would show of a perfect model."""
    return {
        name: _rounded(expected_calibration_error(confidence, correct)),
        f"{name}_by_chance": _rounded(calibration_noise(confidence)),
    }


def _abstained(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The share of posts that go to people unjudged; their best guess is scored all the same."""
    if not verdicts:
        return {}
    return {"abstained": _ratio(sum(verdict.abstain for verdict in verdicts), len(verdicts))}


def _outcomes(rows: Sequence[Mapping[str, Any]], classifier: Classifier) -> list[tuple[str, float]]:
    answers = classifier.outcomes([(r["first"], r["reply"], r["after"]) for r in rows])
    return [(answer["label"], answer["p"][answer["label"]]) for answer in answers]


def _label(task: str, verdict: Verdict, complaint_threshold: float) -> tuple[str, float]:
    match task:
        case "complaint":
            p = verdict.complaint
            return ("1", p) if p >= complaint_threshold else ("0", 1 - p)
        case "sentiment":
            return verdict.sentiment.value, verdict.sentiment_p[verdict.sentiment]
        case "urgency":
            return verdict.urgency.value, verdict.urgency_p[verdict.urgency]
        case "category":
            return verdict.category.value, verdict.category_p
        case "anger":
            return str(verdict.anger), verdict.anger_p
        case _:
            return str(verdict.severity), verdict.severity_p


def _risks(rows: Sequence[Mapping[str, Any]], classifier: Classifier) -> dict[str, Any]:
    verdicts = classifier.classify(_items(rows))
    classes: dict[str, dict[str, Any]] = {}
    confidence: list[float] = []
    correct: list[bool] = []
    for risk in Risk:
        gold = [risk.value in row["gold"]["risks"] for row in rows]
        called = [risk in verdict.risks for verdict in verdicts]
        both = sum(a and b for a, b in zip(gold, called, strict=True))
        classes[risk.value] = _class(sum(gold), sum(called), both)
        confidence += [verdict.risk_p.get(risk.value, 0.0) for verdict in verdicts]
        correct += gold
    present = [c for c in classes.values() if c["gold"]]
    return {
        "task": "risks",
        "n": len(rows),
        "macro_f1": _mean([c["f1"] for c in present]),
        "macro_recall": _mean([c["recall"] for c in present]),
        "classes": classes,
        **calibration_error(confidence, correct),
        "model": classifier.name,
    }


def _urgency(
    gold: Sequence[str], stated: Sequence[str], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    top = (Urgency.CRITICAL, Urgency.HIGH)
    critical = [b for a, b in zip(gold, stated, strict=True) if a == Urgency.CRITICAL]
    urgent = [b for a, b in zip(gold, stated, strict=True) if a in top]
    alerted = [v.alert for a, v in zip(gold, verdicts, strict=True) if a == Urgency.CRITICAL]
    return {
        "critical_called_critical": _ratio(critical.count(Urgency.CRITICAL), len(critical)),
        "critical_called_critical_or_high": _ratio(sum(b in top for b in critical), len(critical)),
        "urgent_called_critical_or_high": _ratio(sum(b in top for b in urgent), len(urgent)),
        "critical_alerted": _ratio(sum(alerted), len(alerted)),
        "share_alerted": _ratio(sum(v.alert for v in verdicts), len(verdicts)),
        "share_called_critical_or_high": _ratio(sum(b in top for b in stated), len(stated)),
        "share_called_critical": _ratio(stated.count(Urgency.CRITICAL), len(stated)),
    }


def _items(rows: Sequence[Mapping[str, Any]]) -> list[Item]:
    return [Item(row["text"], row.get("rating"), row.get("channel")) for row in rows]


def _class(gold: int, called: int, both: int) -> dict[str, Any]:
    return {
        "gold": gold,
        "called": called,
        "right": both,
        "precision": _ratio(both, called),
        "recall": _ratio(both, gold),
        "f1": _ratio(2 * both, gold + called),
    }


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value or 0.0 for value in values]
    return round(sum(known) / len(known), 4) if known else None


def _rounded(value: float) -> float | None:
    return round(value, 4) if value == value else None
