"""A sentiment model that the user names."""

import sys
from collections.abc import Sequence

import numpy as np
import pytest

from monitor.classifier import Item, load
from monitor.classifier.calibration import Calibration, Floats
from monitor.classifier.classifier import Classifier
from monitor.classifier.named import ModelUnavailable, classes


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["negative", "neutral", "positive"], (0, 1, 2)),
        (["POS", "NEG", "NEU"], (2, 0, 1)),
        (["LABEL_0", "LABEL_1", "LABEL_2"], (0, 1, 2)),
        (["LABEL_0", "LABEL_1"], (0, 2)),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], (0, 0, 1, 2, 2)),
    ],
)
def test_classes_by_name_or_by_place(names: list[str], expected: tuple[int, ...]) -> None:
    assert classes(dict(enumerate(names))) == expected


def test_a_model_of_something_else_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="a, b, c, d"):
        classes(dict(enumerate("abcd")))


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModelUnavailable, match="extra 'torch'"):
        load(sentiment_model="some/model")


def test_it_takes_over_the_sentiment_alone(classifier: Classifier) -> None:
    class Gloomy:
        name = "gloomy"

        def probabilities(self, texts: Sequence[str]) -> Floats:
            return np.tile([0.8, 0.1, 0.1], (len(texts), 1))

    parts = vars(classifier)
    named = Classifier(parts["_encoder"], parts["_calibration"], parts["_outcome"], 0.05, Gloomy())
    assert isinstance(parts["_calibration"], Calibration)
    assert named.name.endswith("+gloomy")
    item = Item("Thank you, lovely!")
    ours, theirs = classifier.classify([item])[0], named.classify([item])[0]
    assert (theirs.sentiment, theirs.sentiment_p["neg"]) == ("neg", 0.8)
    assert theirs.complaint == pytest.approx(ours.complaint)
