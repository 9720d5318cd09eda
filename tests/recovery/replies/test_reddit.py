"""Replies on Reddit: what arrives, what each failure means, and that nothing arrives twice."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import select

from amends.clients.reddit import reddit_client
from config.settings import RedditSettings
from models.database import reading, writing
from models.states import OutboxKind
from models.tables import Case, Customer, OutboxItem, Post
from playground.reddit import Fault, RedditNetwork, reddit_app
from playground.serving import Served, serve
from recovery.outbox import Letter, OutcomeUnknown, SendError, SendRefused
from recovery.replies.reddit import Answered, RedditReplies

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def network() -> RedditNetwork:
    return RedditNetwork("care", "pw", "id", "secret", ("larkline",), clock=lambda: NOW)


@pytest.fixture
def served(network: RedditNetwork) -> Iterator[Served]:
    served = serve(reddit_app(network))
    yield served
    served.stop()


@pytest.fixture
def link(network: RedditNetwork) -> str:
    return network.submit("ann", "larkline", "Late", "again", NOW - timedelta(hours=1))


def sender(url: str, **changes: Any) -> RedditReplies:
    values: dict[str, Any] = {
        "base_url": url,
        "client_id": "id",
        "client_secret": SecretStr("secret"),
        "username": "care",
        "password": SecretStr("pw"),
        "subreddit": "larkline",
        **changes,
    }
    settings = RedditSettings(**values)
    return RedditReplies(reddit_client(settings), settings)


def letter(fullname: str, text: str = "So sorry, Ann.", at: datetime = NOW) -> Letter:
    return Letter("reply:1:1", "reply", 1, {"post_id": 1, "text": text}, at, 1, Answered(fullname))


def written(network: RedditNetwork) -> list[tuple[str | None, str]]:
    return [(each.parent, each.text) for each in network.newest(comments=True)]


def queued(engine: Engine, fullname: str) -> int:
    """An answered post and the outbox item of its reply; returns the item's id."""
    with writing(engine) as session:
        customer = Customer(channel="reddit", external_id="t2_a", first_seen_at=NOW)
        session.add(customer)
        session.flush()
        post = Post(
            channel="reddit",
            external_id=fullname,
            customer_id=customer.id,
            text="Late",
            created_at=NOW,
            conversation=fullname,
            brand="Larkline",
            source="reddit.new",
            fetched_at=NOW,
        )
        assert customer.id is not None
        case = Case(
            customer_id=customer.id,
            matter="m",
            channel="reddit",
            urgency="normal",
            category="delay",
            anger=1,
            severity=1,
            risks=[],
            opened_at=NOW,
            last_customer_at=NOW,
        )
        session.add_all([post, case])
        session.flush()
        assert case.id is not None
        item = OutboxItem(
            key="reply:1:1",
            kind=OutboxKind.REPLY,
            case_id=case.id,
            payload={"post_id": post.id, "text": "So sorry, Ann."},
            created_at=NOW,
            not_before=NOW,
        )
        session.add(item)
        session.flush()
        assert item.id is not None
        return item.id


def test_a_reply_stands_below_the_submission_or_the_comment(
    network: RedditNetwork, served: Served, link: str
) -> None:
    comment = network.comment("bo", link, "same", NOW - timedelta(minutes=5))
    replies = sender(served.url)
    for fullname in (link, comment):
        receipt = replies.send(letter(fullname))
        thing = network.thing(receipt.external_id)
        assert thing is not None
        assert (thing.parent, thing.text, thing.author.name) == (fullname, "So sorry, Ann.", "care")
        assert receipt.data["url"].endswith(f"/{receipt.external_id.removeprefix('t1_')}/")


def test_sending_asks_reddit_once(network: RedditNetwork, served: Served, link: str) -> None:
    sender(served.url).send(letter(link))
    assert network.requests == [("POST", "/api/v1/access_token"), ("POST", "/api/comment")]


def test_what_was_sent_is_found_and_nothing_else(
    network: RedditNetwork, served: Served, link: str
) -> None:
    other = network.submit("bo", "larkline", "Other", "", NOW)
    replies = sender(served.url)
    assert replies.find(letter(link)) is None
    sent = replies.send(letter(link, "So sorry,  Ann.\nWe & <you>"))
    assert replies.find(letter(link, "So sorry, Ann. We & <you>")) == sent
    assert replies.find(letter(link, "Something else")) is None
    assert replies.find(letter(other, "So sorry, Ann. We & <you>")) is None


def test_an_earlier_reply_of_the_same_words_is_not_this_one(
    network: RedditNetwork, served: Served, link: str
) -> None:
    network.comment("care", link, "So sorry, Ann.", NOW - timedelta(minutes=30))
    assert sender(served.url).find(letter(link)) is None


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/api/comment", cut=True, applied=True),
        Fault("/api/comment", status=503, applied=True),
        Fault("/api/comment", status=200, body={"json": {}}, applied=True),
    ],
)
def test_a_lost_answer_is_asked_for_and_found(
    network: RedditNetwork, served: Served, link: str, fault: Fault
) -> None:
    network.faults.append(fault)
    replies = sender(served.url)
    with pytest.raises(OutcomeUnknown):
        replies.send(letter(link))
    assert written(network) == [(link, "So sorry, Ann.")]
    found = replies.find(letter(link))
    assert found is not None
    assert network.thing(found.external_id) is not None


def test_a_request_that_was_cut_before_it_arrived_is_not_found(
    network: RedditNetwork, served: Served, link: str
) -> None:
    network.faults.append(Fault("/api/comment", cut=True))
    replies = sender(served.url)
    with pytest.raises(OutcomeUnknown):
        replies.send(letter(link))
    assert replies.find(letter(link)) is None


def test_a_server_that_is_not_there_has_taken_nothing(link: str) -> None:
    with pytest.raises(SendError, match="AMENDS_REDDIT__BASE_URL") as caught:
        sender("http://127.0.0.1:9").send(letter(link))
    assert not isinstance(caught.value, OutcomeUnknown)


def test_a_server_that_goes_after_the_sign_in_has_taken_nothing(
    network: RedditNetwork, served: Served, link: str
) -> None:
    replies = sender(served.url)
    assert replies.find(letter(link)) is None
    served.stop()
    with pytest.raises(SendError):
        replies.send(letter(link))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"password": SecretStr("no")}, None),
        ({"client_secret": SecretStr("no")}, None),
        ({}, Fault("/api/v1/access_token", status=503)),
        ({}, Fault("/api/v1/access_token", cut=True)),
        ({}, Fault("/api/comment", status=429, headers={"retry-after": "7"})),
    ],
)
def test_what_fails_before_the_comment_is_tried_again(
    network: RedditNetwork, served: Served, link: str, changes: Any, fault: Fault | None
) -> None:
    network.faults += [fault] if fault else []
    with pytest.raises(SendError) as caught:
        sender(served.url, **changes).send(letter(link))
    assert not isinstance(caught.value, OutcomeUnknown)
    assert written(network) == []
    if fault is not None and fault.status == 429:
        assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("message", "wait"),
    [
        ("Take a break for 9 seconds before trying again.", timedelta(seconds=9)),
        (
            "Looks like you've been doing that a lot. Take a break for 5 minutes",
            timedelta(minutes=5),
        ),
        ("Take a break.", None),
    ],
)
def test_a_break_that_reddit_asks_for_is_taken(
    network: RedditNetwork, served: Served, link: str, message: str, wait: timedelta | None
) -> None:
    errors = {"json": {"errors": [["RATELIMIT", message, "ratelimit"]]}}
    network.faults.append(Fault("/api/comment", status=200, body=errors))
    with pytest.raises(SendError, match="only so often") as caught:
        sender(served.url).send(letter(link))
    assert caught.value.retry_after == wait


def test_a_locked_thread_is_never_tried_again(
    network: RedditNetwork, served: Served, link: str
) -> None:
    network.lock(link)
    with pytest.raises(SendRefused, match="locked"):
        sender(served.url).send(letter(link))


def test_what_the_customer_deleted_needs_no_answer(
    network: RedditNetwork, served: Served, link: str
) -> None:
    comment = network.comment("bo", link, "same", NOW)
    network.delete(comment)
    network.delete(link)
    for fullname in (comment, link):
        with pytest.raises(SendRefused, match="needs no answer"):
            sender(served.url).send(letter(fullname))


def test_a_subreddit_that_banned_the_brand_is_told(
    network: RedditNetwork, served: Served, link: str
) -> None:
    network.banned_from.add("larkline")
    with pytest.raises(SendRefused, match="u/care"):
        sender(served.url).send(letter(link))


def test_a_post_that_is_not_reddits_is_refused(served: Served) -> None:
    with pytest.raises(SendRefused, match="by hand"):
        sender(served.url).send(letter("365595"))


def test_a_question_that_fails_can_be_asked_again(
    network: RedditNetwork, served: Served, link: str
) -> None:
    network.faults += [
        Fault("/user/care/comments", status=503),
        Fault("/user/care/comments", cut=True),
        Fault("/user/care/comments", status=403),
        Fault("/user/care/comments", status=200, body={"kind": "?"}),
    ]
    replies = sender(served.url)
    for _ in range(4):
        with pytest.raises(SendError):
            replies.find(letter(link))
    assert replies.find(letter(link)) is None


def test_the_reply_is_kept_as_the_brands_post(
    network: RedditNetwork, served: Served, engine: Engine, link: str
) -> None:
    replies = sender(served.url)
    item_id = queued(engine, link)
    with writing(engine) as session:
        item = session.get_one(OutboxItem, item_id)
        context = replies.prepare(session, item)
    assert context == Answered(link)
    receipt = replies.send(letter(context.fullname))
    for _ in range(2):
        with writing(engine) as session:
            replies.settle(session, session.get_one(OutboxItem, item_id), receipt, NOW)
    with reading(engine) as session:
        (post,) = session.exec(select(Post).where(Post.by_brand)).all()
    assert (post.external_id, post.text) == (receipt.external_id, "So sorry, Ann.")
    assert (post.in_reply_to, post.conversation, post.brand) == (link, link, "Larkline")
    assert (post.pending, post.customer_id, post.created_at) == (False, None, NOW)
    assert post.url == receipt.data["url"]


def test_a_post_that_is_gone_is_not_answered(served: Served, engine: Engine, link: str) -> None:
    item_id = queued(engine, link)
    with writing(engine) as session:
        item = session.get_one(OutboxItem, item_id)
        item.payload = {**item.payload, "post_id": 99}
        with pytest.raises(SendRefused, match="no longer here"):
            sender(served.url).prepare(session, item)
