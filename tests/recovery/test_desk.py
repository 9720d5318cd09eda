"""What people can do to a case, also twice, in the wrong order and too late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.states import CaseStatus, EventKind, OutboxKind
from recovery import desk
from recovery.refusals import Refused
from recovery.replies.weight import length
from recovery.view import CaseView
from tests.recovery.world import POLICY, Desk

ANA, BEN = "UANA", "UBEN"


def act(world: Desk, name: str, actor: str, **more: object) -> CaseView:
    case = world.case()
    with world.write() as session:
        view: CaseView = getattr(desk, name)(
            session, POLICY, case.id, actor=actor, now=world.now, **more
        )
        return view


def reply(world: Desk, actor: str, text: str = "We are sorry, Kim.", attempt: int = 1) -> CaseView:
    return act(world, "reply", actor, text=text, attempt=attempt)


@pytest.fixture
def world(desk_world: Desk) -> Desk:
    desk_world.open_case()
    return desk_world


def test_a_claim_shows_who_has_it(world: Desk) -> None:
    view = act(world, "claim", ANA)
    assert (view.status, view.owner) == (CaseStatus.CLAIMED, ANA)


def test_the_second_claim_is_told_who_was_first(world: Desk) -> None:
    act(world, "claim", ANA)
    with pytest.raises(Refused, match="<@UANA> has case 1"):
        act(world, "claim", BEN)
    with pytest.raises(Refused, match="You have case 1 already"):
        act(world, "claim", ANA)
    assert world.case().owner == ANA
    assert world.events().count(EventKind.CLAIMED) == 1


def test_release_gives_it_back(world: Desk) -> None:
    act(world, "claim", ANA)
    with pytest.raises(Refused):
        act(world, "release", BEN)
    assert act(world, "release", ANA).owner is None
    with pytest.raises(Refused, match="nothing to give back"):
        act(world, "release", ANA)


def test_a_reply_claims_and_waits_in_the_outbox(world: Desk) -> None:
    view = reply(world, ANA)
    assert (view.owner, view.reply_state, view.attempt) == (ANA, "sending", 2)
    item = next(item for item in world.outbox() if item.kind == OutboxKind.REPLY)
    assert (item.kind, item.payload["text"]) == (OutboxKind.REPLY, "We are sorry, Kim.")


def test_sending_twice_sends_once(world: Desk) -> None:
    reply(world, ANA)
    with pytest.raises(Refused, match="on its way"):
        reply(world, ANA)
    with pytest.raises(Refused, match="<@UANA> has case"):
        reply(world, BEN)
    assert [item.kind for item in world.outbox()].count(OutboxKind.REPLY) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write something"), ("  \n", "Write something"), ("a" * 281, "too long")],
)
def test_a_reply_that_the_channel_would_not_take(world: Desk, text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        reply(world, ANA, text)
    assert world.case().status == CaseStatus.NEW


def test_who_did_not_call_us_is_answered_by_hand(desk_world: Desk) -> None:
    desk_world.judge(desk_world.post("p1", addressed=False))
    desk_world.consider()
    with desk_world.session() as session:
        assert desk.view(session, POLICY, 1).reply_route == "hand"
    with pytest.raises(Refused, match="on the channel itself"):
        reply(desk_world, ANA)
    view = act(desk_world, "answered_by_hand", ANA)
    assert view.status == CaseStatus.ANSWERED
    with pytest.raises(Refused, match="answered already"):
        act(desk_world, "answered_by_hand", ANA)


def test_a_dismissal_and_its_undo(world: Desk) -> None:
    assert act(world, "dismiss", ANA).status == CaseStatus.DISMISSED
    for name in ("claim", "dismiss", "answered_by_hand"):
        with pytest.raises(Refused):
            act(world, name, BEN)
    assert act(world, "reopen", BEN).status == CaseStatus.NEW
    with pytest.raises(Refused, match="no dismissal"):
        act(world, "reopen", BEN)


def test_an_undo_brings_the_deadline_back(world: Desk) -> None:
    due = world.case().due_at
    assert due is not None
    act(world, "dismiss", ANA)
    assert world.case().due_at is None
    world.pass_minutes(5)
    act(world, "reopen", BEN)
    assert world.case().due_at == due


def test_undo_is_refused_when_the_customer_has_a_newer_case(world: Desk) -> None:
    act(world, "dismiss", ANA)
    world.judge(world.post("p2"))
    world.consider()
    with pytest.raises(Refused, match="case 2 open by now"), world.write() as session:
        desk.reopen(session, POLICY, 1, ANA, world.now)


def test_a_case_that_does_not_exist(world: Desk) -> None:
    with pytest.raises(Refused, match="There is no case 99"), world.write() as session:
        desk.claim(session, POLICY, 99, ANA, world.now)


def test_a_refusal_changes_nothing(world: Desk) -> None:
    act(world, "claim", ANA)
    before = (world.case(), world.events(), len(world.outbox()))
    for name in ("claim", "release", "dismiss", "answered_by_hand"):
        with pytest.raises(Refused):
            act(world, name, BEN)
    assert (world.case(), world.events(), len(world.outbox())) == before


@given(st.text(max_size=400))
def test_problems_are_sentences_and_only_where_there_are_some(text: str) -> None:
    found = desk.problems("x", text)
    assert all(problem.endswith(".") for problem in found)
    fits = bool(text.strip()) and length("x", text.strip()) <= 280
    assert (found == []) == fits
