"""The outbox: each item once, whatever the other side and the process do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.states import CaseStatus, EventKind, OutboxKind, OutboxState, PostRole
from models.tables import Case, OutboxItem, Post
from monitor.ingest import Incoming, store
from recovery import desk
from recovery.cases import ledger, posted
from recovery.delivery import Delivery, DeliveryError
from recovery.outbox import Letter, OutcomeUnknown, Receipt, Sender, SendError, SendRefused
from tests.recovery.world import POLICY, Desk


class Place:
    """Another side that keeps what it accepted, and fails as it is told."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self.asked: list[str] = []
        self.before: list[Exception] = []
        self.after: list[BaseException] = []
        self.find_fails: list[Exception] = []
        self.demands_alerts = False
        self.meanwhile: list[Callable[[], object]] = []

    def prepare(self, session: Session, item: OutboxItem) -> Any:
        on_alert = item.kind in (OutboxKind.SLACK_REFRESH, OutboxKind.SLACK_THREAD)
        if (
            self.demands_alerts
            and on_alert
            and session.get_one(Case, item.case_id).slack_ts is None
        ):
            raise SendError("The alert is not there yet.")

    def send(self, letter: Letter) -> Receipt:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.before:
            raise self.before.pop(0)
        self.accepted.append(letter.key)
        if self.after:
            raise self.after.pop(0)
        return Receipt(f"id-{letter.key}")

    def find(self, letter: Letter) -> Receipt | None:
        if self.find_fails:
            raise self.find_fails.pop(0)
        self.asked.append(letter.key)
        return Receipt(f"id-{letter.key}") if letter.key in self.accepted else None

    def settle(self, session: Session, item: OutboxItem, receipt: Receipt, now: datetime) -> None:
        if item.kind == OutboxKind.SLACK_ALERT:
            posted(session, item.case_id, "C1", receipt.external_id, now)
        if item.kind == OutboxKind.REPLY:
            answered = session.get_one(Post, item.payload["post_id"])
            reply = Incoming(
                channel="x", external_id=receipt.external_id, text=item.payload["text"],
                created_at=now, brand="Larkline", source="reply", by_brand=True,
                in_reply_to=answered.external_id, conversation=answered.conversation,
            )  # fmt: skip
            store(session, reply, now)


class Killed(BaseException):
    """Stands for SIGKILL in the middle of a send: nothing after it runs."""


def delivery(world: Desk, place: Place) -> Delivery:
    senders: dict[str, Sender] = dict.fromkeys(
        [OutboxKind.SLACK_ALERT, OutboxKind.SLACK_REFRESH, OutboxKind.SLACK_THREAD, "reply:x"],
        place,
    )
    return Delivery(world.engine, POLICY, senders, world.clock)


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def world(desk_world: Desk) -> Desk:
    desk_world.open_case()
    return desk_world


ALERT = "case:1:alert"


def test_an_alert_is_sent_once_and_its_place_is_kept(world: Desk, place: Place) -> None:
    sender = delivery(world, place)
    assert sender.run() == 1
    assert sender.run() == 0
    assert place.accepted == [ALERT]
    assert world.case().slack_ts == f"id-{ALERT}"
    assert EventKind.ALERTED in world.events()


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_kill_the_other_side_is_asked_first(
    world: Desk, place: Place, arrived: bool
) -> None:
    if arrived:
        place.after = [Killed()]
    else:
        place.before = [Killed()]  # type: ignore[list-item]  # a kill is no Exception
    with pytest.raises(Killed):
        delivery(world, place).run()
    assert world.outbox()[0].state == OutboxState.SENDING
    delivery(world, place).run()
    assert place.accepted == [ALERT]
    assert place.asked == [ALERT]
    assert world.outbox()[0].state == OutboxState.SENT


def test_an_unknown_outcome_stays_unknown_while_nobody_can_be_asked(
    world: Desk, place: Place
) -> None:
    place.after = [OutcomeUnknown("timed out")]
    place.find_fails = [SendError("down"), SendError("down")]
    sender = delivery(world, place)
    for _ in range(3):
        with pytest.raises(DeliveryError):
            sender.run()
        world.pass_minutes(11)
    assert sender.run() == 1
    assert place.accepted == [ALERT]


def test_a_failed_send_waits_longer_each_time(world: Desk, place: Place) -> None:
    place.before = [SendError("no route")] * 3
    sender = delivery(world, place)
    waits = []
    for _ in range(3):
        with pytest.raises(DeliveryError, match="no route"):
            sender.run()
        item = world.outbox()[0]
        waits.append(item.not_before - world.now)
        world.now = item.not_before
    assert waits == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert sender.run() == 1


def test_trouble_lasts_until_something_is_sent(world: Desk, place: Place) -> None:
    place.before = [SendError("no route")]
    sender = delivery(world, place)
    for _ in range(3):
        # The second and the third pass try nothing: it is not time yet.
        with pytest.raises(DeliveryError, match="no route"):
            sender.run()
    assert world.outbox()[0].attempts == 1
    world.pass_minutes(1)
    assert sender.run() == 1
    assert sender.run() == 0


def test_a_wish_to_wait_holds_for_the_whole_place(world: Desk, place: Place) -> None:
    world.judge(world.post("q1", author_id="u2"))
    world.consider()
    place.before = [SendError("429", retry_after=timedelta(seconds=30))]
    sender = delivery(world, place)
    assert sender.run() == 0, "a short pause is no trouble"
    assert sender.run() == 0
    assert place.accepted == []
    world.pass_minutes(1)
    assert sender.run() == 2
    assert sorted(place.accepted) == [ALERT, "case:2:alert"]


def test_what_somebody_waits_to_see_goes_before_new_alerts(world: Desk, place: Place) -> None:
    sender = delivery(world, place)
    sender.run()
    for number in range(30):
        world.judge(world.post(f"q{number}", author_id=f"v{number}"))
    world.consider()
    with world.write() as session:
        desk.claim(session, POLICY, 1, "UANA", world.now)
    place.before = [SendError("429", retry_after=timedelta(seconds=5))]
    sender.run()
    place.accepted.clear()
    with world.write() as session:
        desk.release(session, POLICY, 1, "UANA", world.now)
    world.pass_minutes(1)
    sender.run()
    assert "refresh" in place.accepted[0]


def test_a_backlog_of_alerts_is_not_held_up_by_what_belongs_to_them(
    world: Desk, place: Place
) -> None:
    for number in range(30):
        world.judge(world.post(f"q{number}", author_id=f"v{number}"))
    world.consider()
    for number in range(30):
        again = {"author_id": f"v{number}", "conversation": f"q{number}"}
        world.judge(world.post(f"r{number}", "Hello?", **again))
    world.consider()
    kinds = [item.kind for item in world.outbox()]
    assert kinds.count(OutboxKind.SLACK_ALERT) == 31
    assert len(kinds) == 31 + 2 * 30
    place.demands_alerts = True
    sender = delivery(world, place)
    for _ in range(5):
        sender.run()
        world.pass_minutes(1)
    assert {item.state for item in world.outbox()} == {OutboxState.SENT}


def test_one_item_that_fails_holds_up_no_other(world: Desk, place: Place) -> None:
    world.judge(world.post("q1", author_id="u2"))
    world.consider()
    place.before = [SendError("strange")]
    with pytest.raises(DeliveryError):
        delivery(world, place).run()
    assert place.accepted == ["case:2:alert"]


def test_a_sent_reply_answers_the_case_and_tells_the_thread(world: Desk, place: Place) -> None:
    sender = delivery(world, place)
    sender.run()
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    world.pass_minutes(1)
    sender.run()
    case = world.case()
    assert case.status == CaseStatus.ANSWERED
    assert case.first_response_at == world.now
    assert case.due_at is None
    thread = [item for item in world.outbox() if item.kind == OutboxKind.SLACK_THREAD]
    assert [item.payload["text"] for item in thread] == ["Sent: We are sorry."]
    assert world.consider() == 0, "our own reply is no news"


def test_a_reply_found_by_the_collector_first_counts_once(world: Desk, place: Place) -> None:
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    place.after = [OutcomeUnknown("timed out")]
    with pytest.raises(DeliveryError):
        delivery(world, place).run()
    key = "id-case:1:reply:1"
    world.post(key, "We are sorry.", by_brand=True, in_reply_to="p1", conversation="p1")
    world.consider()
    world.pass_minutes(5)
    delivery(world, place).run()
    world.consider()
    assert world.events().count(EventKind.REPLY_SENT) == 1
    assert EventKind.BRAND_ANSWERED not in world.events()
    assert [item.kind for item in world.outbox()].count(OutboxKind.REPLY) == 1


def test_a_refused_reply_is_said_in_the_thread_and_can_be_written_anew(
    world: Desk, place: Place
) -> None:
    sender = delivery(world, place)
    sender.run()
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    place.before = [SendRefused("X does not allow it.")]
    sender.run()
    assert world.case().status == CaseStatus.CLAIMED
    thread = [item for item in world.outbox() if item.kind == OutboxKind.SLACK_THREAD]
    assert "The reply was not sent. X does not allow it." in thread[0].payload["text"]
    with world.write() as session:
        view = desk.reply(session, POLICY, 1, "Sorry again.", 2, "UANA", world.now)
    assert view.reply_state == "sending"


def told(world: Desk) -> list[tuple[str, str]]:
    thread = [item for item in world.outbox() if item.kind == OutboxKind.SLACK_THREAD]
    return [(item.payload["actor"], item.payload["text"]) for item in thread]


def test_a_waiting_reply_is_given_up_when_somebody_answers_by_hand(
    world: Desk, place: Place
) -> None:
    sender = delivery(world, place)
    sender.run()
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    place.before = [SendError("X does not know the key (401).")]
    with pytest.raises(DeliveryError):
        sender.run()
    world.pass_minutes(20)
    world.post("b1", "Sorry, Kim!", by_brand=True, in_reply_to="p1", conversation="p1")
    assert world.consider() == 1
    world.pass_minutes(60)
    sender.run()
    assert not any("reply" in key for key in place.accepted)
    assert world.case().status == CaseStatus.ANSWERED
    assert [actor for actor, _text in told(world)] == ["UANA"]
    assert "not sent. Somebody has answered on the channel itself" in told(world)[0][1]


def test_a_reply_given_up_in_the_middle_of_a_pass_is_not_sent(world: Desk, place: Place) -> None:
    world.judge(world.post("q1", author_id="u2"))
    world.consider()
    sender = delivery(world, place)
    sender.run()
    with world.write() as session:
        desk.reply(session, POLICY, 2, "We are sorry.", 1, "UANA", world.now)
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    world.post("b1", "Sorry, Kim!", by_brand=True, in_reply_to="p1", conversation="p1")
    place.meanwhile = [world.consider]
    sender.run()
    assert [key for key in place.accepted if "reply" in key] == ["case:2:reply:1"]


def test_an_older_answer_to_another_post_leaves_a_waiting_reply_alone(
    world: Desk, place: Place
) -> None:
    world.post(
        "b1", "Sorry, Kim!", by_brand=True, in_reply_to="p1", conversation="p1",
        created_at=world.now - timedelta(minutes=1),
    )  # fmt: skip
    world.judge(world.post("p2", "And my bag is gone.", conversation="p1"))
    fresh = world.now + timedelta(minutes=1)
    with world.write() as session:
        post = session.exec(select(Post).where(Post.external_id == "p2")).one()
        case = ledger.fetch(session, 1)
        ledger.attach(session, case, post, PostRole.FOLLOWED)
        desk.reply(session, POLICY, 1, "We look for it.", 1, "UANA", fresh)
    world.now = fresh
    world.consider()
    delivery(world, place).run()
    assert "case:1:reply:1" in place.accepted


def test_a_reply_too_late_to_be_in_place_is_given_up(world: Desk, place: Place) -> None:
    sender = delivery(world, place)
    sender.run()
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    world.pass_minutes(60 * 48 + 1)
    sender.run()
    assert not any("reply" in key for key in place.accepted)
    assert world.case().status == CaseStatus.CLAIMED
    assert "waited for more than 48 hours" in told(world)[0][1]


def test_a_reply_that_may_stand_there_is_looked_for_however_late(world: Desk, place: Place) -> None:
    sender = delivery(world, place)
    sender.run()
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    place.after = [OutcomeUnknown("timed out")]
    with pytest.raises(DeliveryError):
        sender.run()
    world.pass_minutes(60 * 49)
    sender.run()
    assert world.case().status == CaseStatus.ANSWERED
    assert place.accepted.count("case:1:reply:1") == 1


@pytest.mark.parametrize("end", [OutcomeUnknown("timed out"), Killed()], ids=["timeout", "kill"])
def test_a_reply_of_unknown_outcome_is_not_asked_for_too_soon(
    world: Desk, place: Place, end: BaseException
) -> None:
    delivery(world, place).run()
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    place.after = [end]
    with pytest.raises((DeliveryError, Killed)):
        delivery(world, place).run()
    for _ in range(2):
        world.now += timedelta(seconds=14)
        delivery(world, place).run()
    assert place.asked == [], "its listing may not show it yet"
    world.now += timedelta(seconds=2)
    delivery(world, place).run()
    assert place.asked == ["case:1:reply:1"]
    assert place.accepted.count("case:1:reply:1") == 1
    assert world.case().status == CaseStatus.ANSWERED


def test_a_customer_who_wrote_meanwhile_still_waits(world: Desk, place: Place) -> None:
    with world.write() as session:
        desk.reply(session, POLICY, 1, "We are sorry.", 1, "UANA", world.now)
    world.judge(world.post("p2", "and another thing", conversation="p1"))
    world.consider()
    delivery(world, place).run()
    assert world.case().status == CaseStatus.CLAIMED
    assert world.case().due_at is not None


def test_an_alert_too_late_to_help_is_let_go(world: Desk, place: Place) -> None:
    world.pass_minutes(60 * 49)
    assert delivery(world, place).run() == 0
    assert world.outbox()[0].state == OutboxState.EXPIRED
    assert place.accepted == []
    assert EventKind.ALERT_EXPIRED in world.events()


@pytest.mark.parametrize("end", [OutboxState.EXPIRED, OutboxState.FAILED])
def test_an_alert_that_never_stood_in_slack_is_tried_anew_at_the_next_reason(
    world: Desk, place: Place, end: OutboxState
) -> None:
    sender = delivery(world, place)
    if end is OutboxState.EXPIRED:
        world.pass_minutes(60 * 49)
    else:
        place.before = [SendRefused("Slack does not take it.")]
    assert sender.run() == 0
    for number in (2, 3):
        world.judge(world.post(f"p{number}", "Hello?", conversation="p1"))
        world.consider()
    alerts = [item for item in world.outbox() if item.kind == OutboxKind.SLACK_ALERT]
    assert [(item.key, item.state) for item in alerts] == [
        (ALERT, end), (f"{ALERT}:2", OutboxState.PENDING),
    ]  # fmt: skip
    assert sender.run() == 1
    assert world.case().slack_ts == f"id-{ALERT}:2"


def test_items_without_a_sender_wait(world: Desk, place: Place) -> None:
    lonely = Delivery(world.engine, POLICY, {"reply:x": place}, world.clock)
    assert lonely.run() == 0
    assert world.outbox()[0].state == OutboxState.PENDING
