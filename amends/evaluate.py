"""`amends evaluate`: scores the classifier on a labelled file."""

import sys
from pathlib import Path
from typing import Any

import typer

from amends.inputs import open_input
from amends.output import as_json, plain, print_json
from config.errors import AmendsError, SettingsError
from config.settings import Settings
from models.labels import Risk
from monitor.classifier import load
from monitor.classifier.evaluate import LABELS, TASKS, evaluate
from monitor.collectors.files import BadLine, Line, json_lines

SHOWN_REFUSALS = 20


def run_evaluate(settings: Settings, task: str, path: Path, as_json: bool) -> int:
    """Print the scores of one task; return 1 when some lines could not be read.

    Raises SettingsError for an unknown task, UseError for a file that cannot be read, AmendsError
    for one that has nothing to score.
    """
    if task not in TASKS:
        raise SettingsError(f"--task {task} is not known; it is one of {', '.join(TASKS)}.")
    rows, refused = _rows(task, path)
    if not rows:
        raise AmendsError(f"{path} has no line with a label for {task}; there is nothing to score.")
    rules = settings.classifier
    classifier = load(rules.sentiment_model, rules.threads, rules.critical_miss_rate)
    try:
        scores = evaluate(task, rows, classifier)
    except (ValueError, LookupError) as error:
        raise AmendsError(f"{path}: {error}.") from None
    if as_json:
        print_json(scores)
    else:
        sys.stdout.write("\n".join(map(plain, _lines(scores))) + "\n")
    return 1 if refused else 0


def _rows(task: str, path: Path) -> tuple[list[dict[str, Any]], int]:
    with open_input(path) as stream:
        lines = [_row(task, line) for line in json_lines(stream)]
    refused = [line for line in lines if isinstance(line, BadLine)]
    for bad in refused[:SHOWN_REFUSALS]:
        typer.echo(f"Line {bad.number} was left out: {bad.reason}", err=True)
    if len(refused) > SHOWN_REFUSALS:
        typer.echo(f"{len(refused) - SHOWN_REFUSALS} further lines were left out.", err=True)
    rows = [line for line in lines if isinstance(line, dict)]
    return [row for row in rows if row["gold"].get(task) is not None], len(refused)


def _row(task: str, line: Line | BadLine) -> dict[str, Any] | BadLine:
    """The labelled row of a line, or why it is none."""
    if isinstance(line, BadLine):
        return line
    raw = line.raw
    if not isinstance(raw, dict) or not isinstance(raw.get("gold"), dict):
        return BadLine(line.number, 'the line has no object "gold" with the labels.')
    for name in ("first", "reply") if task == "outcome" else ("text",):
        if not isinstance(raw.get(name), str):
            return BadLine(line.number, f"{name} is missing or no text.")
    after = raw.get("after")
    if task == "outcome" and not (
        isinstance(after, list) and all(isinstance(text, str) for text in after)
    ):
        return BadLine(line.number, "after must be a list of texts.")
    rating = raw.get("rating")
    if rating is not None and (isinstance(rating, bool) or rating not in range(1, 6)):
        return BadLine(line.number, "rating must be a whole number from 1 to 5, or null.")
    label = raw["gold"].get(task)
    if task == "risks":
        if label is not None and not _are_risks(label):
            return BadLine(line.number, f"risks must be a list of {', '.join(Risk)}.")
    elif label is not None and str(label) not in LABELS[task]:
        return BadLine(line.number, f"{task} must be one of {', '.join(LABELS[task])}.")
    return raw


def _are_risks(value: object) -> bool:
    return isinstance(value, list) and all(risk in list(Risk) for risk in value)


def _lines(scores: dict[str, Any]) -> list[str]:
    classes = scores.get("classes", {})
    lines = [f"{name}: {value}" for name, value in scores.items() if not isinstance(value, dict)]
    if classes:
        columns = list(next(iter(classes.values())))
        lines.append("".join(f"{name:>16}" for name in ("class", *columns)))
        lines += [
            "".join(f"{cell!s:>16}" for cell in (label, *values.values()))
            for label, values in classes.items()
        ]
    for name, value in scores.items():
        if isinstance(value, dict) and name != "classes":
            lines.append(f"{name}: {as_json(value)}")
    return lines
