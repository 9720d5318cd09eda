"""Missed deadlines are said once; a quiet case is closed as quiet."""

from datetime import timedelta

from models.states import CaseStatus, EventKind, OutboxKind
from recovery import desk
from recovery.deadlines import watch
from tests.recovery.world import POLICY, Desk


def test_a_queue_case_that_ran_out_of_time_is_put_before_people_once(desk_world: Desk) -> None:
    desk_world.open_case(anger=0, urgency="normal")
    assert watch(desk_world.engine, POLICY, desk_world.now) == 0
    desk_world.pass_minutes(481)
    assert watch(desk_world.engine, POLICY, desk_world.now) == 1
    assert watch(desk_world.engine, POLICY, desk_world.now) == 0
    assert [item.kind for item in desk_world.outbox()] == [OutboxKind.SLACK_ALERT]
    assert desk_world.events().count(EventKind.DEADLINE_MISSED) == 1


def test_an_alerted_case_is_reminded_in_its_thread(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.pass_minutes(61)
    watch(desk_world.engine, POLICY, desk_world.now)
    kinds = [item.kind for item in desk_world.outbox()]
    assert kinds.count(OutboxKind.SLACK_THREAD) == 1
    assert kinds.count(OutboxKind.SLACK_ALERT) == 1


def test_an_answered_case_has_no_deadline(desk_world: Desk) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        desk.answered_by_hand(session, POLICY, 1, "UANA", desk_world.now)
    desk_world.pass_minutes(120)
    assert watch(desk_world.engine, POLICY, desk_world.now) == 0


def test_an_archive_is_overdue_in_silence(desk_world: Desk) -> None:
    old = desk_world.now - timedelta(days=900)
    desk_world.judge(desk_world.post("p1", created_at=old))
    desk_world.consider()
    assert desk_world.events() == [EventKind.OPENED, EventKind.DEADLINE_MISSED]
    assert watch(desk_world.engine, POLICY, desk_world.now) == 0
    assert desk_world.outbox() == []


def test_what_was_read_too_late_is_alerted_and_not_reminded_of(desk_world: Desk) -> None:
    ten_hours_ago = desk_world.now - timedelta(minutes=600)
    desk_world.judge(desk_world.post("p1", created_at=ten_hours_ago), anger=0, urgency="normal")
    desk_world.consider()
    assert watch(desk_world.engine, POLICY, desk_world.now) == 0
    assert [item.kind for item in desk_world.outbox()] == [OutboxKind.SLACK_ALERT]


def test_a_quiet_answered_case_is_closed_and_not_called_recovered(desk_world: Desk) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        desk.answered_by_hand(session, POLICY, 1, "UANA", desk_world.now)
    desk_world.pass_minutes(7 * 24 * 60 + 1)
    watch(desk_world.engine, POLICY, desk_world.now)
    assert desk_world.case().status == CaseStatus.CLOSED
    assert desk_world.events()[-1] == EventKind.CLOSED_QUIET
