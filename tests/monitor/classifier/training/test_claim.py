"""A work folder belongs to one recipe."""

from pathlib import Path

import pytest

from monitor.classifier.training.claim import OtherRecipe, claim, label_files

SETTINGS = {"tweets": 10, "repeats": (2, 2), "labels": {"labels.jsonl": "ab"}}


def test_the_same_settings_may_go_on(tmp_path: Path) -> None:
    work = tmp_path / "run"
    claim(work, SETTINGS)
    (work / "general.pt").write_bytes(b"weights")
    claim(work, dict(SETTINGS))
    assert (work / "general.pt").read_bytes() == b"weights"


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    claim(tmp_path / "run", SETTINGS)
    with pytest.raises(OtherRecipe, match="another labels, tweets"):
        claim(tmp_path / "run", SETTINGS | {"tweets": 11, "labels": {"labels.jsonl": "cd"}})


def test_files_of_nobody_are_refused(tmp_path: Path) -> None:
    (tmp_path / "general.pt").write_bytes(b"weights")
    with pytest.raises(OtherRecipe, match="empty folder"):
        claim(tmp_path, SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["general.pt"]


def test_labels_are_told_apart() -> None:
    hashes = label_files()
    assert len(set(hashes.values())) == len(hashes) == 4
