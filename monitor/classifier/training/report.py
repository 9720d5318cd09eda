"""The figures of the model card, from held-out predictions alone.

Weights: each row is judged by a fold's model that never saw it. Thresholds: each fold is judged
with thresholds fitted on the other folds. So nothing here was tuned on what it is scored on.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels import Outcome, Risk, Urgency
from monitor.classifier.calibration import conformal_threshold
from monitor.classifier.evaluate import calibration_error
from monitor.classifier.language import detect
from monitor.classifier.outcome import decide
from monitor.classifier.scores import Caught, Scores, score, state
from monitor.classifier.training.calibrate import NO_FOLD, Held, as_calibration, fit, macro_f1
from monitor.classifier.training.data import CLASSES, Row
from monitor.classifier.verdict import Verdict

POST_TASKS = ("complaint", "sentiment", "anger", "urgency", "category")
RATES = (0.05, 0.1)
RECOVERED = CLASSES["outcome"].index(Outcome.RECOVERED)
EASED = (RECOVERED, CLASSES["outcome"].index(Outcome.APPEASED))


def report(held: Held, rows: Sequence[Row], caught: Sequence[Caught]) -> dict[str, Any]:
    """Scores of every task: mean and spread over folds, on all rows and on natural ones.

    ``rows`` and ``caught`` belong to the annotated posts of ``held``.
    """
    collected: dict[str, list[float]] = {}
    verdicts: list[Verdict | None] = [None] * len(rows)
    least = np.full(len(rows), 0.5)  # the complaint threshold that each row is judged with
    confidence: dict[str, list[tuple[float, bool]]] = {}
    ends: list[tuple[int, int]] = []
    alerts: dict[float, NDArray[Any]] = {rate: np.zeros(len(rows), bool) for rate in RATES}
    for k in sorted({int(k) for folds in held.fold.values() for k in folds if k != NO_FOLD}):
        raw = fit(held.without_fold(k), _pick(caught, held.fold["complaint"] != k), "")
        calibration = as_calibration(raw)
        _one_answer(held, calibration, k, collected, confidence, ends)
        inside = held.fold["complaint"] == k
        if not inside.any():
            continue  # X-CI has more folds than the annotation
        numbers = [int(i) for i in np.flatnonzero(inside)]
        logits = {t: held.logits[t][inside] for t in (*POST_TASKS, "risks")}
        scores = score(calibration, logits, _pick(caught, inside))
        threshold = calibration.alert_threshold(RATES[0])
        least[numbers] = calibration.complaint_threshold
        for n, number in enumerate(numbers):
            verdicts[number] = state(
                calibration, threshold, _with_severity(scores), n, caught[number],
                detect(rows[number].text),
            )  # fmt: skip
        for rate in RATES:
            alerts[rate][numbers] = scores.alert >= conformal_threshold(
                calibration.critical_scores, rate
            )
    counts = {task: len(set(folds) - {NO_FOLD}) for task, folds in held.fold.items()}
    out: dict[str, Any] = {"folds": counts, "tasks": {}}
    judged = [v for v in verdicts if v is not None]
    stated = _stated(judged, least[[v is not None for v in verdicts]])
    for task in POST_TASKS:
        out["tasks"][task] = _task(held, task, *stated[task])
    for name, values in collected.items():
        out["tasks"].setdefault(name, {})["macro_f1_folds"] = _spread(values)
    out["tasks"]["xci_own_head"] = {"macro_f1_folds": _own_head(held)}
    if ends:
        out["tasks"]["outcome"]["recovered"] = _recovered(ends)
    for name, pairs in confidence.items():
        p, right = zip(*pairs, strict=True)
        out["tasks"].setdefault(name, {}).update(calibration_error(p, right))
    out["risks"] = _risks(held, judged)
    out["urgency_promise"] = {str(rate): _promise(held, alerts[rate], judged) for rate in RATES}
    out["abstained"] = round(float(np.mean([v.abstain for v in judged])), 4)
    return out


def _with_severity(scores: Scores) -> Scores:
    """The posts of the annotation have no severity; a flat one fills its place."""
    n = len(scores.alert)
    return replace(scores, p={**scores.p, "severity": np.full((n, 4), 0.25)})


def _one_answer(
    held: Held,
    calibration: Any,
    k: int,
    collected: dict[str, list[float]],
    confidence: dict[str, list[tuple[float, bool]]],
    stated: list[tuple[int, int]],
) -> None:
    """Severity and outcome, which have rows of their own, and what the verdict says of X-CI."""
    for task, name in (
        ("severity", "severity"), ("outcome", "outcome"), ("xci_verdict", "complaint"),
    ):  # fmt: skip
        if task not in held.gold:
            continue
        inside = (held.fold[task] == k) & (held.gold[task] >= 0)
        if not inside.any():
            continue
        gold = held.gold[task][inside] - (task == "severity")
        head = calibration.heads[name]
        p = head.probabilities(held.logits[task][inside][:, -len(head.labels) :])
        if name == "complaint":
            called = (p[:, 1] >= calibration.complaint_threshold).astype(int)
        else:
            called = head.decide(p)
        if task == "outcome":
            called = np.array([list(Outcome).index(o) for o in decide(head, calibration.eased, p)])
            a, b = np.isin(gold, EASED), np.isin(called, EASED)
            f1 = 2 * (a & b).sum() / max(a.sum() + b.sum(), 1)
            collected.setdefault("outcome_eased_f1", []).append(float(f1))
            stated.extend(zip(gold.tolist(), called.tolist(), strict=True))
        collected.setdefault(task, []).append(macro_f1(gold, called, len(head.labels)))
        for row, answer, g in zip(p, called, gold, strict=True):
            confidence.setdefault(task, []).append((float(row[answer]), bool(answer == g)))


def _own_head(held: Held) -> list[float]:
    """Of X-CI's own head, which is not shipped and has no calibration: mean and spread."""
    logits, gold, fold = (table["xci_own_head"] for table in (held.logits, held.gold, held.fold))
    return _spread(
        [macro_f1(gold[fold == k], logits[fold == k].argmax(1), 2) for k in sorted(set(fold))]
    )


def _recovered(ends: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Precision and recall of *recovered* over all conversations, (gold, called) each."""
    both = sum(gold == called == RECOVERED for gold, called in ends)
    called = sum(called == RECOVERED for _, called in ends)
    gold = sum(gold == RECOVERED for gold, _ in ends)
    return {
        "precision": round(both / max(called, 1), 3), "recall": round(both / max(gold, 1), 3),
        "called": called, "gold": gold,
    }  # fmt: skip


def _stated(
    verdicts: Sequence[Verdict], least: NDArray[Any]
) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    """Class index and probability of what each verdict states; ``least`` is what a complaint
    needs."""

    def table(task: str, pairs: list[tuple[str, float]]) -> tuple[NDArray[Any], NDArray[Any]]:
        labels = [CLASSES[task].index(label) for label, _ in pairs]
        return np.array(labels), np.array([p for _, p in pairs])

    return {
        "complaint": table(
            "complaint",
            [
                ("1", v.complaint) if v.complaint >= t else ("0", 1 - v.complaint)
                for v, t in zip(verdicts, least, strict=True)
            ],
        ),
        "sentiment": table(
            "sentiment", [(v.sentiment.value, v.sentiment_p[v.sentiment]) for v in verdicts]
        ),
        "anger": table("anger", [(str(v.anger), v.anger_p) for v in verdicts]),
        "urgency": table("urgency", [(v.urgency.value, v.urgency_p[v.urgency]) for v in verdicts]),
        "category": table("category", [(v.category.value, v.category_p) for v in verdicts]),
    }


def _task(held: Held, task: str, called: NDArray[Any], p: NDArray[Any]) -> dict[str, Any]:
    gold, natural, fold = held.gold[task], held.natural[task], held.fold[task]
    known, classes = gold >= 0, len(CLASSES[task])
    folds = [
        macro_f1(gold[m], called[m], classes)
        for m in (known & (fold == k) for k in sorted(set(fold)))
    ]
    near = known & natural
    return {
        "n": int(known.sum()),
        "macro_f1_folds": _spread(folds),
        "macro_f1_pooled": round(macro_f1(gold[known], called[known], classes), 4),
        "macro_f1_natural": round(macro_f1(gold[near], called[near], classes), 4),
        "accuracy": round(float((gold == called)[known].mean()), 4),
        **calibration_error(p[known], (gold == called)[known]),
        **calibration_error(p[near], (gold == called)[near], "ece_natural"),
    }


def _risks(held: Held, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    gold = held.gold["risks"]
    known = gold[:, 0] >= 0
    out = {}
    for number, risk in enumerate(Risk):
        a = gold[:, number] == 1
        b = np.array([risk in v.risks for v in verdicts])
        both = int((a & b & known).sum())
        out[risk.value] = {
            "gold": int((a & known).sum()),
            "called": int((b & known).sum()),
            "recall": round(both / max(int((a & known).sum()), 1), 3),
            "precision": round(both / max(int((b & known).sum()), 1), 3),
        }
    return out


def _promise(held: Held, alerted: NDArray[Any], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    gold, natural = held.gold["urgency"], held.natural["urgency"]
    critical = gold == list(Urgency).index(Urgency.CRITICAL)
    top = np.array([v.urgency in (Urgency.CRITICAL, Urgency.HIGH) for v in verdicts])
    return {
        "critical_alerted": round(float(alerted[critical].mean()), 4),
        "alerted": round(float(alerted[gold >= 0].mean()), 4),
        "alerted_natural": round(float(alerted[(gold >= 0) & natural].mean()), 4),
        "critical_called_critical_or_high": round(float(top[critical].mean()), 4),
        "called_critical_or_high": round(float(top[gold >= 0].mean()), 4),
        "called_critical_or_high_natural": round(float(top[(gold >= 0) & natural].mean()), 4),
    }


def _spread(values: Sequence[float]) -> list[float]:
    return [round(float(np.mean(values)), 4), round(float(np.std(values)), 4)]


def _pick(values: Sequence[Any], mask: NDArray[Any]) -> list[Any]:
    return [value for value, keep in zip(values, mask, strict=True) if keep]
