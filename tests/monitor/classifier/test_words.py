"""The linear model over words, and how it is mixed with the encoder."""

from pathlib import Path

import numpy as np
import pytest

from monitor.classifier.words import COOLING, VOTES, WordModel, mix

TASKS = {"category": (0, 2), "risks": (2, 3)}


@pytest.fixture
def model() -> WordModel:
    """Two known tokens: 10 speaks for the second class and the risk, 11 for the first class."""
    index = np.full(20, -1, np.int32)
    index[10], index[11] = 0, 1
    weights = np.array([[-1.0, 1.0, 2.0], [1.0, -1.0, 0.0]], np.float32)
    return WordModel(index, np.ones(2, np.float32), weights, np.array([0.0, 0.0, -1.0]), TASKS)


def test_words_add_up(model: WordModel) -> None:
    logits = model.logits([[1, 10, 2], [1, 11, 2], [1, 10, 11, 2], [1, 5, 2], [1, 2]])
    assert logits["category"][0] == pytest.approx([-1.0, 1.0])
    assert logits["category"][2] == pytest.approx([0.0, 0.0])
    assert logits["risks"][:, 0] == pytest.approx([1.0, -1.0, 2 / 2**0.5 - 1, -1.0, -1.0])


def test_it_survives_the_disk(model: WordModel, tmp_path: Path) -> None:
    model.write(tmp_path / "words.npz")
    again = WordModel.read(tmp_path / "words.npz")
    ids = [[1, 10, 10, 11, 2]]
    assert again.columns == TASKS
    assert again.logits(ids)["category"] == pytest.approx(model.logits(ids)["category"])


def test_mixing_is_a_mean_of_probabilities() -> None:
    encoder = {"category": np.array([[2.0, 0.0]]), "anger": np.array([[1.0]])}
    mixed = mix(encoder, {"category": np.array([[0.0, 0.0]])})
    ours = np.exp(2.0 * COOLING) / (np.exp(2.0 * COOLING) + 1)
    vote = VOTES["category"]
    assert np.exp(mixed["category"][0, 0]) == pytest.approx((ours + vote * 0.5) / (1 + vote))
    assert mixed["anger"] is encoder["anger"]
