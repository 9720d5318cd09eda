"""Replies on X: sent once, whatever the connection does."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import select

from amends.clients.x import x_reader, x_writer
from config.settings import XSettings
from models.database import reading, writing
from models.tables import OutboxItem, Post
from monitor.collectors.x import XMentions, XOwn
from playground.x import Fault, XNetwork
from recovery.outbox import Letter, OutcomeUnknown, Receipt, SendError, SendRefused
from recovery.replies.x import XReplies, comparable

WORDS = "Sorry & thanks, see https://larkline.example/help?a=1&b=2"


@pytest.fixture
def sender(x_settings: XSettings) -> XReplies:
    return XReplies(x_writer(x_settings), x_settings)


@pytest.fixture
def item(x_state: XNetwork, x_settings: XSettings, engine: Engine, now: datetime) -> OutboxItem:
    """A reply to a complaint that was collected; not stored, the sender reads its payload only."""
    x_state.add("222", "@larkline late again", now - timedelta(minutes=5))
    XMentions(x_reader(x_settings), x_settings, "Larkline").collect(engine, now)
    with reading(engine) as session:
        post = session.exec(select(Post)).one()
    return OutboxItem(
        key="case:1:reply:1",
        kind="reply",
        case_id=1,
        payload={"post_id": post.id, "text": WORDS, "channel": "x", "actor": "U1"},
        created_at=now,
        not_before=now,
    )


@pytest.fixture
def letter(sender: XReplies, item: OutboxItem, engine: Engine) -> Letter:
    with reading(engine) as session:
        context = sender.prepare(session, item)
    return Letter(item.key, item.kind, 1, dict(item.payload), item.created_at, 1, context)


def replies(state: XNetwork) -> list[str]:
    return [tweet.text for tweet in state.tweets() if tweet.author_id == "111"]


def test_a_reply_stands_under_the_post(x_state: XNetwork, sender: XReplies, letter: Letter) -> None:
    assert sender.find(letter) is None
    receipt = sender.send(letter)
    stored = x_state.tweet(receipt.external_id)
    assert stored is not None
    assert (stored.reply_to, stored.text) == (letter.context.external_id, f"@ann_fell {WORDS}")
    found = sender.find(letter)
    assert found is not None
    assert found.external_id == receipt.external_id


def test_find_takes_neither_other_words_nor_another_post(
    x_state: XNetwork, sender: XReplies, letter: Letter, now: datetime
) -> None:
    other = x_state.add("333", "@larkline and me", now)
    x_state.add("111", WORDS, now, reply_to=other.id)
    x_state.add("111", "Sorry", now, reply_to=letter.context.external_id)
    assert sender.find(letter) is None
    wanted = x_state.add("111", WORDS, now, reply_to=letter.context.external_id)
    for number in range(120):
        x_state.add("111", f"Something else {number}", now)
    assert sender.find(letter) == Receipt(
        wanted.id, {"created_at": now.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    )


@pytest.mark.parametrize("fault", [Fault("reset", applied=True), Fault(503, applied=True)])
def test_a_reply_of_unknown_outcome_is_found_and_not_repeated(
    x_state: XNetwork, sender: XReplies, letter: Letter, fault: Fault
) -> None:
    x_state.faults.append(fault)
    with pytest.raises(OutcomeUnknown, match="whether it arrived"):
        sender.send(letter)
    assert len(replies(x_state)) == 1
    found = sender.find(letter)
    assert found is not None
    # Even sent again it stands once: X refuses the same words, and the first is recognised.
    assert sender.send(letter).external_id == found.external_id
    assert len(replies(x_state)) == 1


@pytest.mark.parametrize("kind", ["reset", 500, 503])
def test_an_unknown_outcome_that_did_not_arrive_is_sent_again(
    x_state: XNetwork, sender: XReplies, letter: Letter, kind: str | int
) -> None:
    x_state.faults.append(Fault(kind))  # type: ignore[arg-type]  # parametrize forgets literals
    with pytest.raises(OutcomeUnknown):
        sender.send(letter)
    assert sender.find(letter) is None
    sender.send(letter)
    assert len(replies(x_state)) == 1


def test_errors_before_anything_was_sent_may_be_tried_again(
    x_state: XNetwork, x_settings: XSettings, letter: Letter, sender: XReplies
) -> None:
    nowhere = x_settings.model_copy(update={"base_url": "http://127.0.0.1:9"})
    with pytest.raises(SendError, match="AMENDS_X__BASE_URL") as refused:
        XReplies(x_writer(nowhere), nowhere).send(letter)
    assert not isinstance(refused.value, OutcomeUnknown)
    x_state.faults.append(Fault(401))
    with pytest.raises(SendError, match="AMENDS_X__ACCESS_TOKEN") as unknown:
        sender.send(letter)
    assert not isinstance(unknown.value, OutcomeUnknown)
    assert replies(x_state) == []


def test_a_rate_limit_says_when(x_state: XNetwork, sender: XReplies, letter: Letter) -> None:
    real = datetime.now().astimezone()
    x_state.clock = lambda: real
    x_state.faults.append(Fault(429))
    with pytest.raises(SendError, match="429") as raised:
        sender.send(letter)
    assert not isinstance(raised.value, OutcomeUnknown)
    assert raised.value.retry_after is not None
    assert timedelta(minutes=14) < raised.value.retry_after <= timedelta(minutes=15, seconds=2)


def test_what_x_forbids_is_not_tried_again(
    x_state: XNetwork, sender: XReplies, letter: Letter, now: datetime
) -> None:
    x_state.edit(letter.context.external_id, "late again, all of you", now)
    with pytest.raises(SendRefused, match=r"not been mentioned.*by hand"):
        sender.send(letter)
    gone = x_state.tweet(letter.context.external_id)
    assert gone is not None
    del x_state._tweets[gone.id]
    with pytest.raises(SendRefused, match="deleted or not visible"):
        sender.send(letter)


def test_the_same_words_to_the_same_person_are_refused(
    x_state: XNetwork, sender: XReplies, letter: Letter, now: datetime
) -> None:
    other = x_state.add("222", "@larkline another matter", now)
    x_state.add("111", WORDS, now, reply_to=other.id)
    with pytest.raises(SendRefused, match="Change the words"):
        sender.send(letter)


def test_asking_fails_in_plain_words(x_state: XNetwork, sender: XReplies, letter: Letter) -> None:
    x_state.faults.append(Fault("reset"))
    with pytest.raises(SendError, match="cannot be reached"):
        sender.find(letter)


def test_the_reply_is_kept_as_the_brands_post(
    x_state: XNetwork,
    x_settings: XSettings,
    sender: XReplies,
    item: OutboxItem,
    letter: Letter,
    engine: Engine,
    now: datetime,
) -> None:
    receipt = sender.send(letter)
    with writing(engine) as session:
        sender.settle(session, item, receipt, now)
    own = XOwn(x_reader(x_settings), x_settings, "Larkline")
    assert own.collect(engine, now) == 0
    with reading(engine) as session:
        reply = session.exec(select(Post).where(Post.by_brand)).one()
        complaint = session.get_one(Post, item.payload["post_id"])
    assert (reply.external_id, reply.brand) == (receipt.external_id, "Larkline")
    assert (reply.in_reply_to, reply.conversation) == (
        complaint.external_id,
        complaint.conversation,
    )
    assert (reply.pending, reply.revision, reply.customer_id) == (False, 1, None)
    assert reply.url == f"https://x.com/larkline/status/{receipt.external_id}"


def test_a_faster_collector_leaves_nothing_to_keep(
    x_settings: XSettings,
    sender: XReplies,
    item: OutboxItem,
    letter: Letter,
    engine: Engine,
    now: datetime,
) -> None:
    receipt = sender.send(letter)
    assert XOwn(x_reader(x_settings), x_settings, "Larkline").collect(engine, now) == 1
    with writing(engine) as session:
        sender.settle(session, item, receipt, now)
    with reading(engine) as session:
        assert len(session.exec(select(Post).where(Post.by_brand)).all()) == 1


def test_a_post_that_is_gone_is_not_answered(
    sender: XReplies, item: OutboxItem, engine: Engine
) -> None:
    item.payload = {**item.payload, "post_id": 99}
    with reading(engine) as session, pytest.raises(SendRefused, match="no longer here"):
        sender.prepare(session, item)


@given(
    st.lists(
        st.sampled_from(
            ["sorry.", "&", "<3", "https://a.example/x?y=1&z=2", "(larkline.travel).", "é", "@me"]
        )
    )
)
def test_words_are_recognised_after_x_has_changed_them(words: list[str]) -> None:
    sent = "Hello " + " ".join(words)
    shown = "@ann_fell " + sent
    for link in ("https://a.example/x?y=1&z=2", "larkline.travel"):
        shown = shown.replace(link, "https://t.co/1a2b3c")
    escaped = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert comparable(escaped) == comparable(sent)
