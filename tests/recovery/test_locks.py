"""Two who write to one case at once: the second sees what the first has done."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from models.database import writing
from models.labels import Category, Risk, Urgency
from models.states import CaseStatus
from models.tables import Case
from recovery import desk
from recovery.cases import ledger
from recovery.refusals import Refused
from tests.recovery.world import POLICY, Desk

# Enough for the second to come as far as it gets; a machine slower than that misses a bug, and
# finds none where there is none.
SOON_SECONDS = 0.3


@pytest.fixture
def other() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def wait_a_little(future: Future[int]) -> None:
    threading.Event().wait(SOON_SECONDS)
    assert not future.done(), "it must wait for the one who holds the case"


def test_what_was_read_before_the_lock_is_read_again_with_it(desk_world: Desk) -> None:
    if desk_world.engine.dialect.name == "sqlite":
        pytest.skip("on SQLite one who writes has read nothing before the others were done")
    desk_world.open_case()
    with desk_world.write() as session:
        read = session.get_one(Case, 1)
        with writing(desk_world.engine) as theirs:
            desk.claim(theirs, POLICY, 1, "UBEN", desk_world.now)
        assert (read.status, read.owner) == (CaseStatus.NEW, None)
        assert desk.hold(session, POLICY, 1).owner == "UBEN"
        assert (read.status, read.owner) == (CaseStatus.CLAIMED, "UBEN")
        with pytest.raises(Refused, match="<@UBEN> has case 1"):
            desk.claim(session, POLICY, 1, "UANA", desk_world.now)


def test_what_is_not_written_yet_outlasts_the_lock(desk_world: Desk) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        ledger.fetch(session, 1).anger = 3
        assert ledger.fetch(session, 1).anger == 3
    assert desk_world.case().anger == 3


def test_a_post_does_not_join_a_case_that_is_being_dismissed(
    desk_world: Desk, other: ThreadPoolExecutor
) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p2", "And again!", conversation="p1"))
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UANA", desk_world.now)
        looking = other.submit(desk_world.consider)
        wait_a_little(looking)
    assert looking.result(10) == 1
    assert [case.status for case in desk_world.cases()] == ["dismissed", "new"]


def test_an_edit_does_not_raise_a_case_that_is_being_dismissed(
    desk_world: Desk, other: ThreadPoolExecutor
) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p1", "Never came!!"), urgency="critical")
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UANA", desk_world.now)
        looking = other.submit(desk_world.consider)
        wait_a_little(looking)
    assert looking.result(10) == 1
    case = desk_world.case()
    assert (case.status, case.urgency, case.due_at) == ("dismissed", "high", None)


def test_a_post_does_not_lose_a_risk_that_is_being_added(
    desk_world: Desk, other: ThreadPoolExecutor
) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p2", "I leave", conversation="p1"), risks=["churn"])
    with desk_world.write() as session:
        desk.correct(
            session, POLICY, 1, "UANA", desk_world.now, urgency=Urgency.HIGH,
            category=Category.DELAY, anger=2, risks=(Risk.SAFETY,),
        )  # fmt: skip
        looking = other.submit(desk_world.consider)
        wait_a_little(looking)
    assert looking.result(10) == 1
    assert desk_world.case().risks == ["churn", "safety"]


def test_an_answer_on_the_channel_waits_for_who_holds_the_case(
    desk_world: Desk, other: ThreadPoolExecutor
) -> None:
    desk_world.open_case()
    desk_world.post("a1", "Sorry!", by_brand=True, in_reply_to="p1", conversation="p1")
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UANA", desk_world.now)
        looking = other.submit(desk_world.consider)
        wait_a_little(looking)
    assert looking.result(10) == 1
    assert desk_world.case().status == CaseStatus.DISMISSED
