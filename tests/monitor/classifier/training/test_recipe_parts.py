"""The parts of a training run that need the extra ``train``; skipped where it is not installed."""

import pytest

for needed in ("torch", "sklearn"):
    pytest.importorskip(needed, reason="the extra 'train' is not installed")

from monitor.classifier.training.conversations import outcome_rows  # noqa: E402  after the skip
from monitor.classifier.training.data import CLASSES, Row  # noqa: E402
from monitor.classifier.training.tweets import with_targets  # noqa: E402

NEG, NEU, POS = range(3)


def tweet(number: int, label: int) -> Row:
    return Row(f"t:{number}", f"tweet {number}", "tweeteval", {"sentiment": label})


def test_a_tweet_with_two_labels_learns_half_of_each_and_rare_ones_weigh_more() -> None:
    tweets = [tweet(n, NEG if n < 2 else NEU if n < 10 else POS) for n in range(20)]
    rows = with_targets(tweets, [tweet(0, NEU), tweet(5, NEU)], 20, balance=0.5)
    found = {row.id: row.soft["sentiment"] for row in rows}
    assert len(rows) == len(found) == 20
    assert not any(row.labels for row in rows)
    assert found["t:1"][NEG] > found["t:10"][POS] > 0
    assert found["t:0"] == pytest.approx([found["t:1"][NEG] / 2, found["t:5"][NEU] / 2, 0])
    whole = sum(sum(target) for name, target in found.items() if name != "t:0")
    assert whole == pytest.approx(20 - found["t:1"][NEG], rel=1e-5), "their mean weight is one"


def test_tweets_with_a_second_label_are_taken_first() -> None:
    tweets = [tweet(n, n % 3) for n in range(30)]
    rows = with_targets(tweets, tweets[20:24], 6, balance=0.5)
    assert {"t:20", "t:21", "t:22", "t:23"} < {row.id for row in rows}
    assert len(rows) == 6


def test_a_conversation_teaches_by_its_last_post_and_by_all_of_them() -> None:
    label = {"outcome": CLASSES["outcome"].index("recovered")}
    parts = ("Where is it?", "Sorry!", "Still nothing", "It came, thank you")
    talk = Row("c:1", "", "ibm", label, parts=parts)
    short = Row("c:2", "", "ibm", label, parts=parts[:3])
    rows = outcome_rows([talk, short])
    texts = ["It came, thank you", "Still nothing It came, thank you", "Still nothing"]
    assert [row.text for row in rows] == texts
    assert all(row.ready and row.labels == label for row in rows)
