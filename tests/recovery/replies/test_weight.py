"""X's weights, by the public configuration of twitter-text."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recovery.replies.weight import length, limit, weighted_length


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("Sorry about that.", 17),
        ("café", 4),
        ("cafe\u0301", 4),
        ("\u201cquoted\u201d \u2013 so\u2026", 15),
        ("列車", 4),
        ("지연", 4),
        ("😀", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🇩🇪", 2),
        ("🇩🇪🇫🇷", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("1\ufe0f\u20e3", 2),
        ("❤️", 2),
        ("©", 1),
        ("©️", 2),
        ("https://larkline.example/help", 23),
        ("see https://larkline.example/a?b=c.", 4 + 23 + 1),
        ("https://a.example https://b.example", 47),
        ("(http://a.example/x)", 25),
        ("larkline.com", 23),
        ("write to help@larkline.com", 26),
        ("https://a.example/é日", 25),
        ("15.30 or 1.5", 12),
        ("bbc.co.uk/news", 23),
    ],
)
def test_known_weights(text: str, weight: int) -> None:
    assert weighted_length(text) == weight


@given(st.text(alphabet=st.characters(max_codepoint=0x10FF), max_size=300))
def test_light_text_weighs_its_length_or_less_than_links_would(text: str) -> None:
    plain = text.replace(".", " ").replace("http", "")
    plain = "".join(c for c in plain if c not in "©®\u20e3")
    composed = unicodedata.normalize("NFC", plain)
    # A light letter and a light mark can be one heavy letter together.
    assume(all(ord(character) <= 0x10FF for character in composed))
    assert weighted_length(plain) == len(composed)


@given(st.text(max_size=300))
def test_weight_is_bounded_and_stable(text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    weight = weighted_length(text)
    assert weight == weighted_length(normal)
    assert 0 <= weight <= 23 * max(len(normal), 1)


@given(st.text(max_size=60), st.text(max_size=60))
def test_lines_add_up(first: str, second: str) -> None:
    whole = weighted_length(f"{first}\n{second}")
    assert whole == weighted_length(first) + 1 + weighted_length(second)


def test_each_channel_has_its_measure() -> None:
    assert limit("x") == 280
    assert limit("reddit") == 10_000
    assert length("x", "列車") == 4
    assert length("reddit", "列車") == 2
