"""The labels that the project carries, and the rules that keep a held-out text out of training."""

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.labels import Category, Outcome, Risk, Sentiment, Urgency
from monitor.classifier.training import labelled
from monitor.classifier.training.data import Row, key, unquoted, without

SHARED = Path(__file__).parents[5] / "shared"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (labelled.HERE / name).read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", ["labels.jsonl", "written.jsonl"])
def test_every_label_is_one_of_the_guideline(name: str) -> None:
    records = lines(name)
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        gold = record["gold"]
        assert gold["complaint"] in (0, 1)
        assert gold["anger"] in (0, 1, 2, 3)
        assert gold["sentiment"] in list(Sentiment)
        assert gold["urgency"] in list(Urgency)
        assert gold["category"] in list(Category)
        assert set(gold["risks"]) <= set(Risk)


def test_every_level_of_reproach_is_one_of_x_ci() -> None:
    levels = {record["xci"] for record in lines("labels.jsonl") if "xci" in record}
    assert levels == {0, 1, 2, 3, 4}


def test_every_tweet_read_again_has_one_feeling() -> None:
    records = lines("tweets.jsonl")
    assert {record["sentiment"] for record in records} == set(Sentiment)
    assert len({record["id"] for record in records}) == len(records)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ('"Monday, again"', "Monday, again"),
        ('"""Why"" is it, today?"', '"Why" is it, today?'),
        ('he said ""no""', 'he said "no"'),
        ('the end"', 'the end"'),
        ('"', '"'),
    ],
)
def test_the_quotes_of_a_csv_writer_go(stored: str, text: str) -> None:
    assert unquoted(stored) == text


@given(st.text(alphabet='a", ').filter(lambda text: '""' not in text))
def test_what_a_csv_writer_quoted_comes_back(text: str) -> None:
    doubled = text.replace('"', '""')
    assert unquoted(f'"{doubled}"') == text


def test_no_text_of_others_is_carried() -> None:
    assert {key for record in lines("tweets.jsonl") for key in record} == {"id", "sentiment"}
    assert {key for record in lines("labels.jsonl") for key in record} == {
        "id", "picked", "gold", "xci",
    }  # fmt: skip
    assert {key for record in lines("outcomes.jsonl") for key in record} == {
        "id", "picked", "outcome",
    }  # fmt: skip


def test_every_outcome_is_one_of_the_guideline() -> None:
    counts = Counter(record["outcome"] for record in lines("outcomes.jsonl"))
    assert set(counts) == set(Outcome)


def test_no_two_written_posts_are_alike() -> None:
    assert max(Counter(key(record["text"]) for record in lines("written.jsonl")).values()) == 1


def test_no_written_post_is_one_that_is_tested_on() -> None:
    trained = {key(record["text"]) for record in lines("written.jsonl")}
    for name in ("selfharm.toml", "risks.toml"):
        stored = tomllib.loads(Path(__file__).parents[1].joinpath(name).read_text("utf-8"))
        tested = list(_sentences(stored))
        assert len(tested) > 50
        assert [text for text in tested if key(text) in trained] == []


def _sentences(stored: Any) -> Iterator[str]:
    if isinstance(stored, str):
        yield stored
    else:
        for part in stored.values() if isinstance(stored, dict) else stored:
            yield from _sentences(part)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the labelled sets are not here")
def test_every_id_names_a_row_of_the_sets() -> None:
    posts = labelled.more_posts(SHARED)
    assert len(posts) == len(lines("labels.jsonl")) + len(lines("written.jsonl"))
    talks = labelled.more_talks(SHARED)
    assert len(talks) == len(lines("outcomes.jsonl"))
    assert all(len(talk.parts) > 2 for talk in talks)


texts = st.text("abc #@1", max_size=12)


@given(st.lists(texts), st.lists(texts))
def test_what_repeats_a_held_out_text_is_left_out(ours: list[str], held: list[str]) -> None:
    rows = [Row(str(n), text, "x", {}) for n, text in enumerate(ours)]
    kept = without(rows, [Row(f"h{n}", text, "x", {}) for n, text in enumerate(held)])
    forbidden = {key(text) for text in held}
    assert [row.text for row in kept] == [text for text in ours if key(text) not in forbidden]


def test_a_long_text_is_a_copy_by_its_beginning() -> None:
    start = "the parcel that was promised for monday came on friday and it was wet through "
    row, held = Row("1", start + "again", "x", {}), Row("2", start.upper() + "@shop 12", "x", {})
    assert without([row], [held]) == []
