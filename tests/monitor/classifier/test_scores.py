"""How probabilities and pattern hits become what a verdict states."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.labels import Category, Risk, Sentiment, Urgency
from monitor.classifier.calibration import Calibration, Eased, Head
from monitor.classifier.scores import GRAVE, STANDS, Caught, alert_scores, score, state
from monitor.classifier.verdict import Verdict

RISKS = list(Risk)
URGENCIES = list(Urgency)
FEW = 1.0  # an alert score that nothing reaches


def head(labels: list[str]) -> Head:
    return Head(tuple(labels), 1.0, (0.0,) * len(labels), (0.0,) * len(labels))


def calibration(critical_from: float = FEW, least: float = 0.5) -> Calibration:
    return Calibration(
        model="test",
        heads={
            "complaint": head(["0", "1"]),
            "sentiment": head([label.value for label in Sentiment]),
            "anger": head(["0", "1", "2", "3"]),
            "urgency": head([label.value for label in Urgency]),
            "category": head([label.value for label in Category]),
            "severity": head(["1", "2", "3", "4"]),
        },
        risk_scale=(1.0,) * len(RISKS),
        risk_bias=(0.0,) * len(RISKS),
        risk_thresholds=(least,) * len(RISKS),
        complaint_threshold=0.5,
        abstain_band=(0.4, 0.6),
        critical_threshold=critical_from,
        eased=Eased(0.5, 0.5),
        critical_scores=(),
        alert_scores=(),
    )


def verdict(
    urgency: Urgency = Urgency.LOW,
    risk_logits: dict[Risk, float] | None = None,
    caught: Caught | None = None,
    complaint: float = 4.0,
    language: str = "en",
    critical_from: float = FEW,
) -> Verdict:
    """The verdict on one post whose heads say no more than this."""
    logits: dict[str, NDArray[np.float64]] = {
        "complaint": np.array([[0.0, complaint]]), "sentiment": np.zeros((1, 3)),
        "anger": np.zeros((1, 4)), "category": np.zeros((1, len(Category))),
        "severity": np.zeros((1, 5)), "urgency": np.full((1, 5), -4.0),
        "risks": np.full((1, len(RISKS)), -4.0),
    }  # fmt: skip
    logits["urgency"][0, URGENCIES.index(urgency)] = 4.0
    for risk, logit in (risk_logits or {}).items():
        logits["risks"][0, RISKS.index(risk)] = logit
    rules, found = calibration(critical_from), caught or {}
    return state(rules, FEW, score(rules, logits, [found]), 0, found, language)


@pytest.mark.parametrize("risk", RISKS)
def test_a_sure_pattern_stands_alone_for_some_risks_only(risk: Risk) -> None:
    said = verdict(risk_logits={risk: -9.0}, caught={risk: "sure"})
    assert (risk in said.risks) == (risk in STANDS)
    assert said.risk_nets == ({risk.value: "pattern"} if risk in STANDS else {})


@pytest.mark.parametrize("risk", RISKS)
def test_the_nets_are_named(risk: Risk) -> None:
    assert verdict(risk_logits={risk: 1.0}).risk_nets == {risk.value: "head"}
    both = verdict(risk_logits={risk: 1.0}, caught={risk: "hint"})
    assert both.risk_nets == {risk.value: "both"}
    # A hint alone says nothing, an undecided head neither: together they do.
    together = verdict(risk_logits={risk: -1.0}, caught={risk: "hint"})
    assert together.risk_nets == {risk.value: "both"}
    assert verdict(risk_logits={risk: -1.0}).risks == ()
    assert verdict(risk_logits={risk: -9.0}, caught={risk: "hint"}).risks == ()


def test_sure_self_harm_is_critical_and_alerts_whatever_the_head_says() -> None:
    said = verdict(Urgency.NONE, caught={Risk.SELFHARM: "sure"}, complaint=-4.0)
    assert said.urgency is Urgency.CRITICAL
    assert said.alert


def test_self_harm_that_only_the_head_holds_is_critical_too() -> None:
    said = verdict(Urgency.NONE, {Risk.SELFHARM: 3.0}, critical_from=2.0)
    assert said.risk_nets == {"selfharm": "head"}
    assert said.urgency is Urgency.CRITICAL


@pytest.mark.parametrize(
    ("label", "stated"),
    [
        (Urgency.CRITICAL, Urgency.CRITICAL),
        (Urgency.HIGH, Urgency.HIGH),
        (Urgency.NORMAL, Urgency.CRITICAL),
        (Urgency.LOW, Urgency.CRITICAL),
        (Urgency.NONE, Urgency.CRITICAL),
    ],
)
def test_a_high_alert_score_raises_all_but_what_is_high_already(
    label: Urgency, stated: Urgency
) -> None:
    grave = {Risk.SAFETY: 9.0}
    assert verdict(label, grave, critical_from=0.3).urgency is stated
    assert verdict(label, grave, critical_from=FEW).urgency is label


logits = st.lists(st.floats(-20, 20), min_size=13, max_size=13).map(np.array)


@given(logits, st.sampled_from(GRAVE), st.floats(0, 20))
def test_a_graver_risk_never_lowers_the_alert_score(
    z: NDArray[np.float64], risk: Risk, more: float
) -> None:
    urgency, risks = z[None, :5], z[None, 5:]
    graver = risks.copy()
    graver[0, RISKS.index(risk)] += more
    before, after = alert_scores(urgency, risks)[0], alert_scores(urgency, graver)[0]
    assert 0.0 <= before <= after + 1e-12 <= 1.0 + 1e-9


def test_who_leaves_is_no_emergency() -> None:
    assert Risk.CHURN not in GRAVE


@pytest.mark.parametrize(
    ("complaint", "language", "handed_over"),
    [(0.0, "en", True), (4.0, "en", False), (-4.0, "en", False), (4.0, "de", True),
     (4.0, "und", True)],
)  # fmt: skip
def test_what_is_unsure_or_foreign_goes_to_people(
    complaint: float, language: str, handed_over: bool
) -> None:
    said = verdict(complaint=complaint, language=language)
    assert said.abstain == handed_over
    assert (said.abstain_reason is not None) == handed_over


def test_people_are_told_why_whatever_it_is_that_calls_them() -> None:
    calm = verdict(complaint=-4.0)
    assert not calm.may_alert(0.5)
    assert verdict(complaint=4.0).may_alert(0.5)
    assert verdict(complaint=-4.0, risk_logits={Risk.PRESS: 4.0}).may_alert(0.5)
    assert replace(calm, alert=True).may_alert(0.5)
