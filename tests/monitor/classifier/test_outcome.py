"""The three texts that an outcome is read from."""

from pathlib import Path

import numpy as np
import pytest

from monitor.classifier.outcome import LAST_POSTS, OutcomeModel, features, views


def test_last_all_and_first() -> None:
    assert views("lost bag", ["still lost", " ", "found, thanks"]) == [
        "found, thanks", "still lost found, thanks", "lost bag",
    ]  # fmt: skip
    assert views("lost bag", []) == ["", "", "lost bag"]


def test_an_endless_conversation_is_read_from_its_end() -> None:
    last, later, _ = views("a", [f"post {n}" for n in range(1000)])
    assert last == "post 999"
    assert len(later.split("post")) == LAST_POSTS + 1


def test_one_row_of_features_a_conversation() -> None:
    logits = {
        "sentiment": np.zeros((6, 3)), "anger": np.zeros((6, 4)), "complaint": np.zeros((6, 2)),
        "urgency": np.zeros((6, 5)),
    }  # fmt: skip
    assert features(np.ones((6, 8)), logits).shape == (2, 3 * (8 + 14))


def test_it_survives_the_disk(tmp_path: Path) -> None:
    model = OutcomeModel(np.array([[1.0, -2.0], [0.5, 0.0]]), np.array([0.1, -0.1]))
    model.write(tmp_path / "outcome.npz")
    rows = np.array([[1.0, 1.0]])
    assert OutcomeModel.read(tmp_path / "outcome.npz").logits(rows) == pytest.approx(
        model.logits(rows)
    )
