"""Collectors of X against the simulated X, and against recorded traffic where it is at hand."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina
import yaml
from sqlalchemy import Engine
from sqlmodel import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from amends.clients.x import x_reader
from config.settings import XSettings
from models.database import reading
from models.tables import Cursor, Customer, Post
from monitor.collectors import CollectError, GapError
from monitor.collectors.x import XMentions, XOwn, XSearch
from monitor.collectors.x_posts import to_incoming
from playground.serving import serve
from playground.x import Fault, XNetwork

RECORDINGS = Path(__file__).parents[4] / "shared" / "recordings" / "x"


@pytest.fixture(autouse=True)
def _no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=3)
    yield
    stamina.set_testing(False)


@pytest.fixture
def mentions(x_settings: XSettings) -> XMentions:
    settings = x_settings.model_copy(update={"page_size": 10})
    return XMentions(x_reader(settings), settings, "Larkline")


def posts(engine: Engine) -> list[Post]:
    with reading(engine) as session:
        return list(session.exec(select(Post).order_by(Post.external_id)).all())


def cursor(engine: Engine, name: str) -> str | None:
    with reading(engine) as session:
        found = session.get(Cursor, name)
        return found.value if found is not None else None


def standing(at: datetime) -> Callable[[], datetime]:
    return lambda: at


def test_every_page_is_stored_before_the_cursor_moves(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    made = [x_state.add("222", f"@larkline {n}", now - timedelta(hours=1)).id for n in range(25)]
    assert mentions.collect(engine, now) == 25
    assert [post.external_id for post in posts(engine)] == made
    assert cursor(engine, "x.mentions") == made[-1]
    assert mentions.collect(engine, now) == 0
    late = x_state.add("333", "@larkline late", now).id
    assert mentions.collect(engine, now) == 1
    assert cursor(engine, "x.mentions") == late


def test_a_run_cut_off_in_the_middle_loses_and_repeats_nothing(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    first = x_state.add("222", "@larkline first", now - timedelta(hours=2)).id
    mentions.collect(engine, now)
    for n in range(25):
        x_state.add("222", f"@larkline {n}", now - timedelta(hours=1))
    read = mentions._fetch

    def second_page_fails(bounds: dict[str, Any], token: str | None) -> dict[str, Any]:
        if token is not None:
            x_state.faults += [Fault(503)] * 3
        return read(bounds, token)

    mentions._fetch = second_page_fails  # type: ignore[method-assign]  # breaks X mid-run
    with pytest.raises(CollectError, match="503 again and again"):
        mentions.collect(engine, now)
    assert len(posts(engine)) == 11
    assert cursor(engine, "x.mentions") == first
    mentions._fetch = read  # type: ignore[method-assign]  # X is well again
    assert mentions.collect(engine, now) == 15
    assert len(posts(engine)) == 26
    assert {post.revision for post in posts(engine)} == {1}


def test_the_first_run_reads_two_days(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    x_state.add("222", "@larkline old", now - timedelta(days=3))
    x_state.add("222", "@larkline new", now - timedelta(days=1))
    assert mentions.collect(engine, now) == 1


def test_a_post_that_the_index_shows_late_is_read(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    late = x_state.add("222", "@larkline late in the index", now - timedelta(seconds=50))
    x_state.add("333", "@larkline seen first", now - timedelta(seconds=20))
    hidden = x_state._tweets.pop(late.id)
    assert mentions.collect(engine, now) == 1
    x_state._tweets[late.id] = hidden
    assert mentions.collect(engine, now) == 1


def test_what_is_kept_of_a_post(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    words = "@larkline cold &amp; late <3 https://fell.example/p?a=1&copy=2 " + "so long " * 40
    at = now - timedelta(minutes=9)
    first = x_state.add("222", words, at)
    second = x_state.add("222", "@larkline hello?", at, reply_to=first.id)
    mentions.collect(engine, now)
    long, reply = posts(engine)
    assert long.text == words
    assert (long.created_at, long.conversation, long.in_reply_to) == (at, first.id, None)
    assert long.url == f"https://x.com/ann_fell/status/{first.id}"
    assert (long.channel, long.brand, long.source) == ("x", "Larkline", "x.mentions")
    assert (long.addressed, long.by_brand, long.pending) == (True, False, True)
    assert (reply.in_reply_to, reply.conversation) == (first.id, first.id)
    assert second.id == reply.external_id
    with reading(engine) as session:
        customer = session.get_one(Customer, long.customer_id)
    assert (customer.external_id, customer.handle, customer.followers) == ("222", "ann_fell", 12)


def test_an_edit_is_a_revision_of_the_same_post(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    old = x_state.add("222", "@larkline lat", now)
    mentions.collect(engine, now)
    x_state.edit(old.id, "@larkline late", now)
    assert mentions.collect(engine, now) == 0
    (post,) = posts(engine)
    assert (post.external_id, post.text, post.revision) == (old.id, "@larkline late", 2)


def test_search_reads_what_mentions_do_not(
    x_state: XNetwork, x_settings: XSettings, engine: Engine, now: datetime
) -> None:
    settings = x_settings.model_copy(update={"search_query": "larkline -is:retweet"})
    search = XSearch(x_reader(settings), settings, "Larkline")
    ours = x_state.add("111", "Larkline runs well today", now)
    x_state.add("222", "larkline is late", now)
    x_state.add("333", "larkline, well?", now, quoted=ours.id)
    for n in range(105):
        x_state.add("222", f"larkline {n}", now)
    assert search.collect(engine, now) == 108
    own, plain, quote, *_ = posts(engine)
    assert (own.by_brand, own.customer_id) == (True, None)
    assert (plain.by_brand, plain.addressed) == (False, False)
    assert quote.addressed
    assert search.collect(engine, now) == 0


def test_a_cursor_that_search_no_longer_takes(
    x_state: XNetwork, x_settings: XSettings, engine: Engine, now: datetime
) -> None:
    settings = x_settings.model_copy(update={"search_query": "larkline"})
    search = XSearch(x_reader(settings), settings, "Larkline")
    x_state.add("222", "larkline is late", now)
    search.collect(engine, now)
    later = now + timedelta(days=30)
    x_state.clock = lambda: later
    x_state.add("222", "larkline is late still", later - timedelta(days=6))
    new = x_state.add("222", "larkline is late again", later)
    words = r"X .* x\.search .* between 2026-03-04 12:00 and 2026-03-27 12:05 UTC"
    with pytest.raises(GapError, match=words):
        search.collect(engine, later)
    assert len(posts(engine)) == 3
    assert cursor(engine, "x.search") == new.id
    assert search.collect(engine, later) == 0


def test_a_gap_is_told_once_where_nothing_came_after_it(
    x_state: XNetwork, x_settings: XSettings, engine: Engine, now: datetime
) -> None:
    settings = x_settings.model_copy(update={"search_query": "larkline"})
    search = XSearch(x_reader(settings), settings, "Larkline")
    x_state.add("222", "larkline is late", now)
    search.collect(engine, now)
    for days, told in ((30, True), (30, False), (31, False)):
        later = now + timedelta(days=days)
        x_state.clock = standing(later)
        if told:
            with pytest.raises(GapError):
                search.collect(engine, later)
        else:
            assert search.collect(engine, later) == 0


def test_a_quiet_month_is_no_gap(
    x_state: XNetwork, x_settings: XSettings, engine: Engine, now: datetime
) -> None:
    settings = x_settings.model_copy(update={"search_query": "larkline"})
    search = XSearch(x_reader(settings), settings, "Larkline")
    x_state.add("222", "larkline is late", now)
    search.collect(engine, now)
    for days in range(1, 30, 3):
        later = now + timedelta(days=days)
        x_state.clock = standing(later)
        assert search.collect(engine, later) == 0
    x_state.add("222", "larkline is late again", later - timedelta(hours=23))
    assert search.collect(engine, later) == 1


def test_mentions_beyond_the_reach_of_x_are_a_gap(
    x_state: XNetwork,
    mentions: XMentions,
    engine: Engine,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = x_state.add("222", "@larkline first", now - timedelta(hours=9))
    mentions.collect(engine, now)
    made = [
        x_state.add("222", f"@larkline {n}", now - timedelta(minutes=90 - n)) for n in range(30)
    ]
    monkeypatch.setattr(XMentions, "reach", 25)
    # X shows the newest 25 from now on.
    for hidden in (first, *made[:5]):
        del x_state._tweets[hidden.id]
    words = r"x\.mentions .* between 2026-03-04 03:00 and 2026-03-04 10:35 UTC"
    with pytest.raises(GapError, match=words):
        mentions.collect(engine, now)
    assert len(posts(engine)) == 26
    assert cursor(engine, "x.mentions") == made[-1].id
    assert mentions.collect(engine, now) == 0


def test_many_mentions_that_reach_back_to_the_last_are_no_gap(
    x_state: XNetwork,
    mentions: XMentions,
    engine: Engine,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x_state.add("222", "@larkline first", now - timedelta(hours=9))
    mentions.collect(engine, now)
    for n in range(30):
        x_state.add("222", f"@larkline {n}", now)
    monkeypatch.setattr(XMentions, "reach", 25)
    assert mentions.collect(engine, now) == 30


def test_own_answers_count_as_the_brands(
    x_state: XNetwork, x_settings: XSettings, engine: Engine, now: datetime
) -> None:
    own = XOwn(x_reader(x_settings), x_settings, "Larkline")
    post = x_state.add("222", "@larkline help", now)
    answer = x_state.add("111", "On it", now, reply_to=post.id)
    assert own.collect(engine, now) == 1
    (stored,) = posts(engine)
    assert (stored.external_id, stored.in_reply_to) == (answer.id, post.id)
    assert stored.by_brand


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([Fault(401)], "AMENDS_X__BEARER_TOKEN"),
        ([Fault(403)], "AMENDS_X__BEARER_TOKEN"),
        ([Fault(429)], r"X takes requests again at 12:15:01 UTC"),
        ([Fault(500)] * 3, "500 again and again"),
        ([Fault("reset")] * 3, "AMENDS_X__BASE_URL"),
    ],
)
def test_errors_say_what_to_do(
    x_state: XNetwork,
    mentions: XMentions,
    engine: Engine,
    now: datetime,
    faults: list[Fault],
    words: str,
) -> None:
    x_state.add("222", "@larkline help", now)
    x_state.faults += faults
    with pytest.raises(CollectError, match=words):
        mentions.collect(engine, now)
    assert x_state.faults == []
    assert cursor(engine, "x.mentions") is None
    assert mentions.collect(engine, now) == 1


def test_a_hiccup_is_not_an_error(
    x_state: XNetwork, mentions: XMentions, engine: Engine, now: datetime
) -> None:
    x_state.add("222", "@larkline help", now)
    x_state.faults += [Fault(503), Fault("reset")]
    assert mentions.collect(engine, now) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"account_id": None}, "AMENDS_X__ACCOUNT_ID is not set"),
        ({"account_id": "999"}, "Check AMENDS_X__ACCOUNT_ID"),
        ({"base_url": "http://127.0.0.1:9"}, "check the network and AMENDS_X__BASE_URL"),
    ],
)
def test_wrong_settings_are_named(
    x_settings: XSettings, engine: Engine, now: datetime, settings: dict[str, Any], words: str
) -> None:
    wrong = x_settings.model_copy(update=settings)
    with pytest.raises(CollectError, match=words):
        XMentions(x_reader(wrong), wrong, "Larkline").collect(engine, now)


def test_a_query_that_x_refuses(x_settings: XSettings, engine: Engine, now: datetime) -> None:
    wrong = x_settings.model_copy(update={"search_query": "place:berlin"})
    with pytest.raises(CollectError, match=r"invalid operator 'place'.*AMENDS_X__SEARCH_QUERY"):
        XSearch(x_reader(wrong), wrong, "Larkline").collect(engine, now)


def test_reposts_are_left_out_and_new_names_are_read() -> None:
    page = {
        "data": [
            {"id": "9", "text": "RT", "referenced_tweets": [{"type": "retweeted", "id": "1"}]},
            {
                "id": "2124100837528567808",
                "text": "short…",
                "edit_history_post_ids": ["2124100837528567808"],
                "note_post": {"text": "the whole"},
                "referenced_posts": [{"type": "replied_to", "id": "7"}],
            },
        ]
    }
    (post,) = to_incoming(page, XSettings(), "Larkline", "x.search")
    assert (post.text, post.in_reply_to) == ("the whole", "7")
    assert post.created_at == datetime(2026, 11, 21, 11, 21, 18, 209000, tzinfo=UTC)
    assert post.url == "https://x.com/i/status/2124100837528567808"


@pytest.fixture
def recorded() -> Iterator[XSettings]:
    """X as it was recorded: the first answer of each path once, then nothing more."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"the recorded traffic is not at {RECORDINGS}")
    bodies: dict[str, bytes] = {}
    for path in RECORDINGS.glob("*.yaml"):
        for each in yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]:
            address = each["request"]["uri"].split("twitter.com")[1].partition("?")[0]
            body = each["response"]["body"]["string"]
            body = body if isinstance(body, bytes) else body.encode()
            bodies[address] = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body

    def answer(request: Request) -> Response:
        body = bodies.pop(request.url.path, b'{"meta": {"result_count": 0}}')
        return Response(body, media_type="application/json")

    served = serve(Starlette(routes=[Route("/{path:path}", answer)]))
    yield XSettings.model_validate(
        {
            "base_url": served.url,
            "bearer_token": "recorded",
            "account_id": "783214",
            "handle": "Twitter",
            "search_query": "Tweepy",
        }
    )
    served.stop()


def test_recorded_traffic(recorded: XSettings, engine: Engine) -> None:
    now = datetime(2022, 10, 8, tzinfo=UTC)
    client = x_reader(recorded)
    read = XMentions(client, recorded, "Twitter").collect(engine, now)
    found = XSearch(client, recorded, "Twitter").collect(engine, now)
    assert (read, found) == (10, 10)
    stored = {post.external_id: post for post in posts(engine)}
    angry = stored["1578516242867945475"]
    assert angry.text == "@MercyKnifed @Twitter what the fuck???"
    assert angry.addressed
    # This account writes the time into its posts.
    clock = stored["1578516068309794817"]
    assert clock.text == "2022-10-07 22:42:12.637103 tweepy"
    written = datetime(2022, 10, 7, 22, 42, 12, 637103, tzinfo=UTC)
    assert abs(clock.created_at - written) < timedelta(seconds=1)
    assert cursor(engine, "x.search") == "1578516068309794817"
