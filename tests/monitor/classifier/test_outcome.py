"""The three texts that an outcome is read from, and the label that follows."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import Outcome
from monitor.classifier.calibration import Eased, Head
from monitor.classifier.outcome import LAST_POSTS, OutcomeModel, decide, features, views


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


LABELS = tuple(label.value for label in Outcome)
FLAT = Head(LABELS, 1.0, (0.0,) * 6, (0.0,) * 6)
shares = st.lists(st.floats(0.01, 1), min_size=6, max_size=6).map(lambda p: np.array([p]) / sum(p))


@given(shares, st.floats(0, 1), st.floats(0, 1))
def test_recovered_needs_its_own_share(p: np.ndarray, either: float, least: float) -> None:
    (label,) = decide(FLAT, Eased(either, least), p)
    assert (label is Outcome.RECOVERED) == (p[0, 0] >= least)


@given(shares)
def test_a_customer_who_eased_without_proof_is_appeased(p: np.ndarray) -> None:
    (label,) = decide(FLAT, Eased(0.0, 1.1), p)
    assert label is Outcome.APPEASED


def test_otherwise_the_likeliest_of_the_rest() -> None:
    p = np.array([[0.3, 0.3, 0.1, 0.05, 0.15, 0.1]])
    assert decide(FLAT, Eased(0.7, 0.7), p) == [Outcome.ESCALATED]
