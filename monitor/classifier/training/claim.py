"""Whose files a work folder holds, so that a resumed run never mixes two recipes."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

NAME = "recipe.json"
LABELS = ("labels.jsonl", "written.jsonl", "tweets.jsonl", "outcomes.jsonl")


class OtherRecipe(Exception):
    """The folder holds files of a run with other settings or other labels."""


def label_files() -> dict[str, str]:
    """A hash of each label file beside this module."""
    here = Path(__file__).parent
    return {name: sha256((here / name).read_bytes()).hexdigest()[:16] for name in LABELS}


def claim(work: Path, settings: Mapping[str, Any]) -> None:
    """Write ``settings`` into an empty folder, or check that they are those of the files there.

    Raises OtherRecipe where they are not, or where the folder has files and no settings.
    """
    work.mkdir(parents=True, exist_ok=True)
    path, ours = work / NAME, json.loads(json.dumps(settings))
    if not path.exists():
        if any(file.suffix != ".part" for file in work.iterdir()):
            raise OtherRecipe(
                f"{work} holds files, but not the settings of the run that made them ({NAME}). "
                "Name an empty folder with --work."
            )
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(ours, indent=1) + "\n", "utf-8")
        partial.replace(path)
        return
    theirs = json.loads(path.read_text("utf-8"))
    other = sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )
    if other:
        raise OtherRecipe(
            f"{work} holds the files of a run with another {', '.join(other)}. "
            "Name an empty folder with --work, or take that run's settings."
        )
