"""Rows with labels of our own: the annotation, and the label files beside this module."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.classifier.training.data import (
    CLASSES,
    MULTI,
    TALKS,
    Row,
    cesamard,
    conversations,
    googleplay,
    ibm,
    json_lines,
    turns,
    tweeteval_sentiment,
    xfincorp,
)  # fmt: skip

HERE = Path(__file__).parent


def annotation_posts(shared: Path) -> list[Row]:
    """The annotated posts; a disputed label is left out of its row."""
    return [_annotated(record) for record in json_lines(shared / "annotation/posts.jsonl")]


def _annotated(record: dict[str, Any]) -> Row:
    gold = record["gold"]
    labels: dict[str, Any] = {}
    for task in ("complaint", "sentiment", "anger", "urgency", "category"):
        if gold[task] is not None:
            labels[task] = CLASSES[task].index(str(gold[task]))
    if gold["risks"] is not None:
        labels["risks"] = [int(risk in gold["risks"]) for risk in MULTI["risks"]]
    return Row(
        record["id"], record["text"], record["id"].split(":")[0], labels,
        record.get("rating"), record["enriched"],
    )  # fmt: skip


def more_posts(shared: Path) -> list[Row]:
    """Posts labelled once, by the same guideline, to train on and never to test on.

    ``labels.jsonl`` names rows of the public sets by id; ``written.jsonl`` has posts that were
    written for this, of kinds that the public sets lack (irony, injuries, praise in harsh words).
    ``xci`` in a line is a second label, 0 to 4: complaint and severity in the sense of X-CI.
    """
    texts = {row.id: row for row in _pool(shared)}
    rows = []
    for record in json_lines(HERE / "labels.jsonl"):
        known = texts.get(record["id"])
        if known is not None:
            labelled = {"text": known.text, "rating": known.rating, "enriched": record["picked"]}
            row = _annotated(record | labelled)
            row.labels.update(_reproach(record.get("xci")))
            rows.append(row)
    written = json_lines(HERE / "written.jsonl")
    return rows + [_annotated(record | {"enriched": True}) for record in written]


def tweets_read_again(shared: Path) -> list[Row]:
    """General tweets with a sentiment of our own beside the published one (``tweets.jsonl``)."""
    texts = {row.id: row for row in tweeteval_sentiment(shared, "train")}
    names = CLASSES["sentiment"]
    return [
        replace(texts[record["id"]], labels={"sentiment": names.index(record["sentiment"])})
        for record in json_lines(HERE / "tweets.jsonl")
    ]


def _reproach(level: int | None) -> dict[str, int]:
    """Labels in the sense of X-CI's annotators, who call less a complaint than the guideline."""
    if level is None:
        return {}
    return {"complaint_xci": int(level > 0)} | ({"severity": level} if level else {})


def _pool(shared: Path) -> list[Row]:
    """The posts that ``labels.jsonl`` draws on, cut as its annotators saw them."""
    rows = ibm(shared) + xfincorp(shared) + cesamard(shared)
    for name in TALKS:
        rows += turns(shared, name)
    pool = [Row(row.id, row.text[:480], row.source, {}) for row in rows]
    return pool + [
        Row(r.id, r.text, r.source, {}, r.labels["stars"] + 1) for r in googleplay(shared)
    ]


def more_talks(shared: Path) -> list[Row]:
    """Conversations labelled once, by the same guideline, to train on and never to test on."""
    known = {id_: told for name in TALKS for id_, told in conversations(shared, name).items()}
    rows = []
    for record in json_lines(HERE / "outcomes.jsonl"):
        told = known[record["id"]]
        answer = next(n for n, turn in enumerate(told) if turn["role"] == "brand")
        after = [turn["text"] for turn in told[answer + 1 :] if turn["role"] == "customer"]
        parts = (told[0]["text"], told[answer]["text"], *after)
        rows.append(_talk(record["id"], parts, record["outcome"], record["picked"]))
    return rows


def _talk(id_: str, parts: tuple[str, ...], outcome: str, enriched: bool) -> Row:
    labels = {"outcome": CLASSES["outcome"].index(outcome)}
    source = id_.split(":")[0] if ":" in id_ else "twacs"
    return Row(id_, " ".join(parts), source, labels, None, enriched, parts)


def annotation_outcomes(shared: Path) -> list[Row]:
    """The annotated conversations, without those that the two passes disputed."""
    rows = []
    for record in json_lines(shared / "annotation/outcomes.jsonl"):
        gold = record["gold"]["outcome"]
        if gold is not None:
            parts = (record["first"], record["reply"], *record["after"])
            rows.append(_talk(record["id"], parts, gold, record["enriched"]))
    return rows
