"""People set right what amends said: the window, what it carries, and what the desk makes of it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models.database import reading
from models.labels import Category, Risk, Urgency
from models.states import CaseStatus, EventKind
from models.tables import Correction
from playground.slack.records import Submission, View
from recovery import desk
from recovery.refusals import Refused
from recovery.slack import correction, words
from recovery.view import CaseView
from tests.recovery.slack.care import ANA, BEN, Care
from tests.recovery.slack.care import words as slack_words
from tests.recovery.world import POLICY

Case = Callable[..., CaseView]
Reader = Callable[[list[dict[str, Any]]], list[str]]


def menus(blocks: list[dict[str, Any]]) -> dict[str, tuple[str | None, list[str]]]:
    """Of each menu, by its label, what is chosen and what there is to choose."""
    found = {}
    for block in blocks:
        if block["type"] == "input" and block["element"]["type"] == "static_select":
            element = block["element"]
            options = [option["text"]["text"] for option in element["options"]]
            first = element.get("initial_option")
            found[block["label"]["text"]] = (first["text"]["text"] if first else None, options)
    return found


def risk_boxes(window: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in window["blocks"] if block.get("block_id") == correction.RISKS]


def submit(care: Care, user: str, view: View, **chosen: str | list[str]) -> Submission:
    return care.workspace.submit(user, view.id, dict(chosen))


def name(care: Care, user: str) -> str:
    return care.workspace.members[user].name


def standing(care: Care) -> list[tuple[str, str, str, str]]:
    with reading(care.world.engine) as session:
        rows = session.exec(
            select(Correction)
            .where(col(Correction.withdrawn_at).is_(None))
            .order_by(col(Correction.field))
        )
        return [(row.actor, row.field, row.said, row.right) for row in rows]


def test_the_window_shows_what_was_said_in_words_for_people(case: Case, seen: Reader) -> None:
    window = correction.form(case(), POLICY, ANA)
    assert seen(window["blocks"])[0].startswith("*@lena_k* wrote:\n>@larkline the 07:40 left")
    shown = menus(window["blocks"])
    assert shown["How urgent is it?"] == (
        "🟠 High urgency: answer within 1 h",
        [
            "🔴 Critical: answer within 15 min",
            "🟠 High urgency: answer within 1 h",
            "🟡 Normal urgency: answer within 8 h",
            "⚪ Low urgency: answer within 24 h",
            "⚪ No urgency: answer within 24 h",
        ],
    )
    issue, issues = shown["What is it about?"]
    assert issue == "Delay"
    assert "Lost or damaged" in issues
    assert shown["How angry is the customer?"] == ("Angry", ["Calm", "Annoyed", "Angry", "Furious"])


def test_everything_a_verdict_can_say_can_be_chosen() -> None:
    assert list(words.URGENCIES) == list(Urgency)
    assert list(words.ISSUES) == list(Category)
    assert set(words.RISKS) == set(Risk)
    assert set(words.FIELDS) == {
        correction.URGENCY, correction.CATEGORY, correction.ANGER, correction.RISKS,
    }  # fmt: skip


def test_the_boxes_show_the_risks_in_the_words_of_the_alert(case: Case) -> None:
    [boxes] = risk_boxes(correction.form(case(risks=("legal", "selfharm", "strange")), POLICY, ANA))
    assert boxes["optional"]
    assert boxes["label"]["text"] == "Which risks are there?"
    assert [option["text"]["text"] for option in boxes["element"]["options"]] == [
        "Self-harm", "Safety", "Vulnerable person", "Discrimination", "Fraud", "Legal", "Press",
        "Leaving us",
    ]  # fmt: skip
    ticked = boxes["element"]["initial_options"]
    assert [option["value"] for option in ticked] == ["selfharm", "legal"]


def test_no_box_is_ticked_where_there_is_no_risk(case: Case) -> None:
    [boxes] = risk_boxes(correction.form(case(), POLICY, ANA))
    assert "initial_options" not in boxes["element"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "The deadline follows the urgency. Your correction is kept and counted; "
             "the terms set for X do not let amends learn from it."),
        ({"channel": "import"}, "The deadline follows the urgency. Your correction is kept and "
                                "counted; amends may learn from it."),
        ({"risks": ("churn",), "due_at": None},
         "Your correction is kept and counted; the terms set for X do not let amends learn from "
         "it."),
        ({"risks": ("churn", "legal", "selfharm"), "due_at": None},
         "Without self-harm and legal the draft and the suggested gestures come back, and the "
         "channel hears of it. Your correction is kept and counted; "
         "the terms set for X do not let amends learn from it."),
        ({"risks": ("legal",), "language": "pl", "due_at": None},
         "Without legal the suggested gestures come back, and the channel hears of it. "
         "Your correction is kept and counted; the terms set for X do not let amends learn from "
         "it."),
        ({"due_at": None}, "Your correction is kept and counted; "
                           "the terms set for X do not let amends learn from it."),
    ],
)  # fmt: skip
def test_one_line_says_what_follows(
    case: Case, seen: Reader, changes: dict[str, Any], line: str
) -> None:
    assert seen(correction.form(case(**changes), POLICY, ANA)["blocks"])[-1] == line


def test_an_issue_nobody_was_sure_of_is_not_named(case: Case) -> None:
    window = correction.form(case(category="none"), POLICY, ANA)
    assert menus(window["blocks"])["What is it about?"][0] == "No clear issue"


def test_the_ticket_comes_back_as_it_went(case: Case) -> None:
    window = correction.form(case(risks=("legal", "safety")), POLICY, ANA)
    ticket = correction.Ticket.load(window["private_metadata"])
    assert ticket == correction.Ticket(12, "high", "delay", 2, ("safety", "legal"), 0)
    ticket.refuse_stale(case(risks=("safety", "legal")))
    with pytest.raises(Refused, match="has changed since you opened this"):
        ticket.refuse_stale(case(risks=("safety",)))
    ticket = correction.Ticket.of(case())
    with pytest.raises(Refused, match="has changed since you opened this"):
        ticket.refuse_stale(case(urgency="critical"))


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", '{"case_id": null}', "12",
        '{"case_id": 1, "urgency": "low", "category": "delay", "anger": 1, "risks": ["gloom"], '
        '"heard": 1}',
        '{"case_id": 1, "urgency": "low", "category": "delay", "anger": 1, "risks": null, '
        '"heard": 1}',
        '{"case_id": 1, "urgency": "low", "category": "delay", "anger": 1, "risks": [], '
        '"heard": null}',
    ],
)  # fmt: skip
def test_a_strange_ticket_is_no_ticket(text: str) -> None:
    with pytest.raises(ValueError):
        correction.Ticket.load(text)


@pytest.mark.parametrize("values", [{}, {"urgency": None}, {"urgency": {"urgency": {}}}])
def test_a_strange_choice_is_no_choice(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        correction.chosen({"state": {"values": values}})


def test_a_correction_changes_the_case_its_deadline_and_the_alert(care: Care) -> None:
    view = care.open(ANA, "correct")
    opened = care.world.now
    care.world.pass_minutes(5)
    before = care.woken
    assert submit(care, ANA, view, urgency="critical", category="staff").closed
    assert care.woken == before + 1
    case = care.world.case()
    assert (case.urgency, case.category, case.anger) == ("critical", "staff", 2)
    assert case.due_at == opened + timedelta(minutes=15)
    assert standing(care) == [
        (ANA, "category", "delay", "staff"),
        (ANA, "urgency", "high", "critical"),
    ]
    care.deliver()
    assert care.read().startswith("🔴 Critical · staff · angry")
    assert f"*Corrected* by <@{ANA}>, " in care.read()
    assert ": urgency and issue." in care.read()
    assert len(care.workspace.messages()) == 1


def test_choosing_nothing_new_is_said_and_the_window_stays(care: Care) -> None:
    view = care.open(ANA, "correct")
    sent = submit(care, ANA, view)
    assert sent.errors == {"urgency": "Nothing is different; choose what should have been said."}
    assert submit(care, ANA, view, anger="0").closed
    assert standing(care) == [(ANA, "anger", "2", "0")]


def test_sent_twice_it_is_done_once(care: Care) -> None:
    view = care.open(ANA, "correct")
    payload = {
        "type": "view_submission", "user": {"id": ANA}, "team": {"id": "T1"},
        "view": {
            "id": view.id, "type": "modal", "callback_id": correction.FORM,
            "private_metadata": view.body["private_metadata"],
            "state": {"values": {
                name: {name: {"selected_option": {"value": value}}}
                for name, value in {"urgency": "low", "category": "delay", "anger": "2"}.items()
            } | {"risks": {"risks": {"selected_options": [{"value": "safety"}]}}}},
        },
    }  # fmt: skip
    for _ in range(2):
        told = care.workspace.hub.deliver("interactive", payload, accepts_response_payload=True)
        assert told.acknowledged
        assert not told.payload
    assert care.world.events().count(EventKind.CORRECTED) == 1
    assert care.world.case().risks == ["safety"]


def test_a_missed_risk_changes_the_alert_and_the_channel_hears_of_it(care: Care) -> None:
    assert "*Draft*" in care.read()
    assert submit(care, ANA, care.open(ANA, "correct"), risks=["selfharm", "churn"]).closed
    assert standing(care) == [
        (ANA, "risks", "", "selfharm,churn"), (ANA, "urgency", "high", "critical"),
    ]  # fmt: skip
    care.deliver()
    [alert, remark] = care.workspace.messages()[-2:]
    said = slack_words(alert.blocks)
    assert said.startswith("🔴 Self-harm and leaving us · critical")
    assert ": urgency and risks (added: self-harm and leaving us)." in said
    assert "a second one reading along" in said
    assert "*Draft*" not in said
    assert "You could offer" not in said
    told = slack_words(remark.blocks)
    assert told == f"{name(care, ANA)} sees risks that amends missed: self-harm and leaving us."


def test_a_wrong_risk_is_unticked_and_a_second_look_shows_the_rest(desk_side: Care) -> None:
    care = desk_side
    later = care.world.post("p2", "and it hurt", in_reply_to="p1", conversation="p1")
    care.world.judge(later, risks=["safety", "legal"])
    care.world.consider()
    care.deliver()
    care.listen()
    try:
        view = care.open(ANA, "correct")
        assert submit(care, ANA, view, risks=["legal"]).closed
        assert care.world.case().risks == ["legal"]
        assert standing(care) == [(ANA, "risks", "safety,legal", "legal")]
        sent = submit(care, ANA, care.open(ANA, "correct"))
        assert sent.errors["urgency"].startswith("Nothing is different")
        assert submit(care, ANA, care.window(ANA), risks=[]).closed
    finally:
        care.stop()
    assert care.world.case().risks == []
    assert standing(care) == [(ANA, "risks", "safety,legal", "")]


def test_a_window_from_before_a_risk_came_corrects_nothing(care: Care) -> None:
    view = care.open(ANA, "correct")
    later = care.world.post("p2", "it hurt", in_reply_to="p1", conversation="p1")
    care.world.judge(later, risks=["safety"])
    care.world.consider()
    sent = submit(care, ANA, view, anger="0")
    assert sent.errors["urgency"].startswith("The case has changed since you opened this.")
    assert (care.world.case().risks, care.world.case().anger) == (["safety"], 2)


def test_a_window_from_before_the_customer_wrote_again_corrects_nothing(care: Care) -> None:
    view = care.open(ANA, "correct")
    later = care.world.post("p2", "as I said", in_reply_to="p1", conversation="p1")
    care.world.judge(later)
    care.world.consider()
    changed = {"urgency": correction.CHANGED}
    assert submit(care, ANA, view, anger="0").errors == changed
    care.workspace.close(ANA, view.id)
    view = care.open(ANA, "correct")
    care.world.judge(care.world.post("p1", "My train never came!!"))
    care.world.consider()
    assert submit(care, ANA, view, anger="0").errors == changed
    assert care.world.case().anger == 2


@pytest.mark.parametrize("missing", ["ticket", "boxes"])
def test_a_window_from_before_the_risks_were_asked_for_corrects_nothing(
    care: Care, missing: str
) -> None:
    view = care.open(ANA, "correct")
    ticket = json.loads(view.body["private_metadata"])
    values: dict[str, Any] = {
        name: {name: {"selected_option": {"value": value}}}
        for name, value in {"urgency": "low", "category": "delay", "anger": "2"}.items()
    }
    if missing == "ticket":
        del ticket["risks"], ticket["heard"]
        values["risks"] = {"risks": {"selected_options": []}}
    payload = {
        "type": "view_submission", "user": {"id": ANA}, "team": {"id": "T1"},
        "view": {
            "id": view.id, "type": "modal", "callback_id": correction.FORM,
            "private_metadata": json.dumps(ticket), "state": {"values": values},
        },
    }  # fmt: skip
    told = care.workspace.hub.deliver("interactive", payload, accepts_response_payload=True)
    assert told.payload == {
        "response_action": "errors", "errors": {"urgency": correction.CHANGED},
    }  # fmt: skip
    assert care.world.case().urgency == "high"


def test_of_two_who_correct_at_once_the_second_is_asked_to_look_again(care: Care) -> None:
    first, second = care.open(ANA, "correct"), care.open(BEN, "correct")
    assert submit(care, BEN, second, urgency="critical").closed
    sent = submit(care, ANA, first, urgency="low")
    assert sent.errors["urgency"].startswith("The case has changed since you opened this.")
    assert care.world.case().urgency == "critical"
    assert standing(care) == [(BEN, "urgency", "high", "critical")]


def test_of_somebody_elses_case_a_colleague_adds_missed_risks_only(care: Care) -> None:
    view = care.open(BEN, "correct")
    assert "add a risk" not in slack_words(view.body["blocks"])
    care.press(ANA, "claim")
    care.deliver()
    refusal = "Somebody else has case 1; all that another may do is add a risk that was missed."
    assert submit(care, BEN, view, risks=["safety"], anger="3").errors == {"anger": refusal}
    care.workspace.close(BEN, view.id)
    view = care.open(BEN, "correct")
    assert f"<@{ANA}> has this case. All that you can do" in slack_words(view.body["blocks"])
    assert submit(care, BEN, view, risks=["safety"]).closed
    assert care.world.case().risks == ["safety"]
    sent = submit(care, BEN, care.open(BEN, "correct"), risks=[])
    assert sent.errors == {"risks": refusal}
    assert submit(care, ANA, care.open(ANA, "correct"), anger="3").closed
    assert care.world.case().anger == 3
    care.deliver()
    told = slack_words(care.workspace.messages()[-1].blocks)
    assert told == f"<@{ANA}> · {name(care, BEN)} sees a risk that amends missed: safety."


def test_what_is_over_is_not_corrected_any_more(care: Care) -> None:
    view = care.open(ANA, "correct")
    care.press(BEN, "dismiss")
    sentence = "Case 1 is dismissed; there is nothing to correct any more."
    assert submit(care, ANA, view, risks=["safety"]).errors == {"urgency": sentence}
    care.workspace.close(ANA, view.id)
    # The alert still has its button until it is drawn again.
    care.press(ANA, "correct")
    assert care.whispered(ANA) == sentence
    assert EventKind.CORRECTED not in care.world.events()


def test_an_answered_case_can_still_be_corrected(care: Care) -> None:
    with care.world.write() as session:
        desk.answered_by_hand(session, POLICY, 1, ANA, care.world.now)
    care.deliver()
    assert submit(care, ANA, care.open(ANA, "correct"), anger="0").closed
    care.deliver()
    case = care.world.case()
    assert (case.status, case.anger, case.due_at) == (CaseStatus.ANSWERED, 0, None)
    assert ": anger." in care.read()


def test_a_window_that_slack_will_not_open_is_explained(care: Care) -> None:
    care.workspace.trigger_seconds = -1
    care.press(ANA, "correct")
    assert "press *Correct…* again" in care.whispered(ANA)


@pytest.mark.parametrize(
    ("chosen", "named", "kept"),
    [
        ({"category": "delay"}, "delay", []),
        ({"anger": "3"}, "none", [(ANA, "anger", "2", "3")]),
    ],
)
def test_an_issue_too_unsure_to_be_named_can_be_named_and_is_not_lost(
    desk_side: Care, chosen: dict[str, str], named: str, kept: list[tuple[str, str, str, str]]
) -> None:
    care = desk_side
    care.world.judge(care.world.post("p2", author_id="u2"), category_p=0.1)
    care.world.consider()
    care.deliver()
    care.listen()
    try:
        assert submit(care, ANA, care.open(ANA, "correct"), **chosen).closed
    finally:
        care.stop()
    assert care.world.case().category == "delay"
    assert standing(care) == kept
    with reading(care.world.engine) as session:
        assert desk.view(session, POLICY, 2).category == named
