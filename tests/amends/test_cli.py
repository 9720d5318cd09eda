"""The command line through real processes: data, one sentence if something is wrong, a status."""

import json
import select
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.database import connect, writing
from models.schema import ensure
from models.tables import Case, CasePost, Customer, Post
from tests.amends.command import Amends

COMMANDS = ("run", "once", "demo", "classify", "import", "cases", "case", "doctor", "evaluate",
            "corrections", "db upgrade")  # fmt: skip
NASTY = "\x1b[2J\x9b31m[bold red]late[/bold red]\u202eagain\r\n[link=http://evil.example]x[/link]"


@pytest.fixture
def amends(tmp_path: Path) -> Amends:
    return Amends(tmp_path)


def lines(*posts: object) -> str:
    return "".join((post if isinstance(post, str) else json.dumps(post)) + "\n" for post in posts)


def test_help_names_every_command_that_works(amends: Amends) -> None:
    shown = amends("--help")
    assert shown.status == 0
    assert shown.err == ""
    for command in COMMANDS:
        assert f"  {command.split()[0]} " in shown.out
        assert amends(*command.split(), "--help").out.startswith("Usage: ")
    assert not (amends.folder / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["frob"], "No such command 'frob'"),
        (["classify", "--frob"], "No such option: --frob"),
        (["case", "abc"], "Invalid value for 'ID'"),
        (["import"], "Missing argument"),
    ],
)
def test_wrong_use(amends: Amends, arguments: list[str], expected: str) -> None:
    outcome = amends(*arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert expected in outcome.err


@pytest.mark.parametrize(
    "command",
    ["run", "once", "demo", "classify", "import x.jsonl", "cases", "case 1", "db upgrade"],
)
def test_an_unknown_setting_stops_every_command(amends: Amends, command: str) -> None:
    outcome = amends(*command.split(), X__BEARER_TOKN="hunter2")
    assert outcome.status == 2
    assert outcome.sentence == (
        "amends: AMENDS_X__BEARER_TOKN is not a setting of amends; "
        "did you mean AMENDS_X__BEARER_TOKEN?"
    )
    assert not (amends.folder / "home").exists()


def test_classify_answers_one_for_one_in_order(amends: Amends) -> None:
    given = lines(
        {"id": "1", "text": "My order never came!"},
        '{"id": "2", "text": ',
        "",
        {"text": "no id"},
        {"id": "4", "text": "late " * 20_000},
        {"id": "5\u009b31m", "text": NASTY},
        {"id": 6, "text": ""},
        {"id": "7", "text": "Thank you, that was quick."},
    )
    outcome = amends("classify", given=given)
    assert outcome.status == 1
    assert outcome.err == ""
    assert "\x9b" not in outcome.out
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert [answer["id"] for answer in answers] == ["1", None, None, "4", "5\u009b31m", "6", "7"]
    assert [("error" in answer) for answer in answers] == [False, True, True] + [False] * 4
    for answer in (answers[0], *answers[3:]):
        assert 0 <= answer["complaint"] <= 1
        assert sum(answer["urgency"][name] for name in ("critical", "high", "normal", "low", "none")
                   ) == pytest.approx(1, abs=0.01)  # fmt: skip
    file = amends.folder / "posts.jsonl"
    file.write_text(given)
    assert amends("classify", file).out == outcome.out


def test_classify_names_the_phrases_behind_a_complaint(amends: Amends) -> None:
    text = "Thanks for the snack. My bag is lost since Monday and nobody answers your phone!"
    given = json.dumps({"id": "1", "text": text}) + "\n"
    (plain,) = (json.loads(line) for line in amends("classify", given=given).out.splitlines())
    (told,) = (
        json.loads(line) for line in amends("classify", "--reasons", given=given).out.splitlines()
    )
    assert plain["reasons"] == []
    assert told["reasons"]
    assert all(phrase in text for phrase in told["reasons"])
    assert {**told, "reasons": []} == plain


def test_classify_of_nothing_and_of_what_is_not_there(amends: Amends) -> None:
    outcome = amends("classify")
    assert (outcome.status, outcome.out, outcome.err) == (0, "", "")
    missing = amends("classify", "nowhere.jsonl")
    assert missing.status == 2
    assert missing.sentence == "amends: nowhere.jsonl cannot be read: No such file or directory."
    assert "cannot be read: Is a directory." in amends("classify", amends.folder).sentence


def test_classify_answers_while_its_input_stays_open(amends: Amends) -> None:
    with subprocess.Popen(
        amends.line("classify"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=amends.environment, cwd=amends.folder,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        for number in ("1", "2"):
            process.stdin.write(lines({"id": number, "text": "late"}, '{"id": "half').encode()[:-1])
            process.stdin.flush()
            assert select.select([process.stdout], [], [], 30)[0], "it answers what it has"
            assert json.loads(process.stdout.readline())["id"] == number
            process.stdin.write(b'"}\n')
            process.stdin.flush()
            assert "error" in json.loads(process.stdout.readline())
        process.stdin.close()
        assert process.wait(30) == 1


def test_a_reader_that_goes_away_is_no_crash(amends: Amends) -> None:
    file = amends.folder / "posts.jsonl"
    file.write_text(lines(*({"id": str(number), "text": "late"} for number in range(1500))))
    with subprocess.Popen(
        amends.line("classify", file), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=amends.environment, cwd=amends.folder,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == "0"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 1
    with subprocess.Popen(
        amends.line("cases", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=amends.environment, cwd=amends.folder,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 1


def test_import_takes_what_it_can_and_says_the_rest(amends: Amends) -> None:
    post: dict[str, Any] = {"text": "late", "created_at": "2026-01-01T00:00:00Z"}
    file = amends.folder / "posts.jsonl"
    file.write_text(lines({"id": "1"} | post, "{broken", {"id": "2"} | post, {"id": "3"}))
    first = amends("import", file)
    assert first.status == 1
    assert first.out == ""
    assert first.err.splitlines() == [
        "Line 2 was left out: the line is not JSON; each line must hold one whole object.",
        "Line 4 was left out: text is missing.",
        "2 new posts, 0 known already, 2 lines left out.",
    ]
    file.write_text(lines({"id": "1"} | post, {"id": "2"} | post))
    again = amends("import", file)
    assert again.status == 0
    assert again.sentence == "0 new posts, 2 known already, 0 lines left out."


def test_import_of_what_is_no_archive(amends: Amends) -> None:
    note, wide = amends.folder / "notes.txt", amends.folder / "wide.jsonl"
    note.write_text("dear diary")
    wide.write_bytes('{"id": "1", "text": "late"}\n'.encode("utf-16"))
    folder = amends.folder / "folder.jsonl"
    folder.mkdir()
    for path, words in (
        ("nowhere.jsonl", "does not exist"),
        (note, "is neither .jsonl nor .csv"),
        (wide, "UTF-16; save it as UTF-8"),
        (folder, "cannot be read: Is a directory"),
    ):
        outcome = amends("import", path)
        assert outcome.status == 2, "nothing was done"
        assert words in outcome.sentence


@pytest.fixture
def with_case(amends: Amends) -> Amends:
    """A house with one case, whose customer is hostile to terminals."""
    engine = connect(f"sqlite:///{amends.folder / 'home' / 'amends.db'}")
    ensure(engine)
    now = datetime.now(UTC)
    for row in (
        Customer(channel="x", external_id="1", handle=NASTY, first_seen_at=now),
        Post(
            channel="x", external_id="9", customer_id=1, text=NASTY, created_at=now, url=None,
            conversation="9", brand="Larkline", source="test", fetched_at=now, pending=False,
        ),
        Case(
            customer_id=1, matter="Larkline", channel="x", urgency="high", category="delay",
            anger=2, severity=2, risks=["press"], opened_at=now, last_customer_at=now, due_at=now,
        ),
        CasePost(case_id=1, post_id=1, role="opened"),
    ):  # fmt: skip
        with writing(engine) as session:
            session.add(row)
    engine.dispose()
    return amends


def test_cases_and_case(with_case: Amends) -> None:
    listed = json.loads(with_case("cases", "--json").out)
    assert [(row["id"], row["status"], row["posts"]) for row in listed] == [(1, "new", 1)]
    assert listed[0]["handle"] == NASTY
    shown = json.loads(with_case("case", 1, "--json").out)
    assert (shown["id"], shown["posts"][0]["text"]) == (1, NASTY)
    for arguments in (["cases"], ["cases", "--json"], ["case", 1], ["case", 1, "--json"]):
        outcome = with_case(*arguments)
        assert (outcome.status, outcome.err) == (0, "")
        assert not set(outcome.out) & set("\x1b\x9b\r\u202e")
        if "--json" not in arguments:
            assert "[bold red]late[/bold red] again" in outcome.out
    assert json.loads(with_case("cases", "--status", "closed", "--json").out) == []
    assert with_case("cases", "--status", "closed").out == "No cases.\n"
    wrong = with_case("cases", "--status", "asleep")
    assert wrong.status == 2
    assert wrong.sentence == (
        "amends: --status asleep is not known; it is one of new, claimed, answered, closed, "
        "dismissed."
    )
    none = with_case("case", 999)
    assert (none.status, none.sentence) == (1, "amends: There is no case 999.")


def test_a_narrow_locale_is_no_reason_to_fail(with_case: Amends) -> None:
    with_case.environment |= {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    outcome = with_case("classify", given='{"id": "ü", "text": "zu spät"}\n')
    assert json.loads(outcome.out)["id"] == "ü"


def test_databases_that_cannot_be_used(amends: Amends) -> None:
    made = amends("db", "upgrade")
    assert (made.status, made.sentence[:26]) == (0, "The database is at schema ")
    assert amends("db", "upgrade").sentence == made.sentence
    closed = f"sqlite:///file:{amends.folder}/home/amends.db?mode=ro&uri=true"
    file = amends.folder / "posts.jsonl"
    file.write_text(lines({"id": "1", "text": "late"}))
    for command in (["once"], ["run"], ["import", file]):
        outcome = amends(*command, DATABASE_URL=closed)
        assert outcome.status == 1
        assert outcome.sentence == (
            "amends: The database is read-only. Give the user that runs amends write access to "
            "the database file and its folder."
        )
    assert amends("cases", DATABASE_URL=closed).out == "No cases.\n"
    diary = amends.folder / "diary.db"
    diary.write_text("these are the words of somebody's diary, kept for a long time")
    outcome = amends("once", DATABASE_URL=f"sqlite:///{diary}")
    assert outcome.status == 1
    assert "The file is no database of amends." in outcome.sentence
    outcome = amends("cases", DATABASE_URL="mysterydb://me:hunter2@db/amends")
    assert outcome.status == 2
    assert "hunter2" not in outcome.sentence
    assert "use sqlite or postgresql" in outcome.sentence


def test_a_model_that_is_not_there(amends: Amends) -> None:
    outcome = amends(
        "classify", given='{"id": "1", "text": "x"}', CLASSIFIER__SENTIMENT_MODEL="/no"
    )
    assert outcome.status == 2
    assert outcome.sentence.startswith(
        "amends: AMENDS_CLASSIFIER__SENTIMENT_MODEL names /no, which"
    )


def test_policy_that_is_wrong(amends: Amends) -> None:
    policy = amends.folder / "policy"
    assert "which is no folder" in amends("once", CONFIG_DIR=str(policy)).sentence
    policy.mkdir()
    (policy / "cases.toml").write_text('[alerting]\nurgencies = ["soon"]\n')
    outcome = amends("once", CONFIG_DIR=str(policy))
    assert outcome.status == 2
    assert f"{policy}/cases.toml: alerting.urgencies 1 is wrong" in outcome.sentence
