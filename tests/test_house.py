"""The house as a whole: whose rooms these are, how fast the door opens, what stays outside."""

import importlib
import json
import os
import re
import resource
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("amends", "config", "models", "monitor", "recovery", "playground")
HEAVY = (
    "transformers", "tokenizers", "onnxruntime", "numpy", "torch", "tweepy", "praw", "slack_sdk",
    "slack_bolt", "sqlalchemy", "sqlmodel", "alembic", "fastapi", "uvicorn", "apscheduler",
    "requests", "pydantic_settings",
)  # fmt: skip
# In parts, so that this file holds none of them.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"), ("crates", "io"),
        ("proxy", "golang", "org"), ("download", "pytorch", "org"),
    )
]  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_ours(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__file__ is not None
    assert Path(module.__file__) == ROOT / room / "__init__.py"
    others = set(packages_distributions().get(room, [])) - {"amends"}
    assert not others, f"{room} is also what {others} call a package"


def python(program: str, text: str = "") -> str:
    """What a fresh interpreter prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AMENDS_")}
    done = subprocess.run(
        [sys.executable, "-c", program], input=text, capture_output=True, text=True, check=True,
        cwd=ROOT, env=environment,
    )  # fmt: skip
    return done.stdout


def test_help_is_instant_and_light() -> None:
    program = (
        "import sys, json\n"
        "sys.argv = ['amends', '--help']\n"
        "from amends.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    seconds, loaded = [], set()
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        loaded = set(json.loads(python(program).splitlines()[-1]))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        seconds.append(used)
    assert median(seconds) < 1.0
    assert loaded & set(HEAVY) == set()


def test_judging_needs_no_torch() -> None:
    program = (
        "import sys, io\n"
        "from config.settings import load_settings\n"
        "from amends.classify import run_classify\n"
        "out = io.StringIO()\n"
        "run_classify(load_settings({}), None, out)\n"
        "assert out.getvalue()\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    assert python(program, '{"id": "1", "text": "My order never came."}\n') == "False False\n"


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout, so nobody can say which files belong to the project")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_holds_a_registry_address() -> None:
    pattern = re.compile("|".join(re.escape(name) for name in REGISTRIES).encode())
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.is_file() and path.stat().st_size < 2_000_000 and pattern.search(path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_hash(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    bare, current, hashes = [], "", 1
    for line in [*lines, "end==0"]:
        if line and not line[0].isspace() and not line.startswith("#"):
            if hashes == 0:
                bare.append(current)
            current, hashes = line, 0
            assert "==" in line, f"{line} names no exact version"
        hashes += line.count("--hash=sha256:")
    assert bare == []
    assert len(lines) > 50
