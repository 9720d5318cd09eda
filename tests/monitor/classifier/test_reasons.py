"""Which phrases drove a verdict."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classifier.calibration import Floats
from monitor.classifier.reasons import LONGEST, PHRASES, explain, spans
from monitor.classifier.verdict import Item


def drive(items: Sequence[Item]) -> Floats:
    """Counts two words that a complaint is made of."""
    return np.array([("lost" in i.text) * 0.6 + ("rude" in i.text) * 0.3 for i in items])


def test_the_strongest_phrase_leads() -> None:
    text = "Hello there. The man at the desk was rude to me. Also my bag is lost, sadly"
    (found,) = explain([Item(text)], drive)
    assert "lost" in found[0]
    assert "rude" in found[1]
    assert len(found) == 2


def test_no_drive_no_reasons() -> None:
    assert explain([Item("what a lovely day"), Item("")], drive) == [(), ()]


def test_each_item_gets_its_own() -> None:
    first, second = explain([Item("my bag is lost"), Item("rude people")], drive)
    assert "lost" in first[0]
    assert "rude" in second[0]


def test_a_word_without_end_is_cut() -> None:
    (found,) = explain([Item("lost" * 300)], drive)
    assert len(found[0]) <= LONGEST


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=600))
def test_pieces_lie_in_the_text_in_order(text: str) -> None:
    pieces = spans(text)
    assert len(pieces) <= 60 + PHRASES
    for (_, end), (start, _) in pairwise(pieces):
        assert end <= start
    assert all(0 <= start < end <= len(text) for start, end in pieces)


def test_marks_that_turn_the_text_around_stay_behind() -> None:
    (found,) = explain([Item("my bag is \u202elost\u202c\x07 here")], drive)
    assert found[0] == "my bag is lost here"
