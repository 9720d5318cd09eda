"""What a person is shown of a case that the database holds."""

from typing import Any

import pytest
from sqlmodel import col, select

from models.labels import Category, Urgency
from models.tables import GestureOffer
from recovery import desk
from recovery.view import CaseView
from tests.recovery.world import POLICY, Desk


def look(world: Desk, case_id: int | None = None) -> CaseView:
    with world.session() as session:
        return desk.view(session, POLICY, case_id or world.case().id or 0)


def opened(world: Desk, **verdict: Any) -> CaseView:
    world.open_case(**verdict)
    return look(world)


def test_why_names_the_words_that_weighed_most(desk_world: Desk) -> None:
    reasons = ["@larkline I missed", "my mother's surgery", "ta", "left without us", "@a @b", "x y"]
    view = opened(desk_world, reasons=reasons)
    assert view.why == ("“I missed”, “my mother's surgery”, “left without us” weighed most.",)


def test_the_gravest_post_speaks_for_the_case(desk_world: Desk) -> None:
    desk_world.open_case(urgency="critical", reasons=["trapped in the lift"])
    desk_world.pass_minutes(3)
    desk_world.judge(desk_world.post("p2", "hello?"), urgency="low", reasons=["hello again you"])
    desk_world.consider()
    assert look(desk_world).why == ("“trapped in the lift” weighed most.",)


def test_a_post_without_phrases_does_not_silence_the_others(desk_world: Desk) -> None:
    desk_world.open_case(reasons=["charged me twice"])
    later = desk_world.post("p2", "since Monday", in_reply_to="p1", conversation="p1")
    desk_world.judge(later, reasons=[], with_thread=True)
    desk_world.consider()
    assert look(desk_world).why == (
        "“charged me twice” weighed most.",
        "A short post was read together with the customer's earlier ones.",
    )


def test_who_found_a_risk_is_said(desk_world: Desk) -> None:
    nets = {"safety": "both", "churn": "pattern"}
    view = opened(desk_world, risks=["safety", "churn"], risk_nets=nets)
    assert view.why == ("Safety was found by model and wording, leaving us by its wording.",)


def test_one_net_for_all_risks_is_said_once(desk_world: Desk) -> None:
    nets = {"selfharm": "pattern", "vulnerable": "pattern"}
    view = opened(desk_world, risks=["selfharm", "vulnerable"], risk_nets=nets)
    assert view.why == ("Self-harm and vulnerable person were found by its wording.",)


def test_a_doubt_is_said(desk_world: Desk) -> None:
    view = opened(desk_world, abstain=True, abstain_reason="not sure whether this is a complaint")
    assert view.needs_judgement
    assert view.why == ("Not judged, please read it: not sure whether this is a complaint.",)


def test_another_language_is_said_once_and_the_gestures_stay(desk_world: Desk) -> None:
    view = opened(desk_world, language="de")
    assert view.draft is None
    assert view.lane_note == (
        "It seems to be written in German. Somebody who reads it must look: there is no draft."
    )
    assert view.gestures
    assert view.why == ()


def test_a_language_nobody_judged_needs_no_second_sentence(desk_world: Desk) -> None:
    view = opened(desk_world, language="de", abstain=True, abstain_reason="language de")
    assert view.needs_judgement
    assert view.why == ()


def test_an_unclear_follow_up_leaves_the_case_as_clear_as_it_was(desk_world: Desk) -> None:
    desk_world.open_case(reasons=["never came at all"])
    desk_world.judge(desk_world.post("p2", "hm"), abstain=True, abstain_reason="unsure")
    desk_world.consider()
    view = look(desk_world)
    assert not view.needs_judgement
    assert view.why[-1] == "A later post was not judged, please read it: unsure."


def test_an_unsure_category_is_not_named(desk_world: Desk) -> None:
    view = opened(desk_world, category="billing", category_p=0.2)
    assert view.category == "none"
    assert view.draft is not None
    assert "money" not in view.draft


def test_a_sure_category_is_named_in_the_draft(desk_world: Desk) -> None:
    view = opened(desk_world, category="billing", category_p=0.7)
    assert view.category == "billing"
    assert view.draft is not None
    assert "No card numbers" in view.draft
    assert view.draft.count("@kim") == 1


def test_a_category_that_a_person_set_right_is_sure(desk_world: Desk) -> None:
    desk_world.open_case(category="billing", category_p=0.2, abstain=True, abstain_reason="unsure")
    assert look(desk_world).needs_judgement
    with desk_world.write() as session:
        desk.correct(
            session, POLICY, 1, "UANA", desk_world.now,
            urgency=Urgency.HIGH, category=Category.SUPPORT, anger=2, risks=(),
        )  # fmt: skip
    view = look(desk_world)
    assert (view.category, view.needs_judgement) == ("support", False)


def test_the_draft_follows_the_conversation(desk_world: Desk) -> None:
    first = opened(desk_world).draft or ""
    assert "sorry" in first
    desk_world.pass_minutes(5)
    answer = {"by_brand": True, "author_id": "b", "author_handle": "larkline"}
    desk_world.post("a1", "So sorry.", in_reply_to="p1", conversation="p1", **answer)
    desk_world.consider()
    assert look(desk_world).draft is None
    desk_world.pass_minutes(5)
    desk_world.judge(desk_world.post("p2", "And now?", in_reply_to="a1", conversation="p1"))
    desk_world.consider()
    again = look(desk_world).draft or ""
    assert again
    assert "sorry" not in again
    desk_world.pass_minutes(5)
    desk_world.post("a2", "Done.", in_reply_to="p2", conversation="p1", **answer)
    desk_world.pass_minutes(5)
    thanks = desk_world.post("p3", "Thank you!", in_reply_to="a2", conversation="p1")
    desk_world.judge(thanks, **desk_world.content())
    desk_world.consider()
    content = look(desk_world).draft or ""
    assert content
    assert content not in (first, again)


@pytest.mark.parametrize(("cost", "shown"), [(1000, "10 EUR"), (750, "7.50 EUR"), (5, "0.05 EUR")])
def test_a_cost_is_ready_to_read(desk_world: Desk, cost: int, shown: str) -> None:
    desk_world.open_case()
    with desk_world.write() as session:
        offers = session.exec(select(GestureOffer).order_by(col(GestureOffer.rank))).all()
        offers[0].cost_minor = cost
    assert look(desk_world).gestures[0].cost == shown


def test_a_grave_risk_that_comes_later_takes_the_offers_back(desk_world: Desk) -> None:
    assert opened(desk_world).gestures
    desk_world.judge(desk_world.post("p2", "My lawyer will write."), risks=["legal"])
    desk_world.consider()
    view = look(desk_world)
    assert view.gestures == ()
    assert view.draft is None
    assert view.lane_note is not None


def test_reach_changes_no_offer(desk_world: Desk) -> None:
    few = opened(desk_world)
    many = desk_world.post("p9", author_id="u9", author_handle="famous", author_followers=2_000_000)
    desk_world.judge(many)
    desk_world.consider()
    famous = look(desk_world)
    assert famous.followers > few.followers
    assert famous.gestures == few.gestures


def test_without_keys_for_a_channel_a_person_answers_there(desk_world: Desk) -> None:
    desk_world.open_case()
    channels = POLICY.channels.model_copy(update={"reply": ("reddit",)})
    keyless = POLICY.model_copy(update={"channels": channels})
    with desk_world.session() as session:
        assert desk.view(session, POLICY, 1).reply_route == "api"
        assert desk.view(session, keyless, 1).reply_route == "hand"
