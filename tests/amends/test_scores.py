"""`amends evaluate` and `amends corrections`: figures on standard output, refusals beside them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.database import connect
from models.labels import Category, Risk, Urgency
from models.schema import ensure
from recovery import desk
from tests.amends.command import Amends
from tests.recovery.world import POLICY, Desk


@pytest.fixture
def amends(tmp_path: Path) -> Amends:
    return Amends(tmp_path)


def labelled(text: str, complaint: int | None) -> str:
    return json.dumps({"id": text, "text": text, "gold": {"complaint": complaint}})


def test_evaluate_scores_what_is_labelled_and_names_what_is_not(
    amends: Amends, tmp_path: Path
) -> None:
    file = tmp_path / "gold.jsonl"
    rows = [
        labelled("Third time my parcel is lost and nobody answers. Shame on you.", 1),
        labelled("Thank you so much, wonderful service today!", 0),
        labelled("disputed", None),
        '{"id": "no gold", "text": "x"}',
        "{broken",
        '{"text": "x", "gold": {"complaint": true}}',
        '{"text": "x", "gold": {"complaint": ["1"]}}',
        '{"text": "x", "rating": 99, "gold": {"complaint": 1}}',
        '{"text": "x", "rating": true, "gold": {"complaint": 1}}',
    ]
    file.write_text("\n".join(rows) + "\n")
    outcome = amends("evaluate", "--task", "complaint", "--data", str(file), "--json")
    assert outcome.status == 1
    scores = json.loads(outcome.out)
    assert scores["n"] == 2
    assert {"macro_f1", "macro_recall", "ece", "classes"} <= scores.keys()
    assert {name: found["gold"] for name, found in scores["classes"].items()} == {"0": 1, "1": 1}
    assert "Line 4 was left out" in outcome.err
    assert "Line 5 was left out" in outcome.err
    for number in (6, 7):
        assert f"Line {number} was left out: complaint must be one of 0, 1." in outcome.err
    for number in (8, 9):
        assert f"Line {number} was left out: rating must be a whole number" in outcome.err
    table = amends("evaluate", "--task", "complaint", "--data", str(file))
    assert "macro_f1: " in table.out


def test_evaluate_refuses_an_unknown_task_and_a_file_without_labels(
    amends: Amends, tmp_path: Path
) -> None:
    wrong = amends("evaluate", "--task", "mood", "--data", "x.jsonl")
    assert (wrong.status, wrong.out) == (2, "")
    assert "mood is not known; it is one of complaint" in wrong.err
    gone = amends("evaluate", "--task", "anger", "--data", "nowhere.jsonl")
    assert gone.status == 2
    assert gone.sentence == "amends: nowhere.jsonl cannot be read: No such file or directory."
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    nothing = amends("evaluate", "--task", "anger", "--data", str(empty))
    assert nothing.status == 1
    assert "nothing to score" in nothing.err


def test_corrections_count_what_people_did(amends: Amends) -> None:
    assert "Nobody has claimed" in amends("corrections").out
    home = amends.folder / "home"
    engine = connect(f"sqlite:///{home / 'amends.db'}")
    ensure(engine)
    world = Desk(engine, datetime.now(UTC))
    for number in range(2):
        world.judge(world.post(f"p{number}", author_id=f"u{number}"))
    world.consider()
    with world.write() as session:
        desk.claim(session, POLICY, 1, "UANA", world.now)
        desk.dismiss(session, POLICY, 2, "UANA", world.now)
    engine.dispose()
    [row] = json.loads(amends("corrections", "--json").out)["precision"]
    assert (row["channel"], row["judged"], row["right"], row["precision"]) == ("x", 2, 1, 0.5)
    assert "0.50" in amends("corrections").out
    assert "Removed by people" not in amends("corrections").out


def test_corrections_of_risks_are_counted_by_risk(amends: Amends) -> None:
    engine = connect(f"sqlite:///{amends.folder / 'home' / 'amends.db'}")
    ensure(engine)
    world = Desk(engine, datetime.now(UTC))
    world.open_case(is_complaint=False, complaint=0.1, risks=["safety"])
    with world.write() as session:
        desk.correct(
            session, POLICY, 1, "UANA", world.now, urgency=Urgency.HIGH, category=Category.DELAY,
            anger=2, risks=(Risk.LEGAL, Risk.PRESS),
        )  # fmt: skip
    engine.dispose()
    history = amends("case", "1").out
    assert "corrected by UANA: added: legal and press; taken away: safety\n" in history
    report = json.loads(amends("corrections", "--json").out)
    assert list(report) == ["precision", "wanted", "usable_cases", "complaint_at_least", "risks"]
    assert report["precision"] == []
    risks = report["risks"]
    assert set(risks) == set(Risk)
    assert risks["safety"] == {"said": 1, "added": 0, "removed": 1}
    assert risks["legal"] == risks["press"] == {"said": 0, "added": 1, "removed": 0}
    lines = [line.split() for line in amends("corrections").out.splitlines()]
    assert ["safety", "1", "0", "1"] in lines
    assert ["legal", "0", "1", "0"] in lines
    assert not any(line[:1] == ["fraud"] for line in lines), "nothing to say of it"


def test_evaluate_refuses_what_is_no_list_of_risks(amends: Amends) -> None:
    file = amends.folder / "risks.jsonl"
    golds: list[object] = [["fraud"], 5, "fraud", ["nonsense"], None]
    rows = [json.dumps({"text": "my account was hacked", "gold": {"risks": g}}) for g in golds]
    file.write_text("\n".join(rows))
    outcome = amends("evaluate", "--task", "risks", "--data", str(file), "--json")
    assert outcome.status == 1
    assert json.loads(outcome.out)["n"] == 1
    assert outcome.err.count("risks must be a list of safety, legal") == 3
