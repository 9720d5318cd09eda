"""Corrections: kept beside the verdict, undone with the act, and added up honestly."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from models.database import reading
from models.labels import Category, Urgency
from models.tables import Correction
from recovery import corrections, desk
from recovery.corrections import Judged, threshold, wilson
from recovery.refusals import Refused
from tests.recovery.world import POLICY, Desk


def standing(world: Desk) -> list[tuple[str, str, str, bool]]:
    with reading(world.engine) as session:
        rows = session.exec(
            select(Correction)
            .where(col(Correction.withdrawn_at).is_(None))
            .order_by(col(Correction.field))
        )
        return [(row.field, row.said, row.right, row.may_train) for row in rows]


def correct(world: Desk, **right: object) -> None:
    wanted = {"urgency": Urgency.HIGH, "category": Category.DELAY, "anger": 2} | right
    with world.write() as session:
        desk.correct(session, POLICY, 1, "UANA", world.now, **wanted)  # type: ignore[arg-type]  # mixed


def test_a_dismissal_says_that_it_was_no_complaint_and_an_undo_takes_it_back(
    desk_world: Desk,
) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UANA", desk_world.now)
    assert standing(desk_world) == [("complaint", "1", "0", False)], "X forbids training"
    with desk_world.write() as session:
        desk.reopen(session, POLICY, 1, "UANA", desk_world.now)
    assert standing(desk_world) == []


def test_a_correction_changes_the_case_its_deadline_and_is_kept(desk_world: Desk) -> None:
    desk_world.open_case()
    correct(desk_world, urgency=Urgency.CRITICAL, anger=3)
    case = desk_world.case()
    assert (case.urgency, case.anger, case.category) == ("critical", 3, "delay")
    assert case.due_at == desk_world.now + timedelta(minutes=15)
    assert standing(desk_world) == [
        ("anger", "2", "3", False),
        ("urgency", "high", "critical", False),
    ]


def test_a_second_correction_takes_the_place_of_the_first(desk_world: Desk) -> None:
    desk_world.open_case()
    correct(desk_world, urgency=Urgency.CRITICAL)
    correct(desk_world, urgency=Urgency.LOW)
    assert standing(desk_world) == [("urgency", "high", "low", False)]
    correct(desk_world, urgency=Urgency.HIGH)
    assert standing(desk_world) == [], "the verdict was right after all"


def test_correcting_nothing_or_too_late_is_refused(desk_world: Desk) -> None:
    desk_world.open_case()
    with pytest.raises(Refused, match="Nothing is different"):
        correct(desk_world)
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UANA", desk_world.now)
    with pytest.raises(Refused, match="nothing to correct"):
        correct(desk_world, anger=0)


def test_precision_counts_only_what_people_looked_at(desk_world: Desk) -> None:
    for number in range(5):
        desk_world.judge(desk_world.post(f"p{number}", author_id=f"u{number}"))
    desk_world.consider()
    with desk_world.write() as session:
        desk.claim(session, POLICY, 1, "UANA", desk_world.now)
        desk.claim(session, POLICY, 2, "UANA", desk_world.now)
        desk.dismiss(session, POLICY, 3, "UBEN", desk_world.now)
    with reading(desk_world.engine) as session:
        [found] = corrections.precision(session)
        assert len(corrections.judged(session)) == 3
        assert corrections.judged(session, POLICY.channels) == [], "X may only measure"
    assert (found.channel, found.language, found.judged, found.right) == ("x", "en", 3, 2)
    assert found.low < found.precision < found.high
    assert found.corrections == {"complaint": 1}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_a_share(pair: tuple[int, int]) -> None:
    right, count = pair
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1


judged_cases = st.lists(
    st.builds(Judged, st.just("import"), st.just("en"), st.floats(0.5, 1), st.booleans()),
    max_size=80,
)


@given(judged_cases, st.floats(0.5, 0.99))
def test_a_suggested_threshold_keeps_its_promise(cases: list[Judged], wanted: float) -> None:
    found = threshold(cases, wanted)
    if found is not None:
        above = [case.right for case in cases if case.complaint >= found]
        assert len(above) >= corrections.LEAST
        assert sum(above) / len(above) >= wanted
