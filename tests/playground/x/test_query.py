"""The search language."""

import pytest

from playground.x.query import QueryError, Searched, parse

POST = Searched(
    text="@larkline my Night Bus to Dunmarrow never came #owl",
    author="ann_fell",
    author_id="222",
    to="bob_quay",
    mentions=frozenset({"larkline"}),
    lang="en",
    conversation_id="77",
    flags=frozenset({"reply"}),
)


@pytest.mark.parametrize(
    "query",
    [
        "dunmarrow",
        "night bus",
        '"night bus"',
        "@larkline",
        "@LarkLine",
        "#owl",
        "from:ann_fell",
        "from:222",
        "to:bob_quay",
        "bus lang:en",
        "bus is:reply",
        "conversation_id:77",
        "bus -train",
        'bus -"bus night"',
        "train OR bus",
        "(train OR bus) never",
        "train OR (bus never)",
        "bus -(train OR tram)",
        "bus -is:retweet",
        "-train bus",
    ],
)
def test_matches(query: str) -> None:
    assert parse(query)(POST)


@pytest.mark.parametrize(
    "query",
    [
        "train",
        "dun",
        '"bus night"',
        "@larklines",
        "#bus",
        "from:bob_quay",
        "bus lang:de",
        "bus is:quote",
        "bus -never",
        "train OR bus -never",
        "(train OR bus) tram",
        "bus -(never OR tram)",
    ],
)
def test_does_not_match(query: str) -> None:
    assert not parse(query)(POST)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "non-empty"),
        ("bus place:berlin", "invalid operator 'place'"),
        ("bus is:nice", "invalid field 'is:nice'"),
        ("(bus", r"missing '\)'"),
        ("bus)", "no viable alternative"),
        ("bus OR", "missing clause"),
        ('bus "open', "no viable alternative"),
        ("-bus", "at least one positive"),
        ("is:reply lang:en", "at least one positive"),
        ("-(bus OR train)", "at least one positive"),
        ("bus from:", "without a value"),
        ("!!!", "no viable alternative"),
        ("bus " * 1100, "greater than 4096"),
    ],
)
def test_refuses_what_x_refuses(query: str, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        parse(query)
