"""`amends doctor`: says of each thing whether it is right, and changes nothing by looking."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.town import Town
from tests.amends.command import Amends, Outcome
from tests.amends.daemon import small_story


@pytest.fixture
def amends(tmp_path: Path) -> Amends:
    return Amends(tmp_path)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    town = Town.open(pace=1.0, story=small_story(1))
    yield town
    town.close()


def found(outcome: Outcome) -> dict[str, tuple[str, str]]:
    assert outcome.err == ""
    return {each["check"]: (each["state"], each["words"]) for each in json.loads(outcome.out)}


def test_where_nothing_is_set_up(amends: Amends) -> None:
    outcome = amends("doctor")
    assert outcome.status == 0
    assert outcome.err == ""
    states = {line.split()[1]: line.split()[0] for line in outcome.out.splitlines()}
    assert states == {
        "settings": "ok", "database": "off", "clock": "ok", "weights": "ok", "x": "off",
        "reddit": "off", "slack": "off", "brand": "off",
    }  # fmt: skip
    assert "alerts wait until AMENDS_SLACK__BOT_TOKEN and AMENDS_SLACK__CHANNEL" in outcome.out
    assert list(amends.folder.iterdir()) == [], "looking makes nothing"


def test_where_all_is_right(amends: Amends, town: Town) -> None:
    amends("db", "upgrade")
    amends.environment |= town.environment()
    outcome = amends("doctor", "--json")
    checks = found(outcome)
    assert {check: each for check, each in checks.items() if each[0] != "ok"} == {}
    assert outcome.status == 0
    assert "can be read and written" in checks["database"][1]
    assert "reads as @larkline, replies as @larkline" in checks["x"][1]
    assert "hears clicks" in checks["slack"][1]
    assert checks["brand"] == ("ok", "the desk speaks for Larkline")


def test_what_is_half_set_up_is_wrong(amends: Amends, town: Town) -> None:
    amends.environment |= town.environment()
    outcome = amends("doctor", "--json", SLACK__CHANNEL=None, CONFIG_DIR=None)
    assert outcome.status == 1
    checks = found(outcome)
    assert checks["slack"] == (
        "wrong", "Slack is not set up: alerts wait until AMENDS_SLACK__CHANNEL is set.",
    )  # fmt: skip
    assert checks["brand"][0] == "wrong"
    assert 'still called "Your Brand"' in checks["brand"][1]


def test_what_is_refused_is_named_with_its_variable(amends: Amends, town: Town) -> None:
    amends.environment |= town.environment()
    outcome = amends(
        "doctor", "--json", X__BEARER_TOKEN="hunter2", SLACK__BOT_TOKEN="xoxb-hunter2",
        REDDIT__CLIENT_SECRET="hunter2",
    )  # fmt: skip
    checks = found(outcome)
    assert outcome.status == 1
    assert "hunter2" not in outcome.out
    for check, variable in (
        ("x", "AMENDS_X__BEARER_TOKEN"),
        ("slack", "AMENDS_SLACK__BOT_TOKEN"),
        ("reddit", "AMENDS_REDDIT__CLIENT_ID"),
    ):
        state, words = checks[check]
        assert state == "wrong"
        assert variable in words


def test_wrong_settings_and_a_strange_database(amends: Amends) -> None:
    outcome = amends("doctor", "--json", X__BEARER_TOKN="hunter2")
    assert outcome.status == 2
    assert list(found(outcome)) == ["settings"]
    assert "hunter2" not in outcome.out
    films = amends.folder / "films.db"
    with sqlite3.connect(films) as connection:
        connection.execute("CREATE TABLE films (title TEXT)")
    connection.close()
    checks = found(outcome := amends("doctor", "--json", DATABASE_URL=f"sqlite:///{films}"))
    assert outcome.status == 1
    assert checks["database"][0] == "wrong"
    assert "tables that are not of amends" in checks["database"][1]
    assert checks["weights"][0] == "ok", "the other checks are made all the same"
    assert "CC BY-NC-SA" in checks["weights"][1], "who uses the weights for business is told"
