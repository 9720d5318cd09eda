"""`make bench`: there is such a rule, and its program measures the bundled classifier."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.classifier import bench

ROOT = Path(__file__).parents[2]
POSTS = "playground/story/posts.jsonl"


def test_make_has_the_rule() -> None:
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    shown = subprocess.run(
        ["make", "--dry-run", "bench"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"python -m monitor.classifier.bench {POSTS}" in shown.stdout


def test_speed_and_memory_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([str(ROOT / POSTS), "--posts", "20"]) == 0
    ours = json.loads(capsys.readouterr().out)["amends"]
    assert ours["posts_per_second"] > 0
    assert 50 < ours["peak_mb"] < 8_000


def test_macos_counts_memory_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    on_linux = bench.peak_bytes()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bench.peak_bytes() == pytest.approx(on_linux / 1024, rel=0.05)
