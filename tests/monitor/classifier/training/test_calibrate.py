"""What is fitted on held-out answers; skipped where the extra ``train`` is not installed."""

import numpy as np
import pytest

pytest.importorskip("scipy", reason="the extra 'train' is not installed")

from models.labels import Risk
from monitor.classifier.calibration import sigmoid
from monitor.classifier.training.calibrate import RISK_TARGETS, UNSEEN, fit_risks

SELFHARM, SAFETY = list(Risk).index(Risk.SELFHARM), list(Risk).index(Risk.SAFETY)


@pytest.mark.parametrize("positives", [0, 1, 40])
@pytest.mark.parametrize("count", [300, 3000])
def test_self_harm_is_called_from_the_same_logit_however_many_were_held_out(
    positives: int, count: int
) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(-4, 2, (count, len(Risk)))
    gold = (logits + rng.normal(0, 1, logits.shape) > -2).astype(int)
    gold[:, SELFHARM] = 0
    gold[:positives, SELFHARM] = 1
    fitted = fit_risks(logits, gold, np.ones(count, bool), [{}] * count)
    least = UNSEEN["selfharm"]
    z = np.array([least - 0.01, least + 0.01])
    p = sigmoid(z * fitted["scale"][SELFHARM] + fitted["bias"][SELFHARM])
    assert (p >= fitted["thresholds"][SELFHARM]).tolist() == [False, True]


def test_a_risk_is_called_where_its_precision_holds() -> None:
    rng = np.random.default_rng(0)
    gold = rng.random((4000, len(Risk))) < 0.1
    logits = np.where(gold, 1.0, -3.0) + rng.normal(0, 2, gold.shape)
    fitted = fit_risks(logits, gold.astype(int), np.ones(len(gold), bool), [{}] * len(gold))
    p = sigmoid(logits[:, SAFETY] * fitted["scale"][SAFETY] + fitted["bias"][SAFETY])
    called = p >= fitted["thresholds"][SAFETY]
    precision, wanted = gold[called, SAFETY].mean(), RISK_TARGETS["safety"]
    assert precision >= wanted
    assert precision < wanted + 0.1, "a lower threshold would have found more"
    assert p.mean() == pytest.approx(gold[:, SAFETY].mean(), abs=0.01)
