"""Reddit's collectors against the simulated Reddit, and against what the real one answered."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import praw
import pytest
import stamina
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from praw.models import Message
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import select
from structlog.testing import capture_logs

from amends.clients.reddit import reddit_client
from config.settings import RedditSettings
from models.database import reading
from models.tables import Cursor, Customer, Post
from monitor.collectors import CollectError, GapError
from monitor.collectors.reddit import (
    RedditComments,
    RedditInbox,
    RedditSearch,
    RedditSubmissions,
    reddit_collectors,
)
from monitor.collectors.reddit_posts import to_incoming
from playground.reddit import Fault, RedditNetwork, reddit_app
from playground.serving import Served, serve

RECORDED = Path(__file__).parents[4] / "shared/recordings/reddit"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def network() -> RedditNetwork:
    return RedditNetwork(
        "larkline_care", "pw", "id", "secret", ("larkline", "harrowmere"), clock=lambda: NOW
    )


@pytest.fixture
def served(network: RedditNetwork) -> Iterator[Served]:
    served = serve(reddit_app(network))
    yield served
    served.stop()


def settings(url: str, **changes: Any) -> RedditSettings:
    values = {
        "base_url": url,
        "client_id": "id",
        "client_secret": SecretStr("secret"),
        "username": "larkline_care",
        "password": SecretStr("pw"),
        "subreddit": "larkline",
        "search_query": '"larkline"',
        **changes,
    }
    return RedditSettings(**values)


def submissions(url: str, **changes: Any) -> RedditSubmissions:
    asked = settings(url, **changes)
    return RedditSubmissions(reddit_client(asked), asked, "Larkline")


def comments(url: str, **changes: Any) -> RedditComments:
    asked = settings(url, **changes)
    return RedditComments(reddit_client(asked), asked, "Larkline")


def stored(engine: Engine) -> dict[str, Post]:
    with reading(engine) as session:
        return {post.external_id: post for post in session.exec(select(Post))}


def asked_for_things(network: RedditNetwork) -> list[str]:
    return [path for _, path in network.requests if not path.startswith("/api/v1")]


def fill(network: RedditNetwork, count: int, last: datetime = NOW) -> list[str]:
    return [
        network.submit("ann", "larkline", f"T{i}", "late", last - timedelta(minutes=count - i))
        for i in range(count)
    ]


def test_a_submission_becomes_a_post(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    at = NOW - timedelta(minutes=5)
    link = network.submit("ann", "larkline", "Locker ate my parcel", "Door 14 & <co>", at)
    assert submissions(served.url).collect(engine, NOW) == 1
    post = stored(engine)[link]
    assert post.text == "Locker ate my parcel\n\nDoor 14 & <co>"
    assert (post.channel, post.conversation, post.in_reply_to) == ("reddit", link, None)
    assert (post.created_at, post.fetched_at, post.source) == (at, NOW, "reddit.new")
    assert post.url is not None
    assert post.url.startswith("https://www.reddit.com/r/larkline/comments/")
    assert (post.brand, post.by_brand, post.addressed) == ("Larkline", False, True)
    with reading(engine) as session:
        customer = session.get(Customer, post.customer_id)
        assert customer is not None
        assert (customer.external_id, customer.handle) == (network.account("ann").fullname, "ann")


def test_comments_know_their_parents_and_the_brand_its_own(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    link = network.submit("ann", "larkline", "Late", "", NOW - timedelta(minutes=9))
    answer = network.comment("larkline_care", link, "Sorry!", NOW - timedelta(minutes=8))
    thanks = network.comment("ann", answer, "ok", NOW - timedelta(minutes=7))
    assert comments(served.url).collect(engine, NOW) == 2
    posts = stored(engine)
    assert (posts[answer].in_reply_to, posts[thanks].in_reply_to) == (link, answer)
    assert {post.conversation for post in posts.values()} == {link}
    assert (posts[answer].by_brand, posts[answer].customer_id) == (True, None)
    assert not posts[thanks].by_brand


def test_search_finds_other_places_and_sees_who_was_called(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    at = NOW - timedelta(minutes=9)
    quiet = network.submit("ann", "harrowmere", "Larkline again", "late", at)
    called = network.submit("bo", "harrowmere", "Larkline?", "hello /u/Larkline_Care!", at)
    other = network.submit("cy", "harrowmere", "larkline", "not u/larkline_care2", at)
    network.submit("di", "harrowmere", "Weather", "rain", at)
    asked = settings(served.url)
    found = RedditSearch(reddit_client(asked), asked, "Larkline").collect(engine, NOW)
    assert found == 3
    posts = stored(engine)
    assert {key: posts[key].addressed for key in (quiet, called, other)} == {
        quiet: False,
        called: True,
        other: False,
    }


def test_the_inbox_has_what_other_places_say_to_the_brand(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    at = NOW - timedelta(minutes=9)
    link = network.submit("ann", "harrowmere", "Larkline again", "late", at)
    answer = network.comment("larkline_care", link, "Sorry!", at)
    thanks = network.comment("ann", answer, "thank you", at)
    called = network.comment("bo", link, "ask u/larkline_care", at)
    network.comment("cy", link, "same", at)
    asked = settings(served.url)
    inbox = RedditInbox(reddit_client(asked), asked, "Larkline")
    assert [inbox.collect(engine, NOW), inbox.collect(engine, NOW)] == [2, 0]
    posts = stored(engine)
    assert set(posts) == {thanks, called}
    post = posts[thanks]
    assert (post.in_reply_to, post.conversation, post.addressed) == (answer, link, True)
    thing = network.thing(thanks)
    assert thing is not None
    assert post.url == f"https://www.reddit.com{thing.permalink}"


def test_a_private_message_is_no_post(served: Served) -> None:
    asked = settings(served.url)
    message = Message(
        reddit_client(asked),
        {"id": "1", "author": "ann", "body": "psst", "created_utc": 1.0, "was_comment": False},
    )
    assert to_incoming(message, asked, "B", "reddit.inbox") is None


def test_search_and_inbox_are_there_only_where_settings_open_them(served: Served) -> None:
    reddit = reddit_client(settings(served.url))
    with_it = reddit_collectors(reddit, settings(served.url), "B")
    without = reddit_collectors(reddit, settings(served.url, search_query=None), "B")
    only_reads = reddit_collectors(
        reddit, settings(served.url, search_query=None, password=None), "B"
    )
    always = ["reddit.new", "reddit.comments"]
    assert [each.name for each in with_it] == [*always, "reddit.search", "reddit.inbox"]
    assert [each.name for each in without] == [*always, "reddit.inbox"]
    assert [each.name for each in only_reads] == always


def test_every_page_is_read_without_a_request_for_each_item(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 250)
    assert submissions(served.url).collect(engine, NOW) == 250
    assert asked_for_things(network) == ["/r/larkline/new"] * 3


def test_a_second_run_adds_nothing_and_stops_at_what_is_old(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 300, NOW - timedelta(hours=2))
    collector = submissions(served.url)
    assert collector.collect(engine, NOW) == 300
    fill(network, 3)
    network.requests.clear()
    assert collector.collect(engine, NOW) == 3
    assert collector.collect(engine, NOW) == 0
    assert asked_for_things(network) == ["/r/larkline/new"] * 4


def test_what_reddit_shows_late_is_still_found(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 2)
    collector = submissions(served.url)
    collector.collect(engine, NOW)
    network.submit("bo", "larkline", "Held back by a filter", "", NOW - timedelta(minutes=40))
    assert collector.collect(engine, NOW) == 1


def test_an_edit_is_a_new_revision(network: RedditNetwork, served: Served, engine: Engine) -> None:
    (link,) = fill(network, 1)
    collector = submissions(served.url)
    collector.collect(engine, NOW)
    network.edit(link, "resolved, thanks")
    assert collector.collect(engine, NOW) == 0
    assert (stored(engine)[link].revision, stored(engine)[link].text) == (
        2,
        "T0\n\nresolved, thanks",
    )


def test_what_a_deleted_account_wrote_is_not_stored(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 1)
    network.leave("ann")
    kept = network.submit("bo", "larkline", "Late", "", NOW)
    submissions(served.url).collect(engine, NOW)
    assert list(stored(engine)) == [kept]


def test_the_first_run_leaves_old_posts_alone(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 3, NOW - timedelta(days=30))
    collector = submissions(served.url)
    assert [collector.collect(engine, NOW), collector.collect(engine, NOW)] == [0, 0]
    fill(network, 2)
    assert collector.collect(engine, NOW) == 2


def test_what_lies_behind_the_end_of_a_listing_is_told_once(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    network.submit("bo", "larkline", "Seen", "", NOW - timedelta(hours=30))
    collector = submissions(served.url)
    collector.collect(engine, NOW)
    fill(network, 1100)
    words = r"Reddit .* reddit\.new .* between 2026-03-03 06:00 and 2026-03-03 19:20 UTC"
    with capture_logs() as logged, pytest.raises(GapError, match=words):
        collector.collect(engine, NOW)
    assert logged == [
        {
            "event": "Posts are missing.",
            "log_level": "warning",
            "collector": "reddit.new",
            "since": "2026-03-03T06:00:00+00:00",
            "until": "2026-03-03T19:20:00+00:00",
        }
    ]
    assert len(stored(engine)) == 1001
    assert collector.collect(engine, NOW) == 0


def test_a_long_listing_that_reaches_the_last_item_is_no_gap(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    network.submit("bo", "larkline", "Seen", "", NOW - timedelta(hours=30))
    collector = submissions(served.url)
    collector.collect(engine, NOW)
    fill(network, 950)
    assert collector.collect(engine, NOW) == 950


def test_a_fault_that_passes_is_waited_out(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 150)
    network.faults += [
        Fault("/r/larkline/new", status=503),
        Fault("/r/larkline/new", status=429, headers={"retry-after": "1"}),
    ]
    assert submissions(served.url).collect(engine, NOW) == 150


def test_a_break_between_pages_loses_nothing(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    fill(network, 150)
    collector = submissions(served.url)
    listing = RedditNetwork.newest
    calls = 0

    def second_page_breaks(self: RedditNetwork, *args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            network.faults.append(Fault("/r/larkline/new", cut=True, times=3))
        return listing(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RedditNetwork, "newest", second_page_breaks)
        with pytest.raises(CollectError, match="cannot be reached"):
            collector.collect(engine, NOW)
    assert len(stored(engine)) == 100
    with reading(engine) as session:
        assert session.exec(select(Cursor)).all() == []
    assert collector.collect(engine, NOW) == 50


@pytest.mark.parametrize(
    ("changes", "fault", "word"),
    [
        ({"password": SecretStr("no")}, None, "AMENDS_REDDIT__PASSWORD"),
        ({"client_secret": SecretStr("no")}, None, "AMENDS_REDDIT__CLIENT_SECRET"),
        ({"subreddit": "nowhere"}, None, "AMENDS_REDDIT__SUBREDDIT"),
        ({}, Fault("/r/", status=403, times=9), "AMENDS_REDDIT__SUBREDDIT"),
        ({}, Fault("/r/", status=500, times=9), "its own error 500"),
        (
            {},
            Fault("/r/", status=429, headers={"retry-after": "300"}),
            "AMENDS_REDDIT__POLL_SECONDS",
        ),
        ({}, Fault("/r/", status=400, times=9), "AMENDS_REDDIT__SEARCH_QUERY"),
        ({}, Fault("/r/", status=200, body={"kind": "?"}, times=9), "AMENDS_REDDIT__BASE_URL"),
        ({"base_url": "http://127.0.0.1:9"}, None, "AMENDS_REDDIT__BASE_URL"),
    ],
)
def test_an_error_names_what_to_look_at_and_no_secret(
    network: RedditNetwork,
    served: Served,
    engine: Engine,
    changes: dict[str, Any],
    fault: Fault | None,
    word: str,
) -> None:
    network.faults += [fault] if fault else []
    with pytest.raises(CollectError, match=word) as caught:
        submissions(**{"url": served.url, **changes}).collect(engine, NOW)
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


def test_an_inbox_that_stays_shut_names_the_account(
    network: RedditNetwork, served: Served, engine: Engine
) -> None:
    network.faults.append(Fault("/message/inbox", status=403))
    asked = settings(served.url)
    with pytest.raises(CollectError, match="AMENDS_REDDIT__USERNAME"):
        RedditInbox(reddit_client(asked), asked, "Larkline").collect(engine, NOW)


def recorded(name: str) -> Iterator[tuple[Served, list[str]]]:
    """The real answers of one recording, in order, from a server on loopback."""
    path = RECORDED / f"{name}.json"
    if not path.exists():
        pytest.skip("the recorded traffic is not here")
    answers = [
        (each["request"]["uri"], json.loads(each["response"]["body"]["string"]))
        for each in json.loads(path.read_text())["interactions"]
    ]
    app, asked = FastAPI(), []

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    def answer(request: Request, path: str) -> Any:
        asked.append(path)
        for number, (uri, body) in enumerate(answers):
            if urlsplit(uri).path.strip("/") == path.strip("/"):
                return JSONResponse(answers.pop(number)[1] if "token" not in path else body)
        return JSONResponse({"kind": "Listing", "data": {"children": [], "after": None}})

    served = serve(app)
    yield served, asked
    served.stop()


@pytest.fixture
def replay(request: pytest.FixtureRequest) -> Iterator[tuple[Served, list[str]]]:
    yield from recorded(request.param)


READ_ONLY = {"username": None, "password": None}


@pytest.mark.parametrize("replay", ["TestSubredditListings.test_new"], indirect=True)
def test_recorded_submissions_parse(replay: tuple[Served, list[str]], engine: Engine) -> None:
    served, asked = replay
    then = datetime(2016, 3, 1, 8, 39, tzinfo=UTC)
    collector = submissions(served.url, subreddit="askreddit", **READ_ONLY)
    assert collector.collect(engine, then) == 100
    assert set(asked) == {"api/v1/access_token", "r/askreddit/new"}
    posts = stored(engine)
    assert all(post.url and post.text and post.addressed for post in posts.values())
    assert all(key.startswith("t3_") for key in posts)


@pytest.mark.parametrize("replay", ["TestSubredditListings.test_comments"], indirect=True)
def test_recorded_comments_parse(replay: tuple[Served, list[str]], engine: Engine) -> None:
    served, asked = replay
    then = datetime(2016, 7, 4, 0, 30, tzinfo=UTC)
    collector = comments(served.url, subreddit="askreddit", **READ_ONLY)
    assert collector.collect(engine, then) == 100
    assert {path.rstrip("/") for path in asked} == {"api/v1/access_token", "r/askreddit/comments"}
    post = stored(engine)["t1_d4y8bdp"]
    assert (post.in_reply_to, post.conversation) == ("t3_4r4inc", "t3_4r4inc")
    assert post.url == "https://www.reddit.com/comments/4r4inc/_/d4y8bdp/"


@pytest.mark.parametrize("replay", ["TestSubreddit.test_search"], indirect=True)
def test_a_recorded_search_parses(replay: tuple[Served, list[str]], engine: Engine) -> None:
    served, _ = replay
    asked = settings(served.url, **READ_ONLY)
    then = datetime(2008, 1, 1, tzinfo=UTC)
    search = RedditSearch(reddit_client(asked), asked, "B")
    assert search.collect(engine, then) == len(stored(engine)) == 6


@pytest.mark.parametrize("replay", ["TestComment.test_refresh__deleted_comment"], indirect=True)
def test_a_recorded_deleted_comment_is_no_post(
    replay: tuple[Served, list[str]], engine: Engine
) -> None:
    served, _ = replay
    asked = settings(served.url, **READ_ONLY)
    reddit: praw.Reddit = reddit_client(asked)
    (comment,) = reddit.info(fullnames=["t1_d7ltvl0"])
    assert to_incoming(comment, asked, "B", "reddit.comments") is None
