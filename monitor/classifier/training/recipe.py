"""The steps of a training run; each leaves a file in the work folder and is skipped if it is there.

1. ``general``: sentiment, feelings, offence, complaint and stars in 100,000 public texts.
2. ``fold-K``: the second stage without fold K, drawn back a little to the first, and what its
   model says of that fold, outcomes included.
3. ``final``: the second stage on every row.
4. ``thresholds.json`` and ``metrics.json`` from the folds, the outcome model on every row, and the
   int8 export of the final model.
"""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from monitor.classifier.training import data, labelled
from monitor.classifier.training.claim import label_files
from monitor.classifier.training.conversations import (
    conversation_features,
    fit_outcome,
    outcome_rows,
)
from monitor.classifier.training.data import NONCOMMERCIAL, Row
from monitor.classifier.training.folds import Sets, split
from monitor.classifier.training.loop import Plan, predict, train
from monitor.classifier.training.model import MultiHead
from monitor.classifier.training.severity import refit_severity
from monitor.classifier.training.tweets import with_targets

POST_TASKS = ("complaint", "sentiment", "anger", "urgency", "category", "risks", "severity")
XCI_TASKS = ("complaint", "complaint_xci", "severity")
VERSION = 7  # of the steps below: raised with every change that makes other files
Log = Callable[[str], None]


@dataclass
class Recipe:
    """What a run is made of."""

    shared: Path
    work: Path
    noncommercial: bool = True
    general: Plan = field(default_factory=lambda: Plan(epochs=1, average=0.996))
    second: Plan = field(default_factory=lambda: Plan(epochs=1, average=0.99))
    repeats: tuple[int, int] = (2, 2)  # of what is labelled by the guideline and of X-CI
    tweets: int = 20000
    keep_base: float = 0.4  # share of the base's weights in the start of the second stage
    keep_general: float = 0.1  # share of the first stage's weights in the end of the second
    log: Log = print

    def settings(self) -> dict[str, Any]:
        """All that a file of this run depends on, but for the public sets."""
        return {
            "version": VERSION,
            "noncommercial": self.noncommercial,
            "general": asdict(self.general), "second": asdict(self.second),
            "repeats": self.repeats, "tweets": self.tweets,
            "keep_base": self.keep_base, "keep_general": self.keep_general,
            "labels": label_files(),
        }  # fmt: skip

    def path(self, name: str) -> Path:
        """A file of this run."""
        self.work.mkdir(parents=True, exist_ok=True)
        return self.work / name


def held_out(recipe: Recipe) -> list[Row]:
    """Every text that a figure rests on, so that the first stage never sees it."""
    outcomes = labelled.annotation_outcomes(recipe.shared)
    return [
        *labelled.annotation_posts(recipe.shared),
        *outcomes,
        *(Row(row.id, row.parts[0], row.source, {}) for row in outcomes),
        *data.xci(recipe.shared),
        *data.tweeteval_sentiment(recipe.shared, "val"),
        *data.tweeteval_sentiment(recipe.shared, "test"),
    ]


def sets(recipe: Recipe) -> Sets:
    """The labelled sets of the second stage."""
    kept = held_out(recipe)
    return Sets(
        labelled.annotation_posts(recipe.shared), labelled.annotation_outcomes(recipe.shared),
        data.xci(recipe.shared),
        data.without(data.tweeteval_sentiment(recipe.shared, "train"), kept),
        data.without(labelled.more_posts(recipe.shared), kept),
        labelled.more_talks(recipe.shared),
    )  # fmt: skip


def allowed(recipe: Recipe, part: Sets) -> Sets:
    """What may be trained on: where non-commercial text may not, its rows are only tested on."""
    if recipe.noncommercial:
        return part

    def free(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if row.source not in NONCOMMERCIAL]

    return Sets(free(part.posts), [], part.xci, part.tweets, free(part.more))


def general(recipe: Recipe) -> dict[str, Any]:
    """Weights after the first stage."""
    path = recipe.path("general.pt")
    if not path.exists():
        shared = recipe.shared
        rows = [
            *data.tweeteval_sentiment(shared, "train"),
            *labelled.tweets_read_again(shared),
            *data.tweeteval_other(shared, "offensive"),
            *data.tweeteval_other(shared, "emotion"),
            *data.sample(data.goemotions(shared), 10000),
            *data.xfincorp(shared),
            *data.cesamard(shared),
            *data.sample(data.googleplay(shared), 8000),
        ]
        rows = data.without(rows, held_out(recipe))
        model = train(
            rows, recipe.general, checkpoint=recipe.path("general-run.pt"), log=recipe.log
        )
        torch.save(model.state_dict(), path)
    weights: dict[str, Any] = torch.load(path, weights_only=True)
    return weights


def start(recipe: Recipe) -> dict[str, Any]:
    """What the second stage begins with: the first stage, drawn a little back to the base."""
    return _drawn(general(recipe), MultiHead().state_dict(), recipe.keep_base)


def _drawn(weights: dict[str, Any], towards: dict[str, Any], share: float) -> dict[str, Any]:
    """The encoder's weights moved by ``share`` towards others; the heads stay."""
    return {
        name: torch.lerp(value, towards[name], share)
        if name.startswith("encoder.") and value.is_floating_point()
        else value
        for name, value in weights.items()
    }


def second_stage(recipe: Recipe, part: Sets, seed: int) -> MultiHead:
    """Trains on ``part``, its conversations, and general tweets."""
    again = labelled.tweets_read_again(recipe.shared)
    tweets = with_targets(part.tweets, again, recipe.tweets, recipe.second.balance)
    talks = outcome_rows(part.talks) * recipe.repeats[0]
    rows = part.rows(recipe.repeats) + tweets + talks
    recipe.log(f"{len(rows)} rows")
    model = train(rows, replace(recipe.second, seed=seed), start=start(recipe), log=recipe.log)
    model.load_state_dict(_drawn(model.state_dict(), general(recipe), recipe.keep_general))
    refit_severity(model, part.xci)
    return model


def fold(recipe: Recipe, number: int) -> None:
    """Trains without one fold and writes what the model says of it."""
    path = recipe.path(f"fold-{number}.pkl")
    if path.exists():
        return
    whole = sets(recipe)
    part, test = split(whole, number)
    part = allowed(recipe, part)
    model = second_stage(recipe, part, number)
    torch.save(model.state_dict(), recipe.path(f"fold-{number}.pt"))
    said = {
        name: ([row.id for row in rows], predict(model, rows, tasks))
        for name, rows, tasks in (
            ("posts", test.posts, POST_TASKS), ("xci", test.xci, XCI_TASKS),
        )
        if rows
    }  # fmt: skip
    if test.outcomes and part.talks:
        fitted = fit_outcome(conversation_features(model, part.talks), part.talks)
        for name, talks in (("outcomes", test.outcomes), ("more_talks", test.more_talks)):
            answers = fitted.logits(conversation_features(model, talks))
            said[name] = ([row.id for row in talks], {"outcome": answers})
    with path.open("wb") as file:
        pickle.dump(said, file)
    recipe.log(f"fold {number} is done")


def final(recipe: Recipe) -> MultiHead:
    """The second stage on every row."""
    path = recipe.path("final.pt")
    if path.exists():
        model = MultiHead()
        model.load_state_dict(torch.load(path, weights_only=True))
        model.eval()
        return model
    whole = allowed(recipe, sets(recipe))
    model = second_stage(recipe, whole, 100)
    torch.save(model.state_dict(), path)
    return model
