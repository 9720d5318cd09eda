"""What reaches Slack: once each, also when Slack falters, and never given up over a token."""

from datetime import UTC, datetime, timedelta

import pytest

from models.states import EventKind, OutboxKind, OutboxState
from models.tables import OutboxItem
from playground.slack import Fault
from recovery.cases import ledger
from recovery.outbox import Letter, SendError, SendRefused
from recovery.slack.sender import Prepared
from tests.recovery.slack.care import ANA, Care, words


def item(care: Care, kind: OutboxKind = OutboxKind.SLACK_ALERT) -> OutboxItem:
    return [found for found in care.world.outbox() if found.kind == kind][-1]


def say(care: Care, text: str, actor: str | None = None, broadcast: bool = False) -> None:
    with care.world.write() as session:
        case = ledger.fetch(session, 1)
        event = ledger.note(session, case, EventKind.CUSTOMER_POSTED, "amends", care.world.now)
        ledger.tell_thread(session, case, event, care.world.now, text, actor, broadcast=broadcast)


def redraw(care: Care) -> None:
    with care.world.write() as session:
        case = ledger.fetch(session, 1)
        event = ledger.note(session, case, EventKind.DEADLINE_MISSED, "amends", care.world.now)
        ledger.refresh(session, case, event, care.world.now)


def test_the_alert_stands_in_the_channel_and_the_case_knows_where(desk_side: Care) -> None:
    assert desk_side.deliver() == 1
    case, alert = desk_side.world.case(), desk_side.alert()
    assert (case.slack_channel, case.slack_ts) == (alert.channel, alert.ts)
    assert alert.blocks[0]["block_id"] == "case:1:alert"
    assert alert.text == "High urgency · delay · angry, @kim on X: My train never came."
    assert desk_side.deliver() == 0


def test_a_redraw_changes_the_alert_and_keeps_its_key(desk_side: Care) -> None:
    desk_side.deliver()
    redraw(desk_side)
    desk_side.deliver()
    assert len(desk_side.workspace.messages()) == 1
    assert desk_side.alert().edited
    assert desk_side.alert().blocks[0]["block_id"] == "case:1:alert"


def test_a_remark_stands_in_the_thread_and_pings_only_whom_we_mean(desk_side: Care) -> None:
    desk_side.deliver()
    say(desk_side, "Sent: Hi <!channel> & <@UEVIL>,\nsorry.", ANA)
    desk_side.deliver()
    remark = desk_side.workspace.thread(desk_side.alert().ts)[-1]
    assert words(remark.blocks) == (
        f"<@{ANA}> · Sent: Hi &lt;!channel&gt; &amp; &lt;@UEVIL&gt;,\nsorry."
    )
    assert "<" not in remark.text
    assert len(desk_side.workspace.messages()) == 1


def test_a_remark_for_all_stands_in_the_channel_too(desk_side: Care) -> None:
    desk_side.deliver()
    alert = desk_side.alert()
    for number, broadcast in enumerate([False, True], start=1):
        say(desk_side, f"They wrote again: hello {number}?", ANA, broadcast)
    desk_side.deliver()
    in_thread = desk_side.workspace.thread(alert.ts)
    assert [remark.broadcast for remark in in_thread] == [False, False, True]
    assert [message.ts for message in desk_side.workspace.messages()] == [
        alert.ts, in_thread[-1].ts,
    ]  # fmt: skip


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.RESET])
@pytest.mark.parametrize("applied", [True, False])
def test_an_alert_of_unknown_fate_is_posted_once(
    desk_side: Care, fault: Fault, applied: bool
) -> None:
    desk_side.workspace.faults.next("chat.postMessage", fault, applied=applied)
    assert "look whether the message arrived" in desk_side.deliver_in_vain()
    assert item(desk_side).state == OutboxState.SENDING
    desk_side.world.pass_minutes(1)
    assert desk_side.deliver() == 1
    assert len(desk_side.workspace.messages()) == 1
    assert desk_side.world.case().slack_ts == desk_side.alert().ts


@pytest.mark.parametrize("applied", [True, False])
def test_a_remark_of_unknown_fate_is_made_once(desk_side: Care, applied: bool) -> None:
    desk_side.deliver()
    say(desk_side, "They wrote again: hello?")
    desk_side.workspace.faults.next("chat.postMessage", Fault.SERVER_ERROR, applied=applied)
    desk_side.deliver_in_vain()
    desk_side.world.pass_minutes(1)
    desk_side.deliver()
    assert len(desk_side.workspace.thread(desk_side.alert().ts)) == 2


def test_an_alert_is_found_on_a_later_page(desk_side: Care) -> None:
    desk_side.workspace.faults.next("chat.postMessage", Fault.SERVER_ERROR, applied=True)
    desk_side.deliver_in_vain()
    for number in range(250):
        desk_side.workspace.say(ANA, f"lunch? {number}")
    desk_side.world.pass_minutes(1)
    assert desk_side.deliver() == 1
    ours = [message for message in desk_side.workspace.messages() if message.blocks]
    assert [message.ts for message in ours] == [desk_side.world.case().slack_ts]


def test_slack_in_a_hurry_is_given_its_pause(desk_side: Care) -> None:
    desk_side.workspace.faults.next("chat.postMessage", Fault.RATE_LIMITED, seconds=7)
    assert desk_side.deliver_in_vain() == "Slack asks for a pause of 7 seconds."
    assert item(desk_side).not_before == desk_side.world.now + timedelta(seconds=7)
    assert item(desk_side).state == OutboxState.PENDING


def test_a_refused_token_loses_nothing_and_names_the_variable(desk_side: Care) -> None:
    desk_side.workspace.bot_token = "xoxb-new"
    assert "AMENDS_SLACK__BOT_TOKEN" in desk_side.deliver_in_vain()
    assert item(desk_side).state == OutboxState.PENDING
    desk_side.workspace.bot_token = "xoxb-playground"
    desk_side.world.pass_minutes(6)
    assert desk_side.deliver() == 1


def test_an_unknown_channel_names_the_variable(desk_side: Care) -> None:
    letter = _letter("C0NOWHERE")
    with pytest.raises(SendError, match="AMENDS_SLACK__CHANNEL") as told:
        desk_side.sender.send(letter)
    assert told.value.retry_after == timedelta(minutes=5)


def test_what_belongs_to_an_alert_waits_for_it(desk_side: Care) -> None:
    redraw(desk_side)
    desk_side.workspace.faults.next("chat.postMessage", Fault.SERVER_ERROR)
    desk_side.deliver_in_vain()
    refresh = item(desk_side, OutboxKind.SLACK_REFRESH)
    assert refresh.state == OutboxState.PENDING
    assert refresh.attempts == 0
    desk_side.world.pass_minutes(1)
    assert [desk_side.deliver(), desk_side.deliver()] == [1, 1]


def test_a_deleted_alert_is_not_drawn_again(desk_side: Care) -> None:
    desk_side.deliver()
    desk_side.workspace.remove(desk_side.alert().ts)
    redraw(desk_side)
    desk_side.deliver()
    refresh = item(desk_side, OutboxKind.SLACK_REFRESH)
    assert refresh.state == OutboxState.FAILED
    assert refresh.last_error is not None
    assert "no longer in Slack (message_not_found)" in refresh.last_error


def test_a_message_of_the_wrong_form_is_refused_with_the_reason(desk_side: Care) -> None:
    letter = _letter(desk_side.workspace.channel_id, block={"type": "marquee"})
    with pytest.raises(SendRefused, match="unsupported type: marquee"):
        desk_side.sender.send(letter)


def test_a_slack_that_is_not_there_is_tried_again(desk_side: Care) -> None:
    care = Care(desk_side.world, desk_side.workspace, "http://127.0.0.1:9/api/")
    assert "Slack cannot be reached" in care.deliver_in_vain()
    assert item(care).state == OutboxState.PENDING


def _letter(channel: str, block: dict[str, object] | None = None) -> Letter:
    made = Prepared(channel, "", "hello", [block] if block else [])
    now = datetime(2026, 3, 4, tzinfo=UTC)
    return Letter("k", OutboxKind.SLACK_ALERT, 1, {}, now, 0, made)
