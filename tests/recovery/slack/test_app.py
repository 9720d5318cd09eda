"""People press and write in Slack: also at once, twice, in the wrong order, too late."""

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text
from structlog.testing import capture_logs

from models.database import BUSY_SECONDS
from models.states import CaseStatus, EventKind, OutboxKind
from playground.slack import Fault
from recovery.cases import ledger
from recovery.slack import hurry
from recovery.slack.modal import FAILED
from tests.recovery.slack.care import ANA, BEN, Care, words


def replies(care: Care) -> list[str]:
    return [
        str(item.payload["text"]) for item in care.world.outbox() if item.kind == OutboxKind.REPLY
    ]


def test_a_claim_shows_who_has_it(care: Care) -> None:
    care.press(ANA, "claim")
    care.deliver()
    assert f"<@{ANA}> has it since" in care.read()
    assert len(care.workspace.messages()) == 1


def test_of_two_who_claim_at_once_one_has_it_and_the_other_hears_who(care: Care) -> None:
    ts = care.alert().ts
    with ThreadPoolExecutor(2) as people:
        list(people.map(lambda user: care.workspace.press(user, ts, "claim"), (ANA, BEN)))
    care.workspace.wait_for(
        lambda: care.workspace.ephemerals(ANA) or care.workspace.ephemerals(BEN)
    )
    owner = care.world.case().owner
    loser = BEN if owner == ANA else ANA
    assert care.whispered(loser) == f"<@{owner}> has case 1."
    assert care.world.events().count(EventKind.CLAIMED) == 1


def test_a_click_is_acknowledged_while_the_database_is_busy(care: Care) -> None:
    with care.world.write() as session:
        ledger.fetch(session, 1)  # takes the lock
        assert care.workspace.press(ANA, care.alert().ts, "claim").attempts == 1
    care.workspace.wait_for(lambda: care.woken)
    assert care.world.case().owner == ANA


def test_a_submission_is_answered_while_the_database_is_busy(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hurry, "PATIENCE_SECONDS", 0.1)
    view = care.open(ANA)
    with care.world.write() as session:
        ledger.fetch(session, 1)
        sent = care.workspace.submit(ANA, view.id, {"text": "We are sorry."})
        assert sent.errors == {"reply": hurry.BUSY}
    assert replies(care) == []
    assert care.workspace.submit(ANA, view.id, {"text": "We are sorry."}).closed
    assert replies(care) == ["We are sorry."]


def test_other_writers_still_wait_for_long(care: Care) -> None:
    if care.world.engine.dialect.name != "sqlite":
        pytest.skip("a pooled connection of SQLite keeps its patience, one of PostgreSQL does not")
    with hurry.writing_soon(care.world.engine) as session:
        ledger.fetch(session, 1)
    with care.world.engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == BUSY_SECONDS * 1000


def test_a_click_told_twice_happens_once(care: Care) -> None:
    envelope: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": ANA},
        "team": {"id": "T1"},
        "container": {"channel_id": care.alert().channel, "message_ts": care.alert().ts},
        "actions": [
            {"action_id": "claim", "type": "button", "value": "1", "action_ts": "1.000001"}
        ],
    }
    for trigger in ("first", "second"):
        payload = envelope | {"trigger_id": trigger}
        told = care.workspace.hub.deliver("interactive", payload, accepts_response_payload=False)
        assert told.acknowledged
    later = copy.deepcopy(envelope)
    later["actions"][0]["action_ts"] = "2.000002"
    care.workspace.hub.deliver("interactive", later, accepts_response_payload=False)
    care.workspace.wait_for(lambda: care.workspace.ephemerals(ANA))
    # Only the third, a click of its own, is answered: with a sentence.
    assert [told.text for told in care.workspace.ephemerals(ANA)] == ["You have case 1 already."]
    assert care.world.events().count(EventKind.CLAIMED) == 1


def test_a_dismissal_can_be_taken_back(care: Care) -> None:
    care.press(ANA, "claim")
    care.deliver()
    care.press(ANA, "release")
    care.deliver()
    care.press(ANA, "dismiss")
    care.deliver()
    assert "Not a complaint." in care.read()
    care.press(BEN, "undo")
    care.deliver()
    assert care.world.case().status == CaseStatus.NEW
    assert "Claim" in care.read()


def test_presses_on_a_stale_message_get_a_sentence(care: Care) -> None:
    stale = care.alert().ts
    care.press(ANA, "dismiss")
    for action in ("claim", "reply", "dismiss"):
        before = len(care.workspace.ephemerals(BEN))
        assert care.workspace.press(BEN, stale, action).acknowledged
        care.workspace.wait_for(lambda: len(care.workspace.ephemerals(BEN)) > before)  # noqa: B023 - asked at once
        assert care.whispered(BEN).startswith("Case 1 is dismissed;")
    assert care.world.events().count(EventKind.DISMISSED) == 1


def test_a_reply_goes_from_the_window_to_the_outbox(care: Care) -> None:
    view = care.open(ANA)
    element = next(block for block in view.blocks if block["type"] == "input")["element"]
    assert "@kim" in element["initial_value"]
    assert "sorry" in element["initial_value"]
    assert "My train never came." in words(view.blocks)
    sent = care.workspace.submit(ANA, view.id, {"text": "We are sorry, Kim.\nWhich train?"})
    assert sent.closed
    assert replies(care) == ["We are sorry, Kim.\nWhich train?"]
    assert care.world.case().owner == ANA
    care.deliver()
    assert f"<@{ANA}> has written a reply. It is on its way to X." in care.read()


def test_too_long_a_text_is_kept_and_explained(care: Care) -> None:
    view = care.open(ANA)
    sent = care.workspace.submit(ANA, view.id, {"text": "a" * 300})
    assert sent.errors == {"reply": "This is 20 characters too long; 280 fit here."}
    again = care.workspace.submit(ANA, view.id, {"text": "Shorter."})
    assert again.closed
    assert replies(care) == ["Shorter."]


def test_an_emoji_that_would_arrive_as_letters_is_stopped(care: Care) -> None:
    view = care.open(ANA)
    sent = care.workspace.submit(ANA, view.id, {"text": "Sorry :pray: from 10:30:45 on"})
    assert ":pray:" in sent.errors["reply"]
    assert replies(care) == []


def test_of_two_who_reply_one_is_sent_and_the_other_keeps_their_words(care: Care) -> None:
    first, second = care.open(ANA), care.open(BEN)
    assert care.workspace.submit(BEN, second.id, {"text": "Ben is sorry."}).closed
    sent = care.workspace.submit(ANA, first.id, {"text": "Ana is sorry."})
    assert sent.errors == {"reply": "Somebody else has case 1."}
    assert replies(care) == ["Ben is sorry."]
    assert care.workspace.view(first.id).values["reply"]["text"]["value"] == "Ana is sorry."


def test_a_submission_told_twice_is_sent_once(care: Care) -> None:
    view = care.open(ANA)
    with ThreadPoolExecutor(2) as told:
        both = list(
            told.map(
                lambda text: care.workspace.submit(ANA, view.id, {"text": text}), ["Hi.", "Hi."]
            )
        )
    assert all(sent.closed for sent in both)
    assert replies(care) == ["Hi."]


def test_the_owner_is_named_before_somebody_else_writes_in_vain(care: Care) -> None:
    care.press(ANA, "claim")
    care.press(BEN, "reply")
    assert care.whispered(BEN) == f"<@{ANA}> has case 1."
    assert care.workspace.open_views(BEN) == []


def test_where_the_api_may_not_reply_a_person_does_and_says_so(desk_side: Care) -> None:
    care = desk_side
    post = care.world.post(
        "p2", "Never again!", author_id="u2", author_handle="lou", addressed=False,
        url="https://x.com/lou/status/2",
    )  # fmt: skip
    care.world.judge(post)
    care.world.consider()
    care.deliver()
    care.listen()
    try:
        view = care.open(ANA)
        assert "amends cannot answer this post" in words(view.blocks)
        assert "https://x.com/lou/status/2|Open the post" in words(view.blocks)
        assert care.workspace.submit(ANA, view.id).closed
        assert care.world.case().status == CaseStatus.ANSWERED
        care.deliver()
        assert f"<@{ANA}> answered by hand" in care.read()
    finally:
        care.stop()


def test_a_confirmation_that_came_too_late_says_so_in_the_window(desk_side: Care) -> None:
    care = desk_side
    post = care.world.post("p2", "Never!", author_id="u2", author_handle="lou", addressed=False)
    care.world.judge(post)
    care.world.consider()
    care.deliver()
    care.listen()
    try:
        view = care.open(ANA)
        care.press(BEN, "claim")
        sent = care.workspace.submit(ANA, view.id)
        assert not sent.closed
        assert words(care.window(ANA).blocks).strip() == f"<@{BEN}> has case 2."
    finally:
        care.stop()


def test_an_unforeseen_error_is_told_and_changes_nothing(care: Care) -> None:
    view = care.open(ANA)

    def broken(*_: object) -> None:
        raise OSError("disk gone")

    event.listen(care.world.engine, "begin", broken)
    try:
        with capture_logs() as lines:
            sent = care.workspace.submit(ANA, view.id, {"text": "Sorry."})
            care.press(BEN, "claim")
    finally:
        event.remove(care.world.engine, "begin", broken)
    assert sent.errors == {"reply": FAILED}
    assert care.whispered(BEN) == FAILED
    assert [line["kind"] for line in lines] == ["view_submission", "block_actions"]
    assert [str(line["exc_info"]) for line in lines] == ["disk gone", "disk gone"]
    assert care.world.case().status == CaseStatus.NEW
    assert replies(care) == []


def test_a_window_that_slack_will_not_open_is_explained(care: Care) -> None:
    care.workspace.trigger_seconds = -1
    care.press(ANA, "reply")
    assert "press *Reply…* again" in care.whispered(ANA)


def test_words_that_slack_does_not_take_stop_nobody(care: Care) -> None:
    care.press(ANA, "claim")
    care.workspace.faults.next("chat.postEphemeral", Fault.SERVER_ERROR, times=1)
    assert care.workspace.press(BEN, care.alert().ts, "claim").acknowledged
    care.press(BEN, "claim")
    assert care.whispered(BEN) == f"<@{ANA}> has case 1."


def test_a_word_that_slack_asks_to_hold_back_is_said_a_moment_later(care: Care) -> None:
    care.press(ANA, "claim")
    care.workspace.faults.next("chat.postEphemeral", Fault.RATE_LIMITED, seconds=1, times=1)
    care.press(BEN, "claim")
    assert care.whispered(BEN) == f"<@{ANA}> has case 1."


def test_what_is_written_in_the_thread_stays_there(care: Care) -> None:
    care.workspace.events = frozenset({"message", "app_mention"})
    care.workspace.say(ANA, "<@U0AMENDS01> what an idiot", thread_ts=care.alert().ts)
    care.press(ANA, "claim")
    assert replies(care) == []
    assert care.world.events() == [EventKind.OPENED, EventKind.ALERTED, EventKind.CLAIMED]
