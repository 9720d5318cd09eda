"""Gestures over the whole table of categories, anger, severity and risks."""

import inspect
from itertools import product

import pytest

from config.policy import Gesture, Gestures, load_policy
from models.labels import Category, Risk
from recovery.gestures import suggest
from recovery.slack.parts import gestures as drawn
from recovery.view import GestureView

CATALOGUE: Gestures = load_policy().gestures
ANGERS, SEVERITIES = range(4), range(5)
PEOPLE_DECIDE = {Category.NONE, Category.SAFETY}
TABLE = list(product(Category, ANGERS, SEVERITIES))


def _suggest(category: str, anger: int, severity: int = 2, *risks: str) -> list[Gesture]:
    return suggest(CATALOGUE, category, anger, severity, list(risks))


@pytest.mark.parametrize("category", [each for each in Category if each not in PEOPLE_DECIDE])
def test_every_category_gets_one_to_three(category: str) -> None:
    for anger, severity in product(ANGERS, SEVERITIES):
        offered = _suggest(category, anger, severity)
        assert 1 <= len(offered) <= CATALOGUE.at_most == 3
        assert len({gesture.key for gesture in offered}) == len(offered)
        assert all(category in gesture.categories for gesture in offered)


@pytest.mark.parametrize("category", sorted(PEOPLE_DECIDE))
def test_where_it_is_no_matter_of_goodwill_nothing_is_offered(category: str) -> None:
    assert all(not _suggest(category, anger) for anger in ANGERS)


@pytest.mark.parametrize("risk", [risk for risk in Risk if risk is not Risk.CHURN])
def test_a_grave_risk_closes_the_lane(risk: str) -> None:
    for category, anger, severity in TABLE:
        assert _suggest(category, anger, severity, Risk.CHURN, risk) == []


def test_leaving_changes_nothing() -> None:
    for category, anger, severity in TABLE:
        with_risk = _suggest(category, anger, severity, Risk.CHURN)
        assert with_risk == _suggest(category, anger, severity)


def test_the_angrier_may_get_more_and_never_less() -> None:
    dearest = max(gesture.cost for gesture in CATALOGUE.gesture)
    for category in set(Category) - PEOPLE_DECIDE:
        most = [max(g.cost for g in _suggest(category, anger)) for anger in ANGERS]
        assert most == sorted(most)
        assert most[-1] <= dearest


def test_a_calm_customer_is_offered_only_what_an_agent_may_grant() -> None:
    for category, severity in product(Category, SEVERITIES):
        assert {gesture.grant for gesture in _suggest(category, 0, severity)} <= {"agent"}


def test_a_manager_is_called_for_the_furious_alone() -> None:
    for category, anger, severity in TABLE:
        grants = {gesture.grant for gesture in _suggest(category, anger, severity)}
        assert anger == 3 or "manager" not in grants


def test_the_calm_see_the_cheapest_first() -> None:
    for category, anger in product(Category, (0, 1)):
        costs = [gesture.cost for gesture in _suggest(category, anger)]
        assert costs == sorted(costs)


def test_reach_is_nothing_a_suggestion_could_know() -> None:
    assert list(inspect.signature(suggest).parameters) == [
        "catalogue", "category", "anger", "severity", "risks",
    ]  # fmt: skip


def test_no_gesture_is_tied_to_a_review() -> None:
    for gesture in CATALOGUE.gesture:
        words = f"{gesture.name} {gesture.reason}".lower()
        assert not any(word in words for word in ("review", "rating", "star", "delete", "post"))


def test_each_reads_as_one_short_line() -> None:
    for gesture in CATALOGUE.gesture:
        offer = GestureView(gesture.name, gesture.reason, "10 EUR", gesture.grant)
        assert len(drawn([offer]).split("\n")[1]) <= 110
        assert not gesture.reason.endswith(".")
