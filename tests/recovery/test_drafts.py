"""Drafts: what a customer would read if an agent changed nothing."""

import re
from itertools import pairwise, product

import pytest

from config.policy import Drafts, load_policy
from models.labels import Category, Risk
from recovery.drafts import Turn, draft, lane_note
from recovery.replies.weight import X_LIMIT, length

WORDS: Drafts = load_policy().drafts
LONGEST = "@" + "w" * 15
SIGNATURE = "^The Larkline care team"
NUMBERS = range(1, 41)


def _draft(
    category: str = "delay",
    risks: tuple[str, ...] = (),
    language: str = "en",
    turn: Turn = Turn.FIRST,
    number: int = 1,
    words: Drafts = WORDS,
    handle: str = LONGEST,
) -> str | None:
    return draft(words, SIGNATURE, handle, category, list(risks), language, turn, number)


def _all() -> list[tuple[str, Turn, str]]:
    turns = (Turn.FIRST, Turn.AGAIN, Turn.CONTENT)
    return [
        (category, turn, _draft(category, turn=turn, number=number) or "")
        for category, turn, number in product(Category, turns, NUMBERS)
    ]


def test_every_draft_fits_x_with_the_longest_name_and_a_signature() -> None:
    for category, turn, text in _all():
        assert 40 < length("x", text) <= X_LIMIT, (category, turn, text)


def test_every_draft_is_whole_sentences_that_address_and_sign() -> None:
    for _category, _turn, text in _all():
        assert "{" not in text
        assert text.count(LONGEST) == 1
        said = text.removesuffix(f" {SIGNATURE}")
        assert said != text
        assert re.fullmatch(r"[^\s].*[.!?]", said)
        assert "  " not in said
        assert ".." not in said


def test_no_amount_is_named_in_public() -> None:
    for _category, _turn, text in _all():
        assert not re.search(r"[€$£%]|\bEUR\b|\d", text.replace(LONGEST, ""))
        assert not re.search(r"voucher|refund|compensat|review|rating", text, re.IGNORECASE)


def test_a_booking_number_is_asked_for_only_where_there_is_one() -> None:
    asked = {
        category for category, _turn, text in _all() if "number" in re.sub("card num", "", text)
    }
    assert asked == {Category.ORDER}


def test_nobody_apologises_twice_or_asks_twice() -> None:
    for _category, turn, text in _all():
        assert ("sorry" in text) == (turn is Turn.FIRST)
        assert turn is Turn.FIRST or "message us" not in text


def test_a_storm_is_not_answered_with_one_sentence() -> None:
    storm = [_draft("delay", number=number) for number in NUMBERS]
    assert len(set(storm)) >= 20
    assert all(one != other for one, other in pairwise(storm))


def test_one_case_reads_the_same_each_time() -> None:
    assert _draft(number=17) == _draft(number=17)


@pytest.mark.parametrize("category", ["none", "weather"])
def test_without_a_category_no_issue_is_claimed(category: str) -> None:
    for number in NUMBERS:
        assert _draft(category, number=number) == _draft("other", number=number)


@pytest.mark.parametrize("risk", [risk for risk in Risk if risk is not Risk.CHURN])
def test_a_grave_risk_gets_no_words_but_a_note(risk: Risk) -> None:
    assert _draft(risks=(Risk.CHURN, risk)) is None
    note = lane_note(WORDS, [Risk.CHURN, risk], "en", judged=True)
    assert note is not None
    assert ("harming" in note) == (risk is Risk.SELFHARM)


def test_a_risk_in_another_language_says_both() -> None:
    note = lane_note(WORDS, [Risk.SELFHARM], "pl", judged=False) or ""
    assert note.endswith("nothing is offered. It seems to be written in Polish.")


def test_leaving_is_no_reason_for_silence() -> None:
    assert _draft(risks=(Risk.CHURN,)) is not None
    assert lane_note(WORDS, [Risk.CHURN], "en", judged=True) is None


@pytest.mark.parametrize(
    ("language", "judged", "note"),
    [
        (
            "de",
            True,
            "It seems to be written in German. Somebody who reads it must look: there is no draft.",
        ),
        (
            "de",
            False,
            "It seems to be written in German. Somebody who reads it must look: amends has not",
        ),
        ("xx", True, "It is in another language. Somebody who reads it must look: there is"),
    ],
)
def test_another_language_takes_somebody_who_reads_it(
    language: str, judged: bool, note: str
) -> None:
    assert _draft(language=language) is None
    assert (lane_note(WORDS, [], language, judged) or "").startswith(note)


def test_a_post_without_words_is_in_no_other_language() -> None:
    note = lane_note(WORDS, [], "und", judged=False) or ""
    assert note.startswith("It says too little")
    assert "language" not in (lane_note(WORDS, [Risk.PRESS], "und", judged=True) or "")


def test_nothing_is_suggested_while_the_brand_had_the_last_word() -> None:
    assert _draft(turn=Turn.OURS) is None


def test_a_manager_may_write_one_text_for_each() -> None:
    words = Drafts.model_validate(
        {
            "opening": "Sorry, {handle}, {issue}.",
            "again": "Hello again, {handle}.",
            "content": "Glad to hear it, {handle}.",
            "issues": {"other": "we let you down"},
            "asks": {"other": "Please write to us."},
        }
    )
    texts = {_draft(category, number=n, words=words) for category in Category for n in NUMBERS}
    assert texts == {f"Sorry, {LONGEST}, we let you down. Please write to us. {SIGNATURE}"}


@pytest.mark.parametrize("table", ["issues", "asks"])
def test_words_for_other_must_be_there(table: str) -> None:
    fields = WORDS.model_dump()
    del fields[table]["other"]
    with pytest.raises(ValueError, match=f"{table} needs an entry 'other'"):
        Drafts.model_validate(fields)
