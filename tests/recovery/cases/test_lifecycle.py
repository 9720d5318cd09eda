"""The lifecycle table as a whole, and that the database holds what it promises."""

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import delete

from models.states import CaseStatus
from models.tables import Case, CaseEvent
from recovery.cases.lifecycle import TRANSITIONS, Action, after
from tests.recovery.world import Desk


def test_every_action_is_possible_somewhere_and_every_status_can_be_reached() -> None:
    assert {action for _status, action in TRANSITIONS} == set(Action)
    assert set(TRANSITIONS.values()) == set(CaseStatus)


def test_a_closed_case_can_only_come_back_to_the_queue() -> None:
    targets = {action: after(CaseStatus.CLOSED, action) for action in Action}
    assert targets.pop(Action.REOPEN) == CaseStatus.NEW
    assert set(targets.values()) == {None}


def test_an_answered_case_cannot_be_called_a_mistake() -> None:
    assert after(CaseStatus.ANSWERED, Action.DISMISS) is None


def test_history_cannot_be_rewritten(desk_world: Desk) -> None:
    desk_world.open_case()
    with pytest.raises(DatabaseError, match="append-only"), desk_world.write() as session:
        session.exec(update(CaseEvent).values(kind="claimed"))
    with pytest.raises(DatabaseError, match="append-only"), desk_world.write() as session:
        session.exec(delete(CaseEvent))
    assert desk_world.events() == ["opened"]


def test_the_database_refuses_a_second_live_case_of_one_customer_and_matter(
    desk_world: Desk,
) -> None:
    first = desk_world.open_case()
    copy = Case(**(first.model_dump() | {"id": None}))
    with pytest.raises(IntegrityError), desk_world.write() as session:
        session.add(copy)
    assert len(desk_world.cases()) == 1


def test_the_database_refuses_a_claimed_case_without_an_owner(desk_world: Desk) -> None:
    desk_world.open_case()
    with pytest.raises(IntegrityError), desk_world.write() as session:
        session.exec(update(Case).values(status="claimed"))
