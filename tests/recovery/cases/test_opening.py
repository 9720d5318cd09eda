"""From judged posts to cases: what opens, what joins, what answers."""

from datetime import timedelta
from typing import Any

import pytest

from models.labels import Category, Risk, Urgency
from models.states import CaseStatus, EventKind, OutboxKind
from recovery import corrections, desk
from recovery.deadlines import watch
from tests.recovery.world import POLICY, Desk


def test_an_angry_complaint_opens_a_case_with_gestures_and_an_alert(desk_world: Desk) -> None:
    case = desk_world.open_case()
    assert case.status == CaseStatus.NEW
    assert case.due_at == desk_world.now + timedelta(minutes=60)
    assert [item.kind for item in desk_world.outbox()] == [OutboxKind.SLACK_ALERT]
    with desk_world.session() as session:
        view = desk.view(session, POLICY, case.id or 0)
    assert 1 <= len(view.gestures) <= 3
    assert all(gesture.reason and gesture.cost.endswith("EUR") for gesture in view.gestures)


@pytest.mark.parametrize("keep", [True, False])
def test_the_promise_on_critical_posts_is_kept_where_policy_wants_it(
    desk_world: Desk, keep: bool
) -> None:
    alerting = POLICY.cases.alerting.model_copy(update={"keep_promise": keep})
    cases = POLICY.cases.model_copy(update={"alerting": alerting})
    desk_world.policy = POLICY.model_copy(update={"cases": cases})
    quiet = {"is_complaint": False, "complaint": 0.1, "anger": 0, "urgency": "normal"}
    desk_world.judge(desk_world.post("p1"), alert=True, **quiet)
    desk_world.consider()
    assert len(desk_world.outbox()) == int(keep)


def test_a_calm_complaint_waits_in_the_queue(desk_world: Desk) -> None:
    case = desk_world.open_case(anger=0, urgency="normal")
    assert case.status == CaseStatus.NEW
    assert desk_world.outbox() == []


def test_praise_opens_nothing(desk_world: Desk) -> None:
    desk_world.judge(desk_world.post("p1", "Best ride ever"), **desk_world.content())
    assert desk_world.consider() == 1
    assert desk_world.cases() == []


def test_a_post_nobody_could_judge_goes_to_people(desk_world: Desk) -> None:
    case = desk_world.open_case(
        is_complaint=False, abstain=True, abstain_reason="written in German", urgency="normal",
        anger=0,
    )  # fmt: skip
    assert case.needs_judgement
    assert desk_world.outbox() == []


@pytest.mark.parametrize(("risks", "urgency"), [([], "normal"), (["safety"], "high")])
def test_an_unjudged_post_does_not_wait_longest(
    desk_world: Desk, risks: list[str], urgency: str
) -> None:
    case = desk_world.open_case(
        is_complaint=False, abstain=True, abstain_reason="unsure", urgency="none", anger=0,
        risks=risks,
    )  # fmt: skip
    assert case.urgency == urgency
    assert len(desk_world.outbox()) == len(risks), "a risk alerts, the rest waits"
    with desk_world.session() as session:
        assert desk.view(session, POLICY, case.id or 0).gestures == ()


@pytest.mark.parametrize("keep", [True, False])
def test_the_promise_is_kept_for_an_unjudged_post_where_those_are_ignored(
    desk_world: Desk, keep: bool
) -> None:
    rules = POLICY.cases
    cases = rules.model_copy(
        update={
            "opening": rules.opening.model_copy(update={"abstained": "ignore"}),
            "alerting": rules.alerting.model_copy(update={"keep_promise": keep}),
        }
    )
    desk_world.policy = POLICY.model_copy(update={"cases": cases})
    quiet = {"is_complaint": False, "complaint": 0.5, "anger": 0, "urgency": "normal"}
    desk_world.judge(desk_world.post("p1"), alert=True, abstain=True, **quiet)
    desk_world.consider()
    assert len(desk_world.cases()) == int(keep)


def test_a_judged_post_settles_what_an_unjudged_one_left_open(desk_world: Desk) -> None:
    case = desk_world.open_case(is_complaint=False, abstain=True, category="delay", anger=0)
    later = desk_world.post("p2", "and you charged me twice", in_reply_to="p1", conversation="p1")
    desk_world.judge(later, category="billing", category_p=0.95)
    desk_world.consider()
    [case] = desk_world.cases()
    assert case.category == "billing"
    with desk_world.session() as session:
        view = desk.view(session, desk_world.policy, case.id or 0)
        fitting = {gesture.name for gesture in view.gestures}
    assert any("fee" in name for name in fitting), "they fit the judged issue, not the guess"


def test_a_later_doubt_does_not_loosen_what_was_judged(desk_world: Desk) -> None:
    desk_world.open_case(category="delay")
    desk_world.judge(desk_world.post("f1", "hm", conversation="p1"), abstain=True)
    desk_world.judge(desk_world.post("f2", "hm", conversation="p1"), category="support")
    desk_world.consider()
    assert [case.category for case in desk_world.cases()] == ["delay"]


def test_a_follow_up_repeats_nothing_that_a_person_set_right(desk_world: Desk) -> None:
    case = desk_world.open_case(urgency="critical")
    with desk_world.write() as session:
        desk.correct(
            session, POLICY, case.id or 0, "UANA", desk_world.now,
            urgency=Urgency.LOW, category=Category.DELAY, anger=0, risks=(),
        )  # fmt: skip
    later = desk_world.post("p2", "since Monday", in_reply_to="p1", conversation="p1")
    desk_world.judge(later, urgency="critical")
    desk_world.consider()
    assert [case.urgency for case in desk_world.cases()] == ["low"]


@pytest.mark.parametrize("opener", [{}, {"abstain": True, "urgency": "low", "risks": ["churn"]}])
def test_what_a_later_post_raised_and_a_person_set_back_is_not_raised_again(
    desk_world: Desk, opener: dict[str, Any]
) -> None:
    first: dict[str, Any] = {"urgency": "normal", "anger": 1} | opener
    case = desk_world.open_case(**first)
    for number in (2, 3):
        later = desk_world.post(f"p{number}", "ha", in_reply_to="p1", conversation="p1")
        desk_world.judge(later, urgency="critical", anger=3)
        desk_world.consider()
        if number == 2:
            with desk_world.write() as session:
                desk.correct(
                    session, POLICY, case.id or 0, "UANA", desk_world.now,
                    urgency=Urgency.NORMAL, category=Category.DELAY, anger=1,
                    risks=[Risk(risk) for risk in case.risks],
                )  # fmt: skip
    found = desk_world.case()
    assert (found.urgency, found.anger) == ("normal", 1)
    with desk_world.session() as session:
        said = corrections.overruled(session, found)
    assert said == {"urgency": "critical", "anger": "3"}


def test_an_unjudged_post_whose_urgency_a_person_lowered_is_corrected(desk_world: Desk) -> None:
    case = desk_world.open_case(abstain=True, urgency="low", risks=["churn"], anger=0)
    assert case.urgency == "high", "nobody knows what it says"
    with desk_world.write() as session:
        desk.correct(
            session, POLICY, case.id or 0, "UANA", desk_world.now,
            urgency=Urgency.LOW, category=Category(case.category), anger=0, risks=[Risk.CHURN],
        )  # fmt: skip
    again = desk_world.post("p2", "so", in_reply_to="p1", conversation="p1")
    desk_world.judge(again, abstain=True, urgency="low", risks=["churn"])
    desk_world.consider()
    assert desk_world.case().urgency == "low"


def _set_risks(world: Desk, *risks: Risk) -> None:
    case = world.case()
    with world.write() as session:
        desk.correct(
            session, POLICY, case.id or 0, "UANA", world.now, urgency=Urgency(case.urgency),
            category=Category(case.category), anger=case.anger, risks=risks,
        )  # fmt: skip


def _broadcasts(world: Desk) -> list[bool]:
    """Of each remark in the thread, whether the channel sees it as well."""
    return [item.payload["broadcast"] for item in world.outbox() if item.kind == "slack_thread"]


def test_a_mild_risk_that_a_person_took_away_is_not_raised_again_and_a_new_one_is(
    desk_world: Desk,
) -> None:
    desk_world.open_case(urgency="normal", risks=["churn"])
    _set_risks(desk_world)
    due = desk_world.case().due_at
    again = desk_world.post("p2", "as I said", in_reply_to="p1", conversation="p1")
    # Unjudged posts with a risk are urgent, but not because of this one.
    desk_world.judge(again, urgency="normal", risks=["churn"], abstain=True)
    desk_world.judge(desk_world.post("p1", "My train never came!"), risks=["churn"],
                     urgency="normal")  # fmt: skip
    desk_world.consider()
    same = desk_world.case()
    assert (same.risks, same.urgency, same.due_at) == ([], "normal", due)
    assert _broadcasts(desk_world) == [False, False]
    grave = desk_world.post("p3", "my lawyer will write", in_reply_to="p1", conversation="p1")
    desk_world.judge(grave, urgency="normal", risks=["churn", "legal"])
    desk_world.consider()
    assert desk_world.case().risks == ["legal"]
    assert _broadcasts(desk_world) == [False, False, True]


def test_a_mild_risk_of_a_later_post_that_a_person_took_away_stays_away(desk_world: Desk) -> None:
    desk_world.open_case()
    for name, text in (("p2", "I leave"), ("p3", "I leave, I said")):
        later = desk_world.post(name, text, in_reply_to="p1", conversation="p1")
        desk_world.judge(later, risks=["churn"])
        desk_world.consider()
        if name == "p2":
            _set_risks(desk_world)
    assert desk_world.case().risks == []


def test_a_risk_that_a_person_left_ticked_is_not_settled(desk_world: Desk) -> None:
    desk_world.open_case(urgency="normal", risks=["churn", "press"])
    _set_risks(desk_world, Risk.CHURN)
    later = desk_world.post("p2", "I leave", in_reply_to="p1", conversation="p1")
    desk_world.judge(later, urgency="normal", risks=["churn"], abstain=True)
    desk_world.consider()
    assert desk_world.case().urgency == "high", "as for any unjudged post with a risk"


@pytest.mark.parametrize("risk", [risk for risk in Risk if risk is not Risk.CHURN])
@pytest.mark.parametrize("new_words", ["a post", "a changed text"])
def test_a_grave_risk_in_new_words_is_raised_whatever_a_person_took_away(
    desk_world: Desk, risk: Risk, new_words: str
) -> None:
    desk_world.open_case(urgency="critical", risks=[risk, "churn"])
    case = desk_world.case()
    with desk_world.write() as session:
        desk.correct(
            session, POLICY, case.id or 0, "UANA", desk_world.now, urgency=Urgency.LOW,
            category=Category(case.category), anger=case.anger, risks=(),
        )  # fmt: skip
    desk_world.pass_minutes(5)
    name = "p2" if new_words == "a post" else "p1"
    text = "your door crushed my hand, I'm in A&E"
    desk_world.judge(desk_world.post(name, text, conversation="p1"), urgency="critical",
                     risks=[risk, "churn"])  # fmt: skip
    desk_world.consider()
    raised = desk_world.case()
    assert (raised.risks, raised.urgency) == ([risk], "critical")
    assert raised.due_at == desk_world.now + timedelta(minutes=15)
    told = thread(desk_world)[-1]
    assert told["broadcast"] is True
    assert str(told["text"]).startswith("Taken away, and there again: ")
    with desk_world.session() as session:
        view = desk.view(session, POLICY, case.id or 0)
    assert (view.draft, view.gestures) == (None, ())
    assert view.lane_note


def test_a_risk_that_a_person_added_outlasts_what_the_classifier_says(desk_world: Desk) -> None:
    desk_world.open_case()
    _set_risks(desk_world, Risk.SELFHARM)
    desk_world.judge(desk_world.post("p2", "hm", in_reply_to="p1", conversation="p1"))
    desk_world.judge(desk_world.post("p1", "My train never came!"), risks=["churn"])
    desk_world.consider()
    assert desk_world.case().risks == ["churn", "selfharm"]


def test_an_unsure_issue_suggests_only_what_fits_any(desk_world: Desk) -> None:
    case = desk_world.open_case(category="billing", category_p=0.2)
    with desk_world.session() as session:
        names = {gesture.name for gesture in desk.view(session, POLICY, case.id or 0).gestures}
    assert not any("fee" in name for name in names)


def test_a_risk_without_a_complaint_opens_a_case_and_alerts(desk_world: Desk) -> None:
    case = desk_world.open_case(
        is_complaint=False, complaint=0.1, anger=0, urgency="normal", risks=["selfharm"]
    )
    assert case.risks == ["selfharm"]
    assert len(desk_world.outbox()) == 1


def test_a_grave_risk_gets_neither_gesture_nor_draft(desk_world: Desk) -> None:
    case = desk_world.open_case(risks=["selfharm"], urgency="critical")
    with desk_world.session() as session:
        view = desk.view(session, POLICY, case.id or 0)
    assert view.gestures == ()
    assert view.draft is None
    assert view.lane_note is not None
    assert "harming themselves" in view.lane_note


def test_a_second_post_of_the_same_customer_joins(desk_world: Desk) -> None:
    case = desk_world.open_case(urgency="normal", anger=1)
    desk_world.pass_minutes(5)
    desk_world.judge(desk_world.post("p2", "STILL waiting!!", conversation="other"), anger=3)
    desk_world.consider()
    assert [found.id for found in desk_world.cases()] == [case.id]
    joined = desk_world.case()
    assert (joined.anger, joined.urgency) == (3, "high")
    assert [item.kind for item in desk_world.outbox()] == [OutboxKind.SLACK_ALERT]


def test_another_brand_is_another_matter(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p2", brand="Otherline"))
    desk_world.consider()
    assert len(desk_world.cases()) == 2


def test_chatter_outside_the_conversation_does_not_join(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p2", "nice weather"), **desk_world.content())
    desk_world.consider()
    assert EventKind.CUSTOMER_POSTED not in desk_world.events()


def test_the_brands_own_post_opens_nothing_and_counts_as_an_answer(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.pass_minutes(3)
    desk_world.post("b1", "We're on it", by_brand=True, in_reply_to="p1", conversation="p1")
    desk_world.consider()
    case = desk_world.case()
    assert case.status == CaseStatus.ANSWERED
    assert case.first_response_at == desk_world.now
    assert case.due_at is None
    assert len(desk_world.cases()) == 1


def test_an_answer_read_before_its_complaint_still_counts(desk_world: Desk) -> None:
    desk_world.post("b1", "Sorry!", by_brand=True, in_reply_to="p1", conversation="p1")
    desk_world.consider()
    desk_world.judge(desk_world.post("p1", created_at=desk_world.now - timedelta(minutes=9)))
    desk_world.consider()
    assert desk_world.case().status == CaseStatus.ANSWERED
    assert desk_world.outbox() == [], "an answered complaint alerts nobody"


@pytest.mark.parametrize("others", [0, 1])
def test_an_answer_to_nobody_by_name_counts_where_one_case_can_be_meant(
    desk_world: Desk, others: int
) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p2", "And my bag is gone.", conversation="p1"))
    for number in range(others):
        desk_world.judge(desk_world.post(f"o{number}", author_id="u2", conversation="p1"))
    desk_world.consider()
    desk_world.pass_minutes(3)
    desk_world.post("b1", "We're on it", by_brand=True, conversation="p1")
    desk_world.consider()
    answered = [case.status == CaseStatus.ANSWERED for case in desk_world.cases()]
    assert answered == ([False, False] if others else [True])


def test_an_answer_read_before_the_post_that_joins_counts_too(desk_world: Desk) -> None:
    early = desk_world.now - timedelta(minutes=30)
    desk_world.open_case("p1")
    later = early + timedelta(minutes=35)
    desk_world.post("b2", "Sorted!", by_brand=True, in_reply_to="p2", conversation="p1",
                    created_at=later)  # fmt: skip
    desk_world.consider()
    assert desk_world.case().status == CaseStatus.NEW
    desk_world.pass_minutes(10)
    second = later - timedelta(minutes=2)
    desk_world.judge(
        desk_world.post("p2", "hello??", conversation="p1", in_reply_to="p1", created_at=second)
    )
    desk_world.consider()
    assert desk_world.case().status == CaseStatus.ANSWERED


def test_a_brand_reply_to_somebody_else_answers_nothing(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.post("b1", "Hi Sam", by_brand=True, in_reply_to="p999", conversation="p1")
    desk_world.consider()
    assert desk_world.case().status == CaseStatus.NEW


@pytest.mark.parametrize(
    ("pleased", "status"), [(True, CaseStatus.ANSWERED), (False, CaseStatus.NEW)]
)
def test_a_follow_up_after_the_answer(desk_world: Desk, pleased: bool, status: CaseStatus) -> None:
    desk_world.open_case()
    desk_world.pass_minutes(3)
    desk_world.post("b1", "Sorry!", by_brand=True, in_reply_to="p1", conversation="p1")
    desk_world.pass_minutes(3)
    follow_up = desk_world.post("p2", "…", in_reply_to="b1", conversation="p1")
    desk_world.judge(follow_up, **(desk_world.content() if pleased else {}))
    desk_world.consider()
    case = desk_world.case()
    assert case.status == status
    assert (case.due_at is None) == pleased


def test_an_edit_that_makes_it_graver_raises_the_case(desk_world: Desk) -> None:
    desk_world.open_case(urgency="low", anger=0)
    assert desk_world.outbox() == []
    post = desk_world.post("p1", "The door caught my daughter's arm, she is bleeding")
    desk_world.judge(post, urgency="critical", risks=["safety"])
    desk_world.consider()
    assert desk_world.case().urgency == "critical"
    assert len(desk_world.outbox()) == 1


def thread(desk_world: Desk) -> list[dict[str, object]]:
    items = [item for item in desk_world.outbox() if item.kind == OutboxKind.SLACK_THREAD]
    return [item.payload for item in items]


def test_a_customer_who_comes_back_calls_the_owner_and_the_channel(desk_world: Desk) -> None:
    case = desk_world.open_case()
    with desk_world.write() as session:
        desk.answered_by_hand(session, POLICY, case.id or 0, "UANA", desk_world.now)
    desk_world.pass_minutes(5)
    for number, more in enumerate([{}, {}, desk_world.content(), {"urgency": "critical"}]):
        desk_world.judge(desk_world.post(f"f{number}", "…", conversation="p1"), **more)
        desk_world.consider()
    assert [said["actor"] for said in thread(desk_world)] == ["UANA"] * 4
    # It returns; no news; content; graver.
    assert [said["broadcast"] for said in thread(desk_world)] == [True, False, False, True]


def test_an_edit_that_makes_it_graver_is_told_and_shortens_the_wait(desk_world: Desk) -> None:
    case = desk_world.open_case(urgency="high")
    with desk_world.write() as session:
        desk.claim(session, POLICY, case.id or 0, "UANA", desk_world.now)
    desk_world.pass_minutes(30)
    desk_world.judge(desk_world.post("p1", "She is bleeding"), urgency="critical")
    desk_world.consider()
    assert desk_world.case().due_at == desk_world.now + timedelta(minutes=15)
    told = {"text": "The customer changed the post: She is bleeding", "actor": "UANA"}
    assert thread(desk_world) == [told | {"broadcast": True}]


def test_an_edit_that_makes_an_answered_case_graver_brings_it_back(desk_world: Desk) -> None:
    case = desk_world.open_case(urgency="high")
    with desk_world.write() as session:
        desk.answered_by_hand(session, POLICY, case.id or 0, "UANA", desk_world.now)
    desk_world.judge(desk_world.post("p1", "Never came"), urgency="high")
    desk_world.consider()
    assert desk_world.case().status == CaseStatus.ANSWERED
    desk_world.judge(desk_world.post("p1", "She is bleeding"), urgency="critical")
    desk_world.consider()
    back = desk_world.case()
    assert (back.status, back.owner) == (CaseStatus.CLAIMED, "UANA")
    assert back.due_at == desk_world.now + timedelta(minutes=15)


def test_an_edit_repeats_nothing_that_a_person_set_right(desk_world: Desk) -> None:
    case = desk_world.open_case(urgency="high", anger=2, category="delay")
    with desk_world.write() as session:
        desk.correct(
            session, POLICY, case.id or 0, "UANA", desk_world.now,
            urgency=Urgency.LOW, category=Category.STAFF, anger=0, risks=(),
        )  # fmt: skip
    due = desk_world.case().due_at
    desk_world.judge(desk_world.post("p1", "My train never came!"), urgency="high", anger=2)
    desk_world.consider()
    same = desk_world.case()
    assert (same.urgency, same.anger, same.category, same.due_at) == ("low", 0, "staff", due)
    desk_world.judge(desk_world.post("p1", "She is bleeding"), urgency="critical", anger=3)
    desk_world.consider()
    graver = desk_world.case()
    assert (graver.urgency, graver.anger, graver.category) == ("critical", 3, "staff")


def test_an_archive_alerts_nobody(desk_world: Desk) -> None:
    old = desk_world.now - timedelta(days=400)
    desk_world.judge(desk_world.post("p1", created_at=old))
    desk_world.consider()
    assert len(desk_world.cases()) == 1
    assert desk_world.outbox() == []


def test_a_similar_name_opens_nothing_unless_we_are_addressed(desk_world: Desk) -> None:
    brand = POLICY.brand.model_copy(update={"similar_names": ("Larkline Records",)})
    desk_world.policy = POLICY.model_copy(update={"brand": brand})
    text = "Larkline Records sent me a scratched LP"
    desk_world.judge(desk_world.post("p1", text, addressed=False))
    desk_world.consider()
    assert desk_world.cases() == []
    desk_world.judge(desk_world.post("p2", text, addressed=True))
    desk_world.consider()
    assert len(desk_world.cases()) == 1


@pytest.mark.parametrize("risk", ["selfharm", "safety"])
def test_a_risk_opens_even_where_a_similar_name_is_meant(desk_world: Desk, risk: str) -> None:
    brand = POLICY.brand.model_copy(update={"similar_names": ("Larkline Records",)})
    desk_world.policy = POLICY.model_copy(update={"brand": brand})
    text = "Larkline Records played while your train ran over my foot"
    desk_world.judge(desk_world.post("p1", text, addressed=False), risks=[risk])
    desk_world.consider()
    assert [case.risks for case in desk_world.cases()] == [[risk]]
    assert len(desk_world.outbox()) == 1


def test_considering_twice_changes_nothing(desk_world: Desk) -> None:
    desk_world.open_case()
    before = (desk_world.events(), len(desk_world.outbox()))
    assert desk_world.consider() == 0
    assert (desk_world.events(), len(desk_world.outbox())) == before


@pytest.mark.parametrize("risks", [["selfharm"], []])
def test_an_edit_brings_back_what_was_over_only_with_a_danger(
    desk_world: Desk, risks: list[str]
) -> None:
    case = desk_world.open_case(urgency="normal")
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, case.id or 0, "UANA", desk_world.now)
    desk_world.pass_minutes(60 * 72)
    edited = desk_world.post("p1", "I want to end it tonight")
    desk_world.judge(edited, urgency="critical", risks=risks)
    desk_world.consider()
    found = desk_world.case()
    if not risks:
        assert (found.status, found.risks) == ("dismissed", [])
        return
    assert (found.status, found.urgency, found.risks) == ("new", "critical", ["selfharm"])
    assert found.due_at is not None
    assert found.due_at > desk_world.now
    assert {"slack_alert", "slack_thread"} & {item.kind for item in desk_world.outbox()}


def test_an_edit_with_a_danger_goes_to_the_live_case_of_the_customer(desk_world: Desk) -> None:
    case = desk_world.open_case(urgency="normal")
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, case.id or 0, "UANA", desk_world.now)
    desk_world.judge(desk_world.post("p2", "My bag is gone"), urgency="normal")
    desk_world.consider()
    desk_world.judge(desk_world.post("p1", "your door crushed my hand"), risks=["safety"])
    desk_world.consider()
    first, second = desk_world.cases()
    assert (first.status, first.risks) == ("dismissed", [])
    assert (second.status, second.risks) == ("new", ["safety"])


@pytest.mark.parametrize("noted", [True, False])
@pytest.mark.parametrize(("edited", "risks"), [(True, ["safety"]), (False, ["safety"]), (True, [])])
def test_a_danger_in_an_overdue_case_is_waited_for_anew(
    desk_world: Desk, edited: bool, risks: list[str], noted: bool
) -> None:
    desk_world.open_case(urgency="critical")
    desk_world.pass_minutes(60)
    if noted:  # else the danger comes before anybody has looked at the clock
        watch(desk_world.engine, POLICY, desk_world.now)
    missed = desk_world.case().due_at
    words = desk_world.post("p1" if edited else "p2", "It burnt my hand", conversation="p1")
    desk_world.judge(words, urgency="critical", risks=risks)
    desk_world.consider()
    anew = desk_world.now + timedelta(minutes=15)
    assert desk_world.case().due_at == (anew if risks else missed)
    desk_world.pass_minutes(20)
    assert watch(desk_world.engine, POLICY, desk_world.now) == (1 if risks or not noted else 0)
    assert desk_world.case().overdue


def test_an_answer_to_something_else_is_none_to_a_danger(desk_world: Desk) -> None:
    desk_world.open_case(urgency="low")
    desk_world.pass_minutes(2)
    wrote = desk_world.now
    desk_world.pass_minutes(1)
    desk_world.post("b1", "Sorry!", by_brand=True, in_reply_to="p1", conversation="p1")
    desk_world.consider()
    desk_world.pass_minutes(1)
    late = desk_world.post("p2", "I cannot go on", in_reply_to="p1", conversation="p1",
                           created_at=wrote)  # fmt: skip
    desk_world.judge(late, urgency="critical", risks=["selfharm"])
    desk_world.consider()
    case = desk_world.case()
    assert (case.status, case.urgency) == ("new", "critical")
    assert case.due_at is not None
    assert {"slack_alert", "slack_thread"} & {item.kind for item in desk_world.outbox()}


def test_a_new_complaint_after_a_dismissal_opens_a_new_case(desk_world: Desk) -> None:
    case = desk_world.open_case()
    with desk_world.write() as session:
        desk.dismiss(session, POLICY, case.id or 0, "UANA", desk_world.now)
    desk_world.judge(desk_world.post("p2"))
    desk_world.consider()
    assert [found.status for found in desk_world.cases()] == ["dismissed", "new"]
