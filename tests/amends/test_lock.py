"""Two amends on one database: the second ends with one sentence, and takes nothing away."""

import os
import socket
from pathlib import Path

import pytest
from sqlalchemy import Engine

from amends.lock import file_lock, sole_worker
from config.errors import AmendsError
from models.database import connect
from tests.amends.command import Amends


@pytest.fixture
def amends(tmp_path: Path) -> Amends:
    return Amends(tmp_path)


def test_the_second_worker_is_refused_until_the_first_ends(engine: Engine) -> None:
    other = connect(engine.url.render_as_string(hide_password=False))
    with sole_worker(engine), pytest.raises(AmendsError, match="Another amends "):
        sole_worker(other).__enter__()
    with sole_worker(other):
        pass
    other.dispose()


def test_two_names_of_one_file_are_one_database(tmp_path: Path) -> None:
    real, alias = tmp_path / "real", tmp_path / "alias"
    real.mkdir()
    alias.symlink_to(real)
    by_uri = connect(f"sqlite:///file:{real / 'amends.db'}?uri=true")
    with file_lock(real / "amends.db"):
        with pytest.raises(AmendsError, match=rf"\(process {os.getpid()}\)"):
            file_lock(alias / "amends.db").__enter__()
        with pytest.raises(AmendsError, match="Another amends"):
            sole_worker(by_uri).__enter__()
    by_uri.dispose()


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, no folder")
    with pytest.raises(AmendsError, match=r"home/amends\.lock cannot be opened"):
        file_lock(tmp_path / "home" / "amends.db").__enter__()


def test_only_those_that_send_are_refused(amends: Amends) -> None:
    amends("db", "upgrade")
    archive = amends.folder / "posts.jsonl"
    archive.write_text('{"id": "1", "text": "late"}\n')
    database = amends.folder / "home" / "amends.db"
    with file_lock(database):
        for command in ("once", "run"):
            outcome = amends(command)
            assert outcome.status == 1
            assert outcome.sentence == (
                f"amends: Another amends (process {os.getpid()}) works on {database}. Stop that "
                "one first, or set AMENDS_HOME to give this one a home of its own."
            )
        assert amends("import", archive).status == 0
        assert amends("cases").status == 0
        assert amends("doctor").status == 0
    assert amends("once").status == 0


def test_a_second_demo_leaves_the_first_alone(amends: Amends) -> None:
    home = amends.folder / "home" / "demo"
    home.mkdir(parents=True)
    (home / "amends.db").write_text("the story so far")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert amends("demo", HTTP__PORT=str(taken.getsockname()[1])).status == 2
    with file_lock(home / "amends.db"):
        outcome = amends("demo", HTTP__PORT="0")
    assert outcome.status == 1
    assert "Another amends" in outcome.sentence
    assert (home / "amends.db").read_text() == "the story so far"
