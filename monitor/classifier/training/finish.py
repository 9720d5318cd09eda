"""The last step of a training run: figures and thresholds from the folds, and the export."""

import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monitor.classifier.classifier import Classifier
from monitor.classifier.evaluate import evaluate
from monitor.classifier.patterns import caught
from monitor.classifier.training import data
from monitor.classifier.training.calibrate import NO_FOLD, Held, fit
from monitor.classifier.training.conversations import conversation_features, fit_outcome
from monitor.classifier.training.data import MULTI, Row
from monitor.classifier.training.folds import RUNS
from monitor.classifier.training.recipe import POST_TASKS, Recipe, allowed, final, sets
from monitor.classifier.training.report import report


def gathered(recipe: Recipe) -> tuple[Held, list[Row]]:
    """Held-out logits of every fold that is done, with their gold, and the annotated posts."""
    whole = sets(recipe)
    known = {
        name: {row.id: row for row in getattr(whole, name)}
        for name in ("posts", "xci", "outcomes", "more_talks")
    }
    rows: dict[str, list[Row]] = {name: [] for name in known}
    folds: dict[str, list[int]] = {name: [] for name in known}
    logits: dict[tuple[str, str], list[Any]] = {}
    for number in range(RUNS):
        path = recipe.path(f"fold-{number}.pkl")
        if not path.exists():
            continue
        with path.open("rb") as file:
            said = pickle.load(file)  # noqa: S301 - our own file
        for name, (ids, answers) in said.items():
            rows[name] += [known[name][id_] for id_ in ids]
            folds[name] += [NO_FOLD if name == "more_talks" else number] * len(ids)
            for task, values in answers.items():
                logits.setdefault((name, task), []).append(values)
    held = Held()
    for task, name in (dict.fromkeys(POST_TASKS, "posts") | {"severity": "xci"}).items():
        if rows[name]:
            _hold(held, task, rows[name], np.concatenate(logits[name, task]), folds[name])
    if rows["outcomes"]:
        both = logits["outcomes", "outcome"] + logits["more_talks", "outcome"]
        _hold(held, "outcome", rows["outcomes"] + rows["more_talks"], np.concatenate(both),
              folds["outcomes"] + folds["more_talks"])  # fmt: skip
    for name, task in (("xci_own_head", "complaint_xci"), ("xci_verdict", "complaint")):
        said_so = np.concatenate(logits["xci", task])
        _hold(held, name, rows["xci"], said_so, folds["xci"], "complaint_xci")
    return held, rows["posts"]


def _hold(
    held: Held, name: str, rows: Sequence[Row], logits: Any, folds: Sequence[int], task: str = ""
) -> None:
    task = task or name
    empty: Any = [-1] * len(MULTI[task]) if task in MULTI else -1
    gold = np.array([row.labels.get(task, empty) for row in rows])
    if task == "severity":
        gold = np.where(gold > 0, gold, -1)
    held.logits[name], held.gold[name] = logits, gold
    held.natural[name] = np.array([not row.enriched for row in rows])
    held.fold[name] = np.array(folds)


def finish(recipe: Recipe, out: Path, name: str) -> dict[str, Any]:
    """Thresholds and metrics from the folds, and the export of the final model."""
    from monitor.classifier.training.export import export

    held, posts = gathered(recipe)
    hits = [caught(row.text) for row in posts]
    metrics = report(held, posts, hits)
    thresholds = fit(held, hits, name) | {"noncommercial": recipe.noncommercial}
    model = final(recipe)
    metrics["export"] = export(model, out)
    whole = allowed(recipe, sets(recipe))
    talks = whole.talks
    (out / "outcome.npz").unlink(missing_ok=True)  # of an earlier run, with other rows
    if talks:
        fit_outcome(conversation_features(model, talks), talks).write(out / "outcome.npz")
    (out / "thresholds.json").write_text(json.dumps(thresholds, indent=1) + "\n", "utf-8")
    metrics["tweeteval_test"] = tweeteval(recipe, out)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", "utf-8")
    return metrics


def tweeteval(recipe: Recipe, folder: Path) -> dict[str, Any]:
    """What the exported classifier, int8 and thresholds and all, scores on tweets never seen."""
    names = data.CLASSES["sentiment"]
    rows = [
        {"text": row.text, "gold": {"sentiment": names[row.labels["sentiment"]]}}
        for row in data.tweeteval_sentiment(recipe.shared, "test")
    ]
    scores = evaluate("sentiment", rows, Classifier.read(folder))
    return {name: scores[name] for name in ("n", "macro_recall", "macro_f1", "ece")}
