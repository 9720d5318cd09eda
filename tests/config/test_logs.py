"""Logging: a line is on standard error, holds no secret, and steers no terminal."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.logs import BLANK, set_up
from config.settings import load_settings

quick = hypothesis_settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def written(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], form: str, **fields: object
) -> str:
    """What one logged error looks like."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    set_up(load_settings({**variables, "AMENDS_LOG__FORM": form}))
    log = structlog.get_logger("amends.test")
    try:
        dict(fields)[str(fields["reason"])]
    except KeyError:
        log.exception("It failed.", **fields)
    return out.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
@quick
@given(
    secret=st.text(min_size=6)
    .map(str.strip)
    .filter(lambda text: len(text) >= 6 and "\0" not in text)
)
def test_a_secret_is_blanked_wherever_it_came_from(
    monkeypatch: pytest.MonkeyPatch, form: str, secret: str
) -> None:
    token = f"q{secret}z"
    line = written(monkeypatch, {"AMENDS_X__BEARER_TOKEN": token}, form, reason=f"sent {token}!")
    assert token not in line
    assert json.dumps(token)[1:-1] not in line
    assert repr(token)[1:-1] not in line


def test_the_database_password_is_blanked(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://me:hunter2@db.example.com/amends"
    line = written(monkeypatch, {"AMENDS_DATABASE_URL": url}, "text", reason="no hunter2 here")
    assert "hunter2" not in line
    assert BLANK in line


@pytest.mark.parametrize("form", ["text", "json"])
@quick
@given(words=st.text(min_size=1))
def test_nothing_steers_the_terminal(
    monkeypatch: pytest.MonkeyPatch, form: str, words: str
) -> None:
    line = written(monkeypatch, {}, form, reason=f"\x1b[2J\x9b{words}\r\u202e")
    for sign in "\x1b\x9b\r\u202e\x07":
        assert sign not in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_database_quotes_of_a_row_is_blanked(
    monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    set_up(load_settings({"AMENDS_LOG__FORM": form}))
    refusal = "the row breaks ck_post_rating\nDETAIL:  Failing row contains (9, my\n\nwords, x)."
    log = structlog.get_logger("amends.test")
    try:
        try:
            int("no number")
        except ValueError as error:
            error.args = (refusal,)
            raise RuntimeError(f"(CheckViolation) {refusal}\n[SQL: INSERT]") from error
    except RuntimeError as error:
        log.exception("It failed.", reason=str(error))
        logging.getLogger("tests").error("It failed: %s", error)
    shown = out.getvalue()
    assert "words" not in shown
    assert shown.count("ck_post_rating") == 4
    assert "The above exception" in shown


def test_a_json_line_is_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    line = written(monkeypatch, {}, "json", reason="two\nlines")
    found = json.loads(line)
    assert found["event"] == "It failed."
    assert found["level"] == "error"
    assert "KeyError" in found["exception"]


def test_other_libraries_speak_only_of_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    set_up(load_settings({}))
    logging.getLogger("stamina").warning("scheduled")
    logging.getLogger("apscheduler.scheduler").warning("skipped")
    logging.getLogger("slack_sdk.web").info("sent")
    assert out.getvalue() == ""
    logging.getLogger("tests").warning("heard")
    assert "heard" in out.getvalue()
