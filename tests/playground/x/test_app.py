"""The simulated X answers tweepy, and refuses what X refuses."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
import tweepy

from amends.clients.x import x_reader, x_writer
from config.settings import XSettings
from playground.x import Fault, XNetwork

FIELDS: dict[str, Any] = {
    "tweet_fields": ["created_at", "entities", "note_tweet", "referenced_tweets"],
    "expansions": ["author_id", "referenced_tweets.id"],
    "user_fields": ["public_metrics"],
}


@pytest.fixture
def reader(x_settings: XSettings) -> tweepy.Client:
    return x_reader(x_settings)


@pytest.fixture
def writer(x_settings: XSettings) -> tweepy.Client:
    return x_writer(x_settings)


def ids(body: dict[str, Any]) -> list[str]:
    return [post["id"] for post in body.get("data", [])]


def test_pages_of_mentions_newest_first(
    x_state: XNetwork, reader: tweepy.Client, now: datetime
) -> None:
    wanted = [
        x_state.add("222", f"@larkline number {n}", now + timedelta(seconds=n)).id
        for n in range(12)
    ]
    x_state.add("222", "nothing to do with larkline", now)
    x_state.add("111", "@larkline ourselves", now)
    first = reader.get_users_mentions("111", max_results=5)
    assert ids(first) == wanted[:6:-1]
    assert first["meta"]["newest_id"] == wanted[-1]
    seen, token = ids(first), first["meta"]["next_token"]
    while token:
        page = reader.get_users_mentions("111", max_results=5, pagination_token=token)
        seen += ids(page)
        token = page["meta"].get("next_token")
    assert seen == wanted[::-1]


def test_bounds(x_state: XNetwork, reader: tweepy.Client, now: datetime) -> None:
    a, b, c = (
        x_state.add("222", f"@larkline {n}", now + timedelta(minutes=n)).id for n in range(3)
    )
    assert ids(reader.get_users_mentions("111", since_id=a)) == [c, b]
    assert ids(reader.get_users_mentions("111", until_id=b)) == [a]
    later = now + timedelta(minutes=1)
    assert ids(reader.get_users_mentions("111", start_time=later)) == [c, b]
    assert ids(reader.get_users_mentions("111", end_time=later)) == [a]
    empty = reader.get_users_mentions("111", since_id=c)
    assert empty == {"meta": {"result_count": 0}}


def test_fields_are_shown_when_asked_for(
    x_state: XNetwork, reader: tweepy.Client, now: datetime
) -> None:
    words = "@larkline " + "so very long " * 30
    first = x_state.add("222", words, now)
    answer = x_state.add("111", "Sorry & thanks http://larkline.example/a", now, reply_to=first.id)
    bare = reader.get_tweet(first.id)["data"]
    assert set(bare) == {"id", "text", "edit_history_tweet_ids"}
    assert len(bare["text"]) == 280
    assert bare["text"].endswith("…")
    body = reader.get_tweets([first.id, answer.id, "5"], **FIELDS)
    long, short = body["data"]
    assert long["note_tweet"]["text"] == words
    assert long["entities"]["mentions"][0]["id"] == "111"
    assert short["text"].startswith("@ann_fell Sorry &amp; thanks https://t.co/")
    assert short["entities"]["urls"][0]["expanded_url"] == "http://larkline.example/a"
    assert short["referenced_tweets"] == [{"type": "replied_to", "id": first.id}]
    assert {user["username"] for user in body["includes"]["users"]} == {"ann_fell", "larkline"}
    assert [post["id"] for post in body["includes"]["tweets"]] == [first.id]
    assert body["errors"][0]["resource_id"] == "5"


def test_an_edit_has_a_new_id_and_a_history(
    x_state: XNetwork, reader: tweepy.Client, now: datetime
) -> None:
    old = x_state.add("222", "@larkline lat", now)
    new = x_state.edit(old.id, "@larkline late", now)
    for each in (old.id, new.id):
        post = reader.get_tweet(each)["data"]
        assert post["edit_history_tweet_ids"] == [old.id, new.id]
        assert post["text"] == "@larkline late"


def test_search(x_state: XNetwork, reader: tweepy.Client, now: datetime) -> None:
    late = x_state.add("222", "the night bus is late", now).id
    x_state.add("333", "what a night", now)
    x_state.add("333", "the night bus, long ago", now - timedelta(days=8))
    assert ids(reader.search_recent_tweets('"night bus" -from:bob_quay')) == [late]
    with pytest.raises(tweepy.BadRequest, match="invalid operator 'place'"):
        reader.search_recent_tweets("bus place:berlin")
    with pytest.raises(tweepy.BadRequest, match="must be a tweet id created after"):
        reader.search_recent_tweets("bus", since_id="5")
    with pytest.raises(tweepy.BadRequest, match="'start_time' must be on or after"):
        reader.search_recent_tweets("bus", start_time=now - timedelta(days=8))


def test_accounts(reader: tweepy.Client, writer: tweepy.Client) -> None:
    assert writer.get_me()["data"]["username"] == "larkline"
    assert reader.get_user(username="Ann_Fell")["data"]["id"] == "222"
    assert reader.get_user(username="nobody")["errors"][0]["value"] == "nobody"
    assert reader.get_user(id="222")["data"]["username"] == "ann_fell"
    assert reader.get_user(id="999")["errors"][0]["value"] == "999"


def test_a_reply_reaches_the_listener(
    x_state: XNetwork, writer: tweepy.Client, now: datetime
) -> None:
    heard: list[tuple[Any, ...]] = []
    x_state.on_reply = lambda *what: heard.append(what)
    post = x_state.add("222", "@larkline help", now)
    answer = writer.create_tweet(text="We are on it", in_reply_to_tweet_id=post.id)["data"]
    assert heard == [("x", post.id, answer["id"], now)]
    stored = x_state.tweet(answer["id"])
    assert stored is not None
    assert (stored.text, stored.reply_to) == ("@ann_fell We are on it", post.id)
    assert stored.conversation_id == post.id
    assert writer.delete_tweet(answer["id"])["data"] == {"deleted": True}
    assert x_state.tweet(answer["id"]) is None


def test_replies_that_x_forbids(x_state: XNetwork, writer: tweepy.Client, now: datetime) -> None:
    unasked = x_state.add("222", "larkline is late", now)
    with pytest.raises(tweepy.Forbidden, match="not been mentioned"):
        writer.create_tweet(text="Sorry", in_reply_to_tweet_id=unasked.id)
    with pytest.raises(tweepy.Forbidden, match="deleted or not visible"):
        writer.create_tweet(text="Sorry", in_reply_to_tweet_id="5")
    ours = x_state.add("111", "Good service today", now)
    quote = x_state.add("333", "good service, they say", now, quoted=ours.id)
    asked = x_state.add("222", "@larkline hm", now)
    for post in (quote, asked):
        writer.create_tweet(text="Sorry", in_reply_to_tweet_id=post.id)
    with pytest.raises(tweepy.Forbidden, match="duplicate"):
        writer.create_tweet(text="Sorry", in_reply_to_tweet_id=asked.id)


@pytest.mark.parametrize(
    "key", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]
)
def test_a_wrong_key_does_not_sign(x_state: XNetwork, writer: tweepy.Client, key: str) -> None:
    setattr(writer, key, "wrong")
    with pytest.raises(tweepy.Unauthorized):
        writer.create_tweet(text="Sorry")
    assert x_state.tweets() == []


def test_who_may_do_what(reader: tweepy.Client, x_settings: XSettings) -> None:
    with pytest.raises(tweepy.Forbidden, match="Application-Only"):
        reader.create_tweet(text="Sorry", user_auth=False)
    reader.bearer_token = "wrong"
    with pytest.raises(tweepy.Unauthorized):
        reader.get_users_mentions("111")
    assert requests.get(f"{x_settings.base_url}/2/tweets/5", timeout=5).status_code == 401


def test_a_signed_request_is_taken_once(x_settings: XSettings, writer: tweepy.Client) -> None:
    sent: list[requests.PreparedRequest] = []
    writer.session.hooks["response"].append(lambda answer, **_: sent.append(answer.request))
    writer.get_me()
    with requests.Session() as session:
        assert session.send(sent[0], timeout=5).status_code == 401


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/2/users/111/mentions?max_results=4", "max_results"),
        ("/2/users/111/mentions?since_id=x", "since_id"),
        ("/2/users/111/mentions?start_time=today", "start_time"),
        ("/2/users/111/mentions?pagination_token=!", "pagination_token"),
        ("/2/users/111/mentions?tweet.fields=mood", "tweet.fields"),
        ("/2/users/111/mentions?colour=red", "colour"),
        ("/2/users/larkline/mentions", "id"),
        ("/2/tweets?ids=", "ids"),
    ],
)
def test_wrong_parameters(x_settings: XSettings, path: str, parameter: str) -> None:
    assert x_settings.bearer_token is not None
    header = {"Authorization": f"Bearer {x_settings.bearer_token.get_secret_value()}"}
    answer = requests.get(x_settings.base_url + path, headers=header, timeout=5)
    assert answer.status_code == 400
    assert list(answer.json()["errors"][0]["parameters"]) == [parameter]


def test_the_rate_limit(x_state: XNetwork, reader: tweepy.Client, now: datetime) -> None:
    x_state.limit = 2
    for _ in range(2):
        reader.get_users_mentions("111")
    with pytest.raises(tweepy.TooManyRequests) as raised:
        reader.get_users_mentions("111")
    assert raised.value.reset_time > now.timestamp()
    assert raised.value.response.headers["x-rate-limit-remaining"] == "0"
    reader.get_users_tweets("111")


def test_faults(x_state: XNetwork, writer: tweepy.Client) -> None:
    x_state.faults += [
        Fault(503, method="POST"),
        Fault("reset", method="POST"),
        Fault("reset", applied=True, method="POST"),
    ]
    writer.get_me()
    with pytest.raises(tweepy.TwitterServerError):
        writer.create_tweet(text="one")
    with pytest.raises(requests.ConnectionError):
        writer.create_tweet(text="two")
    assert x_state.tweets() == []
    with pytest.raises(requests.ConnectionError):
        writer.create_tweet(text="three")
    assert [tweet.text for tweet in x_state.tweets()] == ["three"]
    writer.create_tweet(text="four")
