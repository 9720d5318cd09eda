"""Scores against gold."""

from typing import Any

import pytest

from monitor.classifier.classifier import Classifier
from monitor.classifier.evaluate import TASKS, evaluate, single_label

ROWS: list[dict[str, Any]] = [
    {
        "text": "My account was hacked and my money is gone, help!",
        "gold": {
            "complaint": 1, "sentiment": "neg", "anger": 1, "urgency": "critical",
            "category": "security", "risks": ["fraud"], "severity": 1,
        },
    },
    {
        "text": "Thank you, great flight and lovely crew!",
        "rating": 5,
        "gold": {
            "complaint": 0, "sentiment": "pos", "anger": 0, "urgency": "low",
            "category": "none", "risks": [], "severity": 0,
        },
    },
    {
        "text": "not judged",
        "gold": dict.fromkeys(
            ("complaint", "sentiment", "anger", "urgency", "category", "risks", "severity")
        ),
    },
]  # fmt: skip
TALKS: list[dict[str, Any]] = [
    {
        "first": "my bag is lost", "reply": "sorry, we look", "gold": {"outcome": "recovered"},
        "after": ["it is here now, thank you so much for your help!"],
    },
    {"first": "late again", "reply": "sorry", "after": ["useless"], "gold": {"outcome": None}},
]  # fmt: skip


@pytest.mark.parametrize("task", [task for task in TASKS if task != "outcome"])
def test_every_task_is_scored(classifier: Classifier, task: str) -> None:
    result = evaluate(task, ROWS, classifier)
    assert result["n"] == 2
    assert 0.0 <= result["macro_f1"] <= 1.0
    assert 0.0 <= result["macro_recall"] <= 1.0
    assert 0.0 <= result["ece"] <= 1.0
    assert 0.0 <= result["ece_by_chance"] <= 1.0
    assert result["model"] == classifier.name
    for scores in result["classes"].values():
        assert {"precision", "recall", "gold", "called", "right"} <= set(scores)


def test_the_share_that_goes_to_people_is_told(classifier: Classifier) -> None:
    foreign = {"text": "Schon wieder Verspätung und niemand sagt mir warum", "gold": {"anger": 1}}
    assert evaluate("anger", [ROWS[1], foreign], classifier)["abstained"] == 0.5
    assert "abstained" not in evaluate("outcome", TALKS, classifier)


def test_urgency_says_what_was_caught_and_at_what_load(classifier: Classifier) -> None:
    result = evaluate("urgency", ROWS, classifier)
    assert result["critical_called_critical_or_high"] == 1.0
    assert result["critical_alerted"] == 1.0
    assert result["share_called_critical_or_high"] == 0.5


def test_outcome_reads_conversations(classifier: Classifier) -> None:
    result = evaluate("outcome", TALKS, classifier)
    assert result["n"] == 1
    assert result["classes"]["recovered"]["gold"] == 1


def test_nothing_to_score(classifier: Classifier) -> None:
    result = evaluate("anger", [ROWS[2]], classifier)
    assert result["n"] == 0
    assert result["macro_f1"] is None
    assert result["ece"] is result["ece_by_chance"] is None


def test_an_unknown_task_is_named(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="unknown task 'mood'"):
        evaluate("mood", ROWS, classifier)


def test_an_unknown_label_is_named(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="urgency has no label 'soon'"):
        evaluate("urgency", [{"text": "a", "gold": {"urgency": "soon"}}], classifier)


def test_averages_leave_out_classes_without_gold() -> None:
    result = single_label(["a", "a", "b"], ["a", "b", "b"], ["a", "b", "c"])
    assert result["classes"]["a"] == {
        "gold": 2, "called": 1, "right": 1, "precision": 1.0, "recall": 0.5, "f1": 0.6667,
    }  # fmt: skip
    assert result["macro_recall"] == 0.75
    assert result["macro_f1"] == 0.6667
    assert result["classes"]["c"]["precision"] is None
