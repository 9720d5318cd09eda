"""Rules of the thresholds, as properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.classifier.calibration import (
    Head,
    calibration_noise,
    conformal_threshold,
    expected_calibration_error,
    sigmoid,
    softmax,
)

scores = st.lists(st.floats(0, 1), min_size=1, max_size=200)


@given(scores, st.floats(0, 1))
def test_the_bound_on_missed_critical_posts_holds(values: list[float], rate: float) -> None:
    threshold = conformal_threshold(values, rate)
    misses = sum(value < threshold for value in values)
    assert threshold == 0.0 or (misses + 1) / (len(values) + 1) <= rate + 1e-9


@given(scores, st.floats(0, 1), st.floats(0, 1))
def test_fewer_misses_never_need_a_higher_threshold(
    values: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert conformal_threshold(values, low) <= conformal_threshold(values, high)


def test_too_few_scores_for_the_rate_alert_on_everything() -> None:
    assert conformal_threshold([0.9, 0.8], 0.05) == 0.0


@pytest.mark.parametrize("rate", [-0.1, 1.1, math.nan])
def test_a_rate_must_be_a_share(rate: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        conformal_threshold([0.5], rate)


@given(st.lists(st.floats(-1000, 1000), min_size=2, max_size=9))
def test_probabilities_add_up_to_one(logits: list[float]) -> None:
    assert softmax(np.array([logits])).sum() == pytest.approx(1.0)
    assert ((sigmoid(np.array(logits)) >= 0) & (sigmoid(np.array(logits)) <= 1)).all()


def test_an_offset_calls_a_rare_class_sooner() -> None:
    plain = Head(("a", "b"), 1.0, (0.0, 0.0), (0.0, 0.0))
    eager = Head(("a", "b"), 1.0, (0.0, 0.0), (0.0, 1.0))
    p = plain.probabilities(np.array([[0.5, 0.0]]))
    assert plain.decide(p)[0] == 0
    assert eager.decide(p)[0] == 1


def test_calibration_error() -> None:
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0.0
    assert expected_calibration_error([0.9] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.4)
    assert math.isnan(expected_calibration_error([], []))


def test_a_perfect_model_shows_an_error_by_chance_that_shrinks_with_the_rows() -> None:
    rng = np.random.default_rng(1)
    few, many = rng.uniform(0.3, 1, 300), rng.uniform(0.3, 1, 30_000)
    assert calibration_noise(many) < calibration_noise(few) / 5
    perfect = expected_calibration_error(many, rng.random(len(many)) < many)
    assert perfect == pytest.approx(calibration_noise(many), abs=0.004)
    assert calibration_noise([1.0] * 20) == 0.0, "who is always sure is never wrong by chance"
    assert math.isnan(calibration_noise([]))
