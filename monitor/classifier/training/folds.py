"""Cross-validation: every figure in the model card comes from rows its model never saw.

X-CI is split in ten, as its published figures are, the annotation in five: of ten runs the first
five hold out a part of both, the others of X-CI alone.
Near-duplicates share a fold, also across the sets (the posts and the conversations of the
annotation partly come from the same place).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from monitor.classifier.training.data import WRITTEN, Row, key, without

RUNS = 10
HELD_OUT = (
    ("posts", "urgency", 5), ("outcomes", "outcome", 5), ("more_talks", "outcome", 5),
    ("xci", "severity", RUNS),
)  # fmt: skip


@dataclass
class Sets:
    """What the second stage of training draws on."""

    posts: list[Row]
    outcomes: list[Row]
    xci: list[Row]
    tweets: list[Row]  # general sentiment, so that it is not forgotten
    more: list[Row] = field(default_factory=list)  # labelled once; trained on, never tested on
    more_talks: list[Row] = field(default_factory=list)  # the same of conversations; in a test they
    # help to set thresholds: their outcome is held out, their posts may be among the posts

    @property
    def labelled(self) -> list[Row]:
        """Every post with labels of the guideline."""
        return self.posts + self.more

    @property
    def talks(self) -> list[Row]:
        """Every conversation with an outcome."""
        return self.outcomes + self.more_talks

    def rows(self, repeats: tuple[int, int]) -> list[Row]:
        """The labelled posts and X-CI, each so many times; posts written for this once.

        Most written posts are of rare kinds; seen as often as real ones they made the model call
        more natural posts urgent than are.
        """
        posts, xci = repeats
        real = [row for row in self.labelled if row.source != WRITTEN]
        written = [row for row in self.labelled if row.source == WRITTEN]
        return real * posts + written + [only_complaints(row) for row in self.xci] * xci


def only_complaints(row: Row) -> Row:
    """The severity head learns from complaints alone; whether it is one is another head's work."""
    if row.labels.get("severity") != 0:
        return row
    labels = {task: label for task, label in row.labels.items() if task != "severity"}
    return Row(row.id, row.text, row.source, labels, row.rating, row.enriched, row.parts)


def groups(rows: Sequence[Row]) -> list[int]:
    """A number for each row; near-duplicates (same first sixty letters) have the same."""
    seen: dict[str, int] = {}
    out = []
    for n, row in enumerate(rows):
        first = row.parts[0] if row.parts else row.text
        short = key(first)[:60] or f"#{n}"
        out.append(seen.setdefault(short, n))
    return out


def assign(rows: Sequence[Row], task: str, folds: int, seed: int = 0) -> list[int]:
    """The fold of each row, stratified by ``task``, near-duplicates together."""
    strata = [row.labels.get(task, -1) for row in rows]
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold = np.zeros(len(rows), int)
    for number, (_, test) in enumerate(splitter.split(rows, strata, groups(rows))):
        fold[test] = number
    return fold.tolist()


def split(whole: Sets, number: int, seed: int = 0) -> tuple[Sets, Sets]:
    """Training and test sets of one run; no test text stands in any training set."""
    parts: dict[str, dict[bool, list[Row]]] = defaultdict(lambda: {True: [], False: []})
    for name, task, folds in HELD_OUT:
        rows = getattr(whole, name)
        for row, fold in zip(rows, assign(rows, task, folds, seed), strict=True):
            parts[name][fold == number].append(row)
    held = parts["posts"][True] + parts["outcomes"][True] + parts["xci"][True]
    held += [
        Row(talk.id, text, talk.source, {})
        for talk in parts["outcomes"][True]
        for text in (talk.parts[0], *talk.parts[2:])
    ]
    train = Sets(
        without(parts["posts"][False], held),
        _without_talks(parts["outcomes"][False], held),
        without(parts["xci"][False], held),
        whole.tweets,
        without(whole.more, held),
        _without_talks(parts["more_talks"][False], held),
    )
    test = Sets(
        parts["posts"][True], parts["outcomes"][True], parts["xci"][True], [],
        more_talks=parts["more_talks"][True],
    )  # fmt: skip
    return train, test


def _without_talks(talks: Sequence[Row], held: Sequence[Row]) -> list[Row]:
    """Conversations of which no post repeats a held-out text."""
    posts = [
        replace(talk, text=part) for talk in talks for part in (talk.parts[0], *talk.parts[2:])
    ]
    free = Counter(post.id for post in without(posts, held))
    return [talk for talk in talks if free[talk.id] == len(talk.parts) - 1]
