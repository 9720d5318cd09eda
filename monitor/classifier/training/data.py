"""Rows from the public sets, in one shape.

The sets live outside the project (``--shared``). Rows that repeat a row kept for testing are
dropped by :func:`without`, so that no figure rests on a text that was trained on.
"""

import csv
import gzip
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from models.labels import Category, Outcome, Risk, Sentiment, Urgency

CLASSES: dict[str, list[str]] = {
    "complaint": ["0", "1"],
    "sentiment": [label.value for label in Sentiment],
    "anger": ["0", "1", "2", "3"],
    "urgency": [label.value for label in Urgency],
    "category": [label.value for label in Category],
    "severity": ["0", "1", "2", "3", "4"],
    # Heads that only teach the encoder and are left out of the export. The verdict on an outcome is
    # that of training.conversations. X-CI calls fewer posts complaints than the guideline does: one
    # head for both would be wrong in both.
    "outcome": [label.value for label in Outcome],
    "complaint_xci": ["0", "1"],
    "offensive": ["0", "1"],
    "emotion": ["anger", "joy", "optimism", "sadness"],
    "stars": ["1", "2", "3", "4", "5"],
}
MULTI: dict[str, list[str]] = {
    "risks": [label.value for label in Risk],
    "feelings": [
        "anger", "annoyance", "disappointment", "disapproval", "disgust", "sadness", "confusion",
        "gratitude", "joy", "approval", "curiosity", "neutral",
    ],
}  # fmt: skip
SHIPPED = ("complaint", "sentiment", "anger", "urgency", "category", "risks", "severity")
NONCOMMERCIAL = {"twcs", "twacs", "tweetsumm"}
TALKS = ("twacs", "tweetsumm")
WRITTEN = "own"  # source of the posts that were written for amends

_LINK = re.compile(r"\bhttp\S*")
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")
_SEVERITY_NAMES = {
    "non-complaint": 0, "no explicit reproach": 1, "disapproval": 2, "accusation": 3, "blame": 4,
}  # fmt: skip


@dataclass
class Row:
    """One text with the labels it has: class index per head, or 0/1 lists for the multi heads."""

    id: str
    text: str
    source: str
    labels: dict[str, Any]
    rating: int | None = None
    enriched: bool = False
    parts: tuple[str, ...] = ()  # of a conversation: first, reply, after...
    ready: bool = False  # the text is normalised already
    soft: dict[str, list[float]] = field(default_factory=dict)  # in place of a label


def ibm(shared: Path) -> list[Row]:
    """The customers' first posts to twenty-five brands."""
    records = json_lines(shared / "data/ibm_care/conversations.jsonl")
    return [Row(f"ibm:{n}", r["turns"][0]["text"], "ibm", {}) for n, r in enumerate(records)]


@cache
def conversations(shared: Path, name: str) -> dict[str, list[dict[str, str]]]:
    """The turns of each conversation of ``twacs`` or ``tweetsumm``."""
    with gzip.open(shared / f"data/{name}/conversations.jsonl.gz", "rt", encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return {f"{name}:{record['conversation_id']}": record["turns"] for record in records}


def turns(shared: Path, name: str) -> list[Row]:
    """What the customers wrote; a post that is not the first has its turn in its id."""
    return [
        Row(f"{id_}:{n}" if n else id_, turn["text"], name, {})
        for id_, told in conversations(shared, name).items()
        for n, turn in enumerate(told)
        if turn["role"] == "customer"
    ]


def xci(shared: Path) -> list[Row]:
    """Tweets to brands with complaint and severity."""
    rows = []
    with (shared / "data/xci/X-CI_Dataset.csv").open(encoding="utf-8", errors="replace") as file:
        for record in csv.DictReader(file):
            labels = {"complaint_xci": int(record["label"]), "severity": int(record["Severity"])}
            rows.append(Row(f"xci:{record['id']}", record["tweet"], "xci", labels))
    return rows


def xfincorp(shared: Path) -> list[Row]:
    """Finance tweets; noisy, and their severity partly follows sentiment."""
    rows = []
    with (shared / "data/xfincorp/xfincorp.csv").open(encoding="utf-8", errors="replace") as file:
        for number, record in enumerate(csv.DictReader(file)):
            labels: dict[str, Any] = {}
            if (record["Complaint Label"] or "").strip() in ("0", "1", "0.0", "1.0"):
                labels["complaint"] = int(float(record["Complaint Label"]))
            name = (record["Severity level"] or "").strip().lower()
            if name in _SEVERITY_NAMES:
                labels["severity"] = _SEVERITY_NAMES[name]
            rows.append(
                Row(f"xfincorp:{number}", record["Complaint/ Opinion"] or "", "xfincorp", labels)
            )
    return [row for row in rows if row.labels]


def cesamard(shared: Path) -> list[Row]:
    """Product reviews with complaint and severity; rows where the two disagree are dropped."""
    path = shared / "data/cesamard/CESAMARD-Aspect_Dataset.csv"
    rows = []
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, record in enumerate(csv.DictReader(file)):
            severity = _SEVERITY_NAMES.get((record["Severity"] or "").strip().lower())
            if severity is None or record["Complaint"] != str(int(severity > 0)):
                continue
            body = record["Review_S"].replace("\\n", " ").strip()
            labels = {"complaint": int(severity > 0), "severity": severity}
            rows.append(
                Row(f"cesamard:{number}", f"{record['Title']}. {body}"[:480], "cesamard", labels)
            )
    return rows


def tweeteval_sentiment(shared: Path, split: str) -> list[Row]:
    """``train`` is the rebuilt file, not the official one; ``val`` and ``test`` are official.

    The official tweets have lost their links, so those of the rebuilt file lose theirs: a link
    marks news there, and the test has none.
    """
    folder = shared / "data/tweeteval/sentiment"
    if split == "train":
        with (folder / "train_rebuilt.tsv").open(encoding="utf-8", newline="") as file:
            records = list(csv.reader(file, delimiter="\t"))[1:]
        pairs = [(_LINK.sub(" ", unquoted(text)), label) for text, label, *_ in records]
    else:
        texts = (folder / f"{split}_text.txt").read_text("utf-8").rstrip("\n").split("\n")
        labels = (folder / f"{split}_labels.txt").read_text("utf-8").split()
        read = _unescaped if split == "val" else str  # the test is read as it was published
        pairs = list(zip(map(read, texts), labels, strict=True))
    return [
        Row(f"tweeteval-{split}:{n}", text, "tweeteval", {"sentiment": int(label)})
        for n, (text, label) in enumerate(pairs)
    ]


def tweeteval_other(shared: Path, task: str, split: str = "train") -> list[Row]:
    """``emotion`` or ``offensive``."""
    folder = shared / "data/tweeteval" / task
    texts = (folder / f"{split}_text.txt").read_text("utf-8").rstrip("\n").split("\n")
    labels = (folder / f"{split}_labels.txt").read_text("utf-8").split()
    return [
        Row(f"{task}-{split}:{n}", _unescaped(text), "tweeteval", {task: int(label)})
        for n, (text, label) in enumerate(zip(texts, labels, strict=True))
    ]


def unquoted(text: str) -> str:
    """The text without the quotes of a CSV writer around it, whose inner ones are doubled.

    A sixth of the rebuilt tweets, most with a comma, were written by one twice. In 3,225 more a
    mask has swallowed the closing quote; they keep the opening one.
    """
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return text.replace('""', '"')


def _unescaped(text: str) -> str:
    """A tweet whose breaks, quotes and rarer letters stand as escapes."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace("\\n", " ").replace("\\", "").replace('""', '"')


def goemotions(shared: Path) -> list[Row]:
    """Reddit comments with the feelings that bear on complaints."""
    folder = shared / "data/goemotions"
    names = (folder / "labels.txt").read_text("utf-8").split()
    rows = []
    with (folder / "train.tsv").open(encoding="utf-8", newline="") as file:
        records = list(csv.reader(file, delimiter="\t"))
    for text, numbers, id_ in records:
        present = {names[int(number)] for number in numbers.split(",")}
        feelings = [int(name in present) for name in MULTI["feelings"]]
        if any(feelings):
            rows.append(Row(f"goemotions:{id_}", text, "goemotions", {"feelings": feelings}))
    return rows


def googleplay(shared: Path) -> list[Row]:
    """App reviews of some length with their stars, which the text must give away."""
    rows = []
    with gzip.open(shared / "data/googleplay/reviews.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if len(record["text"]) >= 40:
                labels = {"stars": int(record["score"]) - 1}
                rows.append(
                    Row(f"gplay:{record['review_id']}", record["text"][:480], "gplay", labels)
                )
    return rows


def sample(rows: list[Row], count: int, seed: int = 0) -> list[Row]:
    """At most ``count`` rows, the same ones each time."""
    rng = random.Random(seed)  # noqa: S311 - the same rows each time, no secret
    return rng.sample(rows, min(count, len(rows)))


def key(text: str) -> str:
    """What two copies of a text share: its words, without names, links and numbers."""
    text = re.sub(r"@\w+|__\w+__|https?\S*", " ", text.lower())
    return "".join(re.findall(r"[^\W\d_]+", text))


def without(rows: Iterable[Row], held_out: Iterable[Row]) -> list[Row]:
    """Rows that repeat no held-out text, whole or by its first sixty letters."""
    keys = {key(row.text) for row in held_out}
    starts = {k[:60] for k in keys if len(k) >= 60}
    kept = []
    for row in rows:
        k = key(row.text)
        if k not in keys and not (len(k) >= 60 and k[:60] in starts):
            kept.append(row)
    return kept


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
