"""Policy files: the packaged ones load, and a wrong one is named with its file and its key."""

import re
from pathlib import Path
from typing import get_args

import pytest

from config import policy
from config.errors import SettingsError
from config.policy import HERE, Policy, load_policy
from models.labels import Category, Risk, Urgency
from recovery.gestures import suggest


def refusal(directory: Path, name: str, text: str | bytes) -> str:
    """What is said of a policy file; it must begin with the file."""
    path = directory / f"{name}.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError) as caught:
        load_policy(directory)
    words = str(caught.value)
    assert words.startswith(f"{path}")
    assert words.endswith((".", "?"))
    return words.removeprefix(f"{path}")


def packaged(name: str) -> str:
    return (HERE / f"{name}.toml").read_text(encoding="utf-8")


def test_words_are_those_of_the_labels() -> None:
    assert list(get_args(policy.Urgency)) == [each.value for each in Urgency]
    assert list(get_args(policy.Risk)) == [each.value for each in Risk]
    assert list(get_args(policy.Category)) == [each.value for each in Category]


def test_the_packaged_rules_are_the_documented_ones() -> None:
    rules = load_policy()
    assert rules.cases.alerting.anger_at_least == 2
    assert rules.cases.alerting.urgencies == ("critical", "high")
    assert rules.cases.alerting.any_risk
    assert rules.cases.opening.complaint_at_least is None
    assert rules.cases.opening.risks_open
    assert rules.cases.opening.abstained == "queue"
    assert rules.deadlines.answer_minutes == {
        "critical": 15, "high": 60, "normal": 480, "low": 1440, "none": 1440,
    }  # fmt: skip
    assert rules.gestures.at_most == 3
    grave = {"selfharm", "safety", "legal", "press", "discrimination", "vulnerable", "fraud"}
    assert set(rules.gestures.never_with_risks) == grave
    assert set(rules.drafts.never_with_risks) == grave


def test_every_policy_file_is_packaged() -> None:
    assert {path.stem for path in HERE.glob("*.toml")} == set(Policy.model_fields)


def test_a_folder_overrides_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "brand.toml").write_text('name = "Larkline"\n')
    rules = load_policy(tmp_path)
    assert rules.brand.name == "Larkline"
    assert rules.gestures == load_policy().gestures


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"AMENDS_CONFIG_DIR names .*nowhere, which is no fold"):
        load_policy(tmp_path / "nowhere")


def test_a_misspelt_file_is_not_passed_over(tmp_path: Path) -> None:
    words = refusal(tmp_path, "gesture", "")
    assert words == " is no policy file of amends; did you mean gestures.toml?"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("brand", "name = ", " is not valid TOML: "),
        ("brand", "name = 3", ": name is wrong: it must be text in quotes."),
        ("brand", "", ": name is wrong: it is missing."),
        ("brand", 'name = ""', ": name is wrong: it must not be empty."),
        (
            "brand",
            'name = "L"\nsignatur = "x"',
            ": signatur is wrong: it is not known; did you mean signature?",
        ),
        ("brand", 'name = "L"\nsimilar_names = "M"', ": similar_names is wrong: it must be a list"),
        (
            "cases",
            "[alerting]\nanger_at_leas = 1",
            ": alerting.anger_at_leas is wrong: it is not known; did you mean anger_at_least?",
        ),
        (
            "cases",
            '[alerting]\nurgencies = ["critical", "hihg"]',
            ": alerting.urgencies 2 is wrong: it must be 'critical', 'high', 'normal', 'low' or 'n",
        ),
        ("cases", "[opening]\ncomplaint_at_least = 7", ": opening.complaint_at_least is wrong"),
        ("cases", "[alerting]\nmax_age_hours = nan", "max_age_hours is wrong: it must be a finite"),
        ("cases", 'opening = "all"', ": opening is wrong: it must be a table of its own."),
        (
            "deadlines",
            "[answer_minutes]\ncritical = 15",
            ": answer_minutes is wrong: it has no high and no normal and no low and no none",
        ),
        ("deadlines", "[answer_minutes]\nurgent = 15", ": answer_minutes.urgent is wrong: it must"),
        ("deadlines", "[answer_minutes]\ncritical = 0", "critical is wrong: it must be more than"),
        ("gestures", 'never_with_risks = ["leagl"]', ": never_with_risks 1 is wrong: it must be"),
        ("gestures", 'currency = "euro"', ": currency is wrong: it must be the three capitals"),
        (
            "drafts",
            'opening = "Hi {name}"',
            ": opening 1 is wrong: {name} would reach the customer",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, name, text)


def gesture(key: str = "tea", categories: str = '["delay"]', more: str = "") -> str:
    return (
        f'[[gesture]]\nkey = "{key}"\nname = "Tea"\ncost = 2.0\ngrant = "agent"\n'
        f'reason = "warm"\ncategories = {categories}\n{more}\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (gesture(categories='["dealy"]'), ": gesture 1, categories 1 is wrong: it must be 'delay'"),
        (
            gesture() + gesture("tee", more="cots = 1"),
            "gesture 2, cots is wrong: it is not known; ",
        ),
        (gesture() + gesture(), " is wrong: two gestures have the key tea."),
        (gesture("Tea time"), ": gesture 1, key is wrong: it must be small letters"),
        (gesture(more="min_anger = 3\nmax_anger = 1"), "tea would never be offered"),
        (gesture(more="min_anger = 9"), ": gesture 1, min_anger is wrong: it must be 3 or less."),
    ],
)
def test_what_is_wrong_with_a_gesture(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refusal(tmp_path, "gestures", text)


def test_no_utf8_and_no_file(tmp_path: Path) -> None:
    assert "save it as UTF-8" in refusal(tmp_path, "brand", b'name = "Caf\xe9"')
    (tmp_path / "brand.toml").unlink()
    (tmp_path / "brand.toml").mkdir()
    with pytest.raises(SettingsError, match=r"brand.toml cannot be read: Is a directory"):
        load_policy(tmp_path)


def test_a_house_without_gestures(tmp_path: Path) -> None:
    (tmp_path / "gestures.toml").write_text('currency = "GBP"\n')
    catalogue = load_policy(tmp_path).gestures
    assert catalogue.gesture == ()
    assert suggest(catalogue, "delay", 2, 2, []) == []


@pytest.mark.parametrize("name", sorted(Policy.model_fields))
def test_a_copy_of_the_packaged_file_is_taken(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.toml").write_text(packaged(name), encoding="utf-8")
    assert load_policy(tmp_path) == load_policy()


@pytest.mark.parametrize("name", ["gestures", "drafts"])
def test_the_lane_of_self_harm_cannot_be_lost_to_a_typo(tmp_path: Path, name: str) -> None:
    packaged = (HERE / f"{name}.toml").read_text("utf-8")
    lane = re.compile(r"^never_with_risks = .*$", re.MULTILINE)
    for risks in ('["self-harm", "safety"]', '["safety"]'):
        (tmp_path / f"{name}.toml").write_text(lane.sub(f"never_with_risks = {risks}", packaged))
        with pytest.raises(SettingsError, match=r"never_with_risks.*(selfharm)"):
            load_policy(tmp_path)
    (tmp_path / f"{name}.toml").write_text(lane.sub("", packaged))
    assert "selfharm" in getattr(load_policy(tmp_path), name).never_with_risks
