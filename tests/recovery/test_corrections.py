"""Corrections: kept beside the verdict, and undone with the act."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from models.database import reading
from models.labels import Category, Risk, Urgency
from models.states import CaseStatus, EventKind, OutboxKind
from models.tables import CaseEvent, Correction, OutboxItem, Verdict
from recovery import corrections, desk
from recovery.refusals import Refused
from recovery.view import CaseView
from tests.recovery.world import POLICY, Desk


def standing(world: Desk) -> list[tuple[str, str, str, bool]]:
    with reading(world.engine) as session:
        rows = session.exec(
            select(Correction)
            .where(col(Correction.withdrawn_at).is_(None))
            .order_by(col(Correction.field))
        )
        return [(row.field, row.said, row.right, row.may_train) for row in rows]


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
    desk_world.correct(urgency=Urgency.CRITICAL, anger=3)
    case = desk_world.case()
    assert (case.urgency, case.anger, case.category) == ("critical", 3, "delay")
    assert case.due_at == desk_world.now + timedelta(minutes=15)
    assert standing(desk_world) == [
        ("anger", "2", "3", False),
        ("urgency", "high", "critical", False),
    ]


def test_a_second_correction_takes_the_place_of_the_first(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.correct(urgency=Urgency.CRITICAL)
    desk_world.correct(urgency=Urgency.LOW)
    assert standing(desk_world) == [("urgency", "high", "low", False)]
    desk_world.correct(urgency=Urgency.HIGH)
    assert standing(desk_world) == [], "the verdict was right after all"


@pytest.mark.parametrize(
    "later",
    [
        {"abstain": True, "anger": 3},
        {"anger": 3, "is_complaint": False, "complaint": 0.1, "sentiment": "pos",
         "outcome": "recovered"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("right", [0, 3])
def test_what_left_the_case_as_it_was_was_not_said_of_it(
    desk_world: Desk, later: dict[str, Any], right: int
) -> None:
    desk_world.open_case(anger=1)
    desk_world.judge(desk_world.post("p2", "ok", conversation="p1", in_reply_to="p1"), **later)
    desk_world.consider()
    assert desk_world.case().anger == 1
    desk_world.correct(anger=right)
    assert standing(desk_world) == [("anger", "1", str(right), False)]


def test_each_correction_goes_to_the_verdict_that_said_so(desk_world: Desk) -> None:
    desk_world.open_case(urgency="critical")
    desk_world.correct(urgency=Urgency.NORMAL)
    burn = desk_world.post("p2", "It burnt me", conversation="p1", in_reply_to="p1")
    desk_world.judge(burn, urgency="critical", risks=["safety"])
    desk_world.consider()
    desk_world.correct(urgency=Urgency.HIGH, risks=(Risk.SAFETY,))
    with reading(desk_world.engine) as session:
        rows = session.exec(select(Correction, Verdict).join(Verdict)).all()
        found = [(row.right, row.withdrawn_at is None, said.post_id == burn) for row, said in rows]
    assert found == [("normal", False, False), ("high", True, True)]


@pytest.mark.parametrize(("waited", "left"), [(10, 5), (20, 15)])
def test_a_danger_that_was_missed_begins_a_new_wait_where_the_last_had_run_out(
    desk_world: Desk, waited: int, left: int
) -> None:
    desk_world.open_case(urgency="critical")
    desk_world.pass_minutes(waited)
    desk_world.correct(urgency=Urgency.CRITICAL, risks=(Risk.SAFETY,))
    case = desk_world.case()
    assert case.due_at == desk_world.now + timedelta(minutes=left)
    assert not case.overdue


def test_correcting_nothing_or_too_late_is_refused(desk_world: Desk) -> None:
    desk_world.open_case()
    with pytest.raises(Refused, match="Nothing is different"):
        desk_world.correct()
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UANA", desk_world.now)
    with pytest.raises(Refused, match="nothing to correct"):
        desk_world.correct(anger=0)


def look(world: Desk) -> CaseView:
    with world.session() as session:
        return desk.view(session, POLICY, world.case().id or 0)


def of_kind(world: Desk, kind: OutboxKind) -> list[OutboxItem]:
    return [item for item in world.outbox() if item.kind == kind]


def told(world: Desk) -> list[tuple[str, str | None]]:
    """What the channel was told of, and who was called by it."""
    said = [item.payload for item in of_kind(world, OutboxKind.SLACK_THREAD)]
    return [(each["text"], each["actor"]) for each in said if each["broadcast"]]


def last_event(world: Desk) -> CaseEvent:
    with reading(world.engine) as session:
        return list(session.exec(select(CaseEvent).order_by(col(CaseEvent.id))))[-1]


def test_a_grave_risk_that_was_missed_takes_draft_and_gestures_and_calls_people(
    desk_world: Desk,
) -> None:
    desk_world.open_case()
    assert look(desk_world).gestures
    desk_world.correct(risks=(Risk.LEGAL, Risk.SAFETY, Risk.SAFETY))
    assert desk_world.case().risks == ["safety", "legal"]
    assert standing(desk_world) == [("risks", "", "safety,legal", False)]
    seen = look(desk_world)
    assert (seen.gestures, seen.draft) == ((), None)
    assert "a lead reads along" in (seen.lane_note or "")
    [remark] = of_kind(desk_world, OutboxKind.SLACK_THREAD)
    assert remark.payload == {
        "text": "Ana sees risks that amends missed: safety and legal.", "actor": None,
        "broadcast": True,
    }, "whoever did it is not called"  # fmt: skip
    assert len(of_kind(desk_world, OutboxKind.SLACK_REFRESH)) == 1
    event = last_event(desk_world)
    assert (event.kind, event.actor) == (EventKind.CORRECTED, "UANA")
    assert event.data == {
        "fields": ["risks"], "added": ["safety", "legal"], "removed": [], "danger": True,
    }  # fmt: skip


def test_self_harm_stays_critical_whatever_is_chosen(desk_world: Desk) -> None:
    desk_world.open_case(risks=["selfharm"], urgency="critical")
    with pytest.raises(Refused, match="critical whatever else"):
        desk_world.correct(urgency=Urgency.LOW, risks=(Risk.SELFHARM,))
    assert desk_world.case().urgency == "critical"
    desk_world.correct(urgency=Urgency.LOW, anger=0, risks=(Risk.SELFHARM,))
    assert (desk_world.case().urgency, desk_world.case().anger) == ("critical", 0)


def test_an_answer_that_knew_nothing_of_the_danger_does_not_end_it(desk_world: Desk) -> None:
    desk_world.open_case(urgency="normal")
    desk_world.pass_minutes(1)
    written = desk_world.now
    desk_world.pass_minutes(1)
    desk_world.correct(risks=(Risk.SELFHARM,))
    due = desk_world.case().due_at
    desk_world.post("b1", "Sorry!", by_brand=True, in_reply_to="p1", conversation="p1",
                    created_at=written)  # fmt: skip
    desk_world.consider()
    still = desk_world.case()
    assert (still.status, still.due_at, still.risks) == ("new", due, ["selfharm"])
    desk_world.pass_minutes(1)
    desk_world.post("b2", "A person is with you now.", by_brand=True, in_reply_to="p1",
                    conversation="p1")  # fmt: skip
    desk_world.consider()
    assert desk_world.case().status == "answered"


def test_a_risk_that_is_none_gives_draft_and_gestures_back(desk_world: Desk) -> None:
    desk_world.open_case(risks=["selfharm"])
    assert (look(desk_world).gestures, look(desk_world).draft) == ((), None)
    desk_world.correct()
    seen = look(desk_world)
    assert seen.risks == ()
    assert seen.draft
    assert seen.lane_note is None
    assert seen.gestures
    assert standing(desk_world) == [("risks", "selfharm", "", False)]
    assert told(desk_world) == [
        ("Ana took away: self-harm. The draft and the gestures are back.", None)
    ]
    assert last_event(desk_world).data["removed"] == ["selfharm"]
    desk_world.correct(risks=(Risk.SELFHARM,), urgency=Urgency.HIGH)
    assert look(desk_world).gestures == ()
    assert [row[:3] for row in standing(desk_world)] == [("urgency", "high", "critical")]
    assert told(desk_world)[-1] == ("Ana put back: self-harm.", None)


@pytest.mark.parametrize(
    "verdict",
    [{"is_complaint": False, "complaint": 0.1}, {"abstain": True, "abstain_reason": "unsure"}],
)
def test_what_is_no_complaint_is_offered_nothing_when_its_risk_is_taken_away(
    desk_world: Desk, verdict: dict[str, Any]
) -> None:
    desk_world.open_case(risks=["safety"], **verdict)
    desk_world.correct()
    assert look(desk_world).gestures == ()


def test_the_gestures_that_a_risk_forbade_fit_the_issue_that_a_person_named(
    desk_world: Desk,
) -> None:
    desk_world.open_case(risks=["safety"], category="delay", category_p=0.9)
    desk_world.correct(category=Category.BILLING)
    assert any("fee" in gesture.name for gesture in look(desk_world).gestures)


def test_a_quiet_case_with_a_risk_that_was_missed_goes_before_people(desk_world: Desk) -> None:
    desk_world.open_case(anger=0, urgency="normal")
    assert desk_world.outbox() == []
    desk_world.correct(anger=0, urgency=Urgency.NORMAL, risks=(Risk.VULNERABLE,))
    assert [item.kind for item in desk_world.outbox()] == [OutboxKind.SLACK_ALERT]


def test_self_harm_that_was_missed_is_critical_and_due_from_now(desk_world: Desk) -> None:
    desk_world.open_case(urgency="low", anger=0)
    desk_world.pass_minutes(60)
    desk_world.correct(urgency=Urgency.LOW, anger=0, risks=(Risk.SELFHARM,))
    case = desk_world.case()
    assert (case.urgency, case.overdue) == ("critical", False)
    assert case.due_at == desk_world.now + timedelta(minutes=15)
    assert [row[:3] for row in standing(desk_world)] == [
        ("risks", "", "selfharm"), ("urgency", "low", "critical"),
    ]  # fmt: skip


@pytest.mark.parametrize(("waited", "left"), [(5, 10), (20, 15)])
def test_self_harm_never_lengthens_a_wait_that_still_runs(
    desk_world: Desk, waited: int, left: int
) -> None:
    desk_world.open_case(urgency="critical")
    desk_world.pass_minutes(waited)
    desk_world.correct(urgency=Urgency.NONE, risks=(Risk.SELFHARM,))
    assert desk_world.case().due_at == desk_world.now + timedelta(minutes=left)


@pytest.mark.parametrize(
    ("risk", "minutes"), [(Risk.SELFHARM, 15), (Risk.SAFETY, 60), (Risk.LEGAL, 60)]
)
def test_a_grave_risk_brings_an_answered_case_back_to_its_owner(
    desk_world: Desk, risk: Risk, minutes: int
) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        desk.answered_by_hand(session, POLICY, 1, "UBEN", desk_world.now)
    desk_world.pass_minutes(90)
    desk_world.correct(risks=(risk,))
    case = desk_world.case()
    assert (case.status, case.owner, case.risks) == (CaseStatus.CLAIMED, "UBEN", [risk])
    assert case.due_at == desk_world.now + timedelta(minutes=minutes)
    assert not case.overdue
    name = "self-harm" if risk is Risk.SELFHARM else risk
    said = f"Ana sees a risk that amends missed: {name}. The case counts as unanswered again."
    assert told(desk_world) == [(said, "UBEN")]


def test_a_grave_risk_brings_a_case_that_nobody_has_back_to_the_queue(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.post("a1", "Sorry!", by_brand=True, in_reply_to="p1", conversation="p1")
    desk_world.consider()
    assert desk_world.case().status == CaseStatus.ANSWERED
    desk_world.correct(risks=(Risk.FRAUD,))
    assert desk_world.case().status == CaseStatus.NEW


def test_a_mild_risk_leaves_an_answered_case_answered(desk_world: Desk) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        desk.answered_by_hand(session, POLICY, 1, "UANA", desk_world.now)
    desk_world.correct(risks=(Risk.CHURN,))
    case = desk_world.case()
    assert (case.status, case.risks, case.due_at) == (CaseStatus.ANSWERED, ["churn"], None)
    assert told(desk_world) == [("Ana sees a risk that amends missed: leaving us.", None)]


def test_a_grave_risk_that_is_taken_away_is_told_and_a_mild_one_is_not(desk_world: Desk) -> None:
    desk_world.open_case(risks=["safety", "legal", "churn"])
    desk_world.correct(risks=(Risk.SAFETY, Risk.LEGAL))
    assert told(desk_world) == []
    desk_world.correct(risks=(Risk.SAFETY,))
    assert told(desk_world) == [("Ana took away: legal.", None)], "nothing is back yet"
    desk_world.correct(risks=(Risk.PRESS,))
    assert told(desk_world)[-1] == (
        "Ana sees a risk that amends missed: press. Ana took away: safety.", None,
    )  # fmt: skip


def test_anybody_may_add_a_risk_to_a_case_that_somebody_has_and_nothing_else(
    desk_world: Desk,
) -> None:
    desk_world.open_case(risks=["safety"])
    with desk_world.write() as session:
        desk.claim(session, POLICY, 1, "UBEN", desk_world.now)
    refusal = "<@UBEN> has case 1; all that another may do is add a risk that was missed"
    refused_fields: list[tuple[dict[str, Any], str]] = [
        ({"risks": ()}, "risks"),
        ({"risks": (Risk.LEGAL,)}, "risks"),
        ({"risks": (Risk.SAFETY, Risk.LEGAL), "anger": 3}, "anger"),
        ({"risks": (Risk.SAFETY,), "urgency": Urgency.LOW}, "urgency"),
    ]
    for wrong, field in refused_fields:
        with pytest.raises(Refused, match=refusal) as refused:
            desk_world.correct(**wrong)
        assert refused.value.field == field
    with pytest.raises(Refused, match="Nothing is different"):
        desk_world.correct(risks=(Risk.SAFETY,))
    assert (desk_world.case().risks, told(desk_world)) == (["safety"], [])
    desk_world.correct(risks=(Risk.SAFETY, Risk.SELFHARM))
    case = desk_world.case()
    assert (case.risks, case.owner, case.urgency) == (["safety", "selfharm"], "UBEN", "critical")
    assert told(desk_world) == [("Ana sees a risk that amends missed: self-harm.", "UBEN")]
    assert last_event(desk_world).actor == "UANA"
    desk_world.correct("UBEN", urgency=Urgency.CRITICAL, risks=())
    assert desk_world.case().risks == []


def test_the_risks_are_refused_as_the_other_fields_are(desk_world: Desk) -> None:
    desk_world.open_case(risks=["safety", "legal"])
    with pytest.raises(Refused, match="Nothing is different"):
        desk_world.correct(risks=(Risk.LEGAL, Risk.SAFETY))
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, 1, "UBEN", desk_world.now)
    with pytest.raises(Refused, match="nothing to correct"):
        desk_world.correct()
    assert desk_world.case().risks == ["safety", "legal"]


def test_a_correction_is_kept_while_the_edited_post_waits_to_be_judged(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.post("p1", "My train never came! Edited.")
    desk_world.correct(anger=3)
    assert standing(desk_world) == [("anger", "2", "3", False)]
    desk_world.judge(desk_world.post("p1", "My train never came! Edited."), anger=1)
    desk_world.consider()
    desk_world.correct(anger=0)
    assert standing(desk_world) == [("anger", "2", "0", False)], "an edit takes nothing away"


def test_a_case_of_which_no_verdict_is_left_takes_no_correction(desk_world: Desk) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        session.delete(session.exec(select(Verdict)).one())
    with pytest.raises(Refused, match="Nothing that amends said of case 1 is left"):
        desk_world.correct(anger=3)
    assert desk_world.case().anger == 2
    assert EventKind.CORRECTED not in desk_world.events()


risk_sets = st.frozensets(st.sampled_from(Risk))


@given(risk_sets)
def test_risks_come_back_as_they_were_written(risks: frozenset[Risk]) -> None:
    text = corrections.written(risks)
    assert corrections.taken_away({"risks": text}) == risks
    assert text == corrections.written(reversed(text.split(",")))
