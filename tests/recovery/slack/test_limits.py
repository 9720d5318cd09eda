"""Over arbitrary cases: Slack takes every message, and nothing foreign is a command."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.states import CaseStatus, EventKind
from playground.slack.limits import problems_of_view
from recovery.slack import correction, modal, mrkdwn
from recovery.slack.blocks import alert, fallback, thread
from recovery.view import CaseView, EventView, GestureView, PostView
from tests.recovery.world import POLICY

NASTY = st.sampled_from(
    ["<!channel>", "<@U1>", "@here", "&", "<", ">", "```", "\u202e", "\n", "a" * 400, "😤" * 300]
)
WORDS = st.one_of(
    st.text(max_size=30),
    st.lists(st.one_of(NASTY, st.text(max_size=8)), max_size=20).map("".join),
    st.builds(lambda part, times: part * times, NASTY, st.sampled_from([1, 30, 700])),
)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
URLS = st.one_of(st.none(), WORDS, WORDS.map(lambda text: f"https://x.com/{text}"))
POSTS = st.builds(PostView, WORDS, WORDS, TIMES, URLS, st.booleans())
GESTURES = st.builds(GestureView, WORDS, WORDS, WORDS, st.sampled_from(["agent", "manager"]))
ACTORS = st.one_of(st.sampled_from(["U0ANARUIZ1", "amends"]), WORDS)
DATA = st.sampled_from(
    [
        {},
        {"fields": ["anger", "category", "urgency"]},
        {"fields": ["new"]},
        {"fields": ["risks"], "added": ["safety", "<!channel>"], "removed": ["legal"]},
        {"fields": ["risks"], "added": 7},
    ]
)
EVENTS = st.builds(EventView, TIMES, st.sampled_from(EventKind), ACTORS, DATA)
CASES = st.builds(
    CaseView,
    id=st.integers(1, 2**40),
    status=st.sampled_from(CaseStatus),
    channel=st.one_of(st.sampled_from(["x", "reddit"]), WORDS),
    brand=WORDS,
    handle=WORDS,
    followers=st.integers(0, 10**9),
    urgency=st.sampled_from(["critical", "high", "normal", "low", "none"]),
    category=st.one_of(st.sampled_from(["delay", "none"]), WORDS),
    anger=st.integers(0, 3),
    severity=st.integers(0, 4),
    risks=st.lists(st.one_of(st.sampled_from(["safety", "legal"]), WORDS), max_size=8).map(tuple),
    needs_judgement=st.booleans(),
    language=st.just("en"),
    opened_at=TIMES,
    due_at=st.none() | TIMES,
    first_response_at=st.none() | TIMES,
    owner=st.none() | ACTORS,
    posts=st.lists(POSTS, max_size=9).map(tuple),
    why=st.lists(WORDS, max_size=6).map(tuple),
    gestures=st.lists(GESTURES, max_size=4).map(tuple),
    draft=st.none() | WORDS,
    lane_note=st.none() | WORDS,
    reply_route=st.sampled_from(["api", "hand"]),
    reply_limit=st.integers(1, 10_000),
    attempt=st.integers(1, 99),
    reply_state=st.sampled_from(["none", "sending", "failed", "sent"]),
    slack_channel=st.none(),
    slack_ts=st.none(),
    events=st.lists(EVENTS, max_size=5).map(tuple),
)
OURS = re.compile(r"<@[UW][A-Z0-9]+>|<!date\^\d+\^[^<>|]*\|[^<>]*>|<https?://[^<>|\s]+\|[^<>]*>")


def _texts(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if "text" in block:
            yield block["text"]
        for element in block.get("elements", []):
            yield element if block["type"] == "context" else element["text"]


def _assert_harmless(text: str) -> None:
    rest = OURS.sub("", text)
    assert "<" not in rest
    assert ">" not in re.sub(r"^>", "", rest, flags=re.MULTILINE)
    assert not re.search(r"&(?!amp;|lt;|gt;)", rest)
    assert not re.search(r"@(here|channel|everyone)\b", rest, re.IGNORECASE)
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u0000\u001b")
    text.encode("utf-8")


def _assert_fits(blocks: list[dict[str, Any]]) -> None:
    assert 1 <= len(blocks) <= 50
    mentioned = {"U0ANARUIZ1"}
    for block in blocks:
        limit = {"header": 150, "actions": 75}.get(block["type"], 3000)
        for text in _texts([block]):
            assert 1 <= mrkdwn.size(text["text"]) <= limit
            if text["type"] == "mrkdwn":
                _assert_harmless(text["text"])
                assert set(re.findall(r"<@(\w+)>", text["text"])) <= mentioned
        for element in block.get("elements", []):
            assert len(element.get("value", "")) <= 2000


@settings(max_examples=25, deadline=None)
@given(CASES)
def test_every_alert_fits_and_is_harmless(view: CaseView) -> None:
    _assert_fits(alert(view, "case:1:alert"))
    line = fallback(view)
    assert mrkdwn.size(line) <= 3000
    _assert_harmless(line)


@given(st.text(alphabet="a😤", max_size=40), st.integers(0, 40))
def test_the_beginning_of_a_text_is_counted_as_slack_counts(text: str, limit: int) -> None:
    start = mrkdwn.beginning(text, limit)
    assert text.startswith(start)
    assert mrkdwn.size(start) <= limit
    rest = text[len(start) :]
    assert not rest or mrkdwn.size(start + rest[0]) > limit, "no more would have fitted"


@settings(max_examples=15, deadline=None)
@given(CASES)
def test_every_window_fits_and_is_harmless(view: CaseView) -> None:
    window = modal.form(view, "C0CARE0001", "1772625600.000100")
    _assert_fits([block for block in window["blocks"] if block["type"] != "input"] or [{
        "type": "section", "text": {"type": "mrkdwn", "text": "only the input"},
    }])  # fmt: skip
    assert len(window["title"]["text"]) <= 24
    assert len(window["submit"]["text"]) <= 24
    assert len(window["private_metadata"]) <= 3000
    for block in window["blocks"]:
        if block["type"] == "input":
            assert mrkdwn.size(block["element"].get("initial_value", "")) <= 3000


@settings(max_examples=15, deadline=None)
@given(CASES)
def test_every_window_to_correct_in_fits_and_is_harmless(view: CaseView) -> None:
    window = correction.form(view, POLICY, "U0ANARUIZ1")
    assert problems_of_view(window) == []
    _assert_fits([block for block in window["blocks"] if block["type"] != "input"])
    for element in (block["element"] for block in window["blocks"] if block["type"] == "input"):
        assert element.get("initial_option", element["options"][0]) in element["options"]
        assert len(element["options"]) <= (10 if element["type"] == "checkboxes" else 100)
    assert len(window["private_metadata"]) <= 3000


@settings(max_examples=25, deadline=None)
@given(WORDS, st.none() | ACTORS)
def test_every_remark_fits_and_is_harmless(text: str, actor: str | None) -> None:
    _assert_fits(thread(text, actor, "case:1:thread:2"))


@settings(max_examples=40, deadline=None)
@given(WORDS, st.integers(10, 3000))
def test_a_cut_text_is_a_beginning_and_fits(text: str, limit: int) -> None:
    kept, left = mrkdwn.head(text, limit)
    assert mrkdwn.size(mrkdwn.quote(kept)) <= limit + 1
    assert mrkdwn.clean(text).startswith(kept)
    assert (left == 0) == (kept == mrkdwn.clean(text))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.from_regex(r"[a-z<>&.]{1,9}", fullmatch=True), min_size=1, max_size=20))
def test_line_breaks_survive_quoting(lines: list[str]) -> None:
    quoted = mrkdwn.quote("\n".join(lines)).split("\n")
    assert [line[0] for line in quoted] == [">"] * len(lines)
    back = [line[1:].replace("&lt;", "<").replace("&gt;", ">") for line in quoted]
    assert [line.replace("&amp;", "&") for line in back] == lines
