"""`amends doctor`: checks everything that must be right before the daemon can be forgotten."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from amends.gaps import brand_gap, slack_gap
from amends.output import plain, print_json
from amends.trouble import database_trouble
from config.errors import AmendsError, SettingsError
from config.logs import set_up
from config.policy import Policy, load_policy
from config.settings import Settings, load_settings
from models.database import check_writable, connect, database_file
from models.schema import refuse_other_schema

State = Literal["ok", "off", "wrong"]
MAX_DRIFT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `off` is something that is not set up, which may be meant so."""

    check: str
    state: State
    words: str


def run_doctor(as_json: bool) -> int:
    """Print the findings; 0 when nothing is wrong, 1 when something is, 2 for wrong settings.

    Makes no folder and no database.
    """
    try:
        settings = load_settings()
        set_up(settings)
        policy = load_policy(settings.config_dir)
    except SettingsError as error:
        _print([Finding("settings", "wrong", str(error))], as_json)
        return 2
    findings = [Finding("settings", "ok", "every AMENDS_ variable and policy file is known")]
    findings += list(examine(settings, policy))
    _print(findings, as_json)
    return 1 if any(finding.state == "wrong" for finding in findings) else 0


def examine(settings: Settings, policy: Policy) -> Iterator[Finding]:
    """Every check after the settings, each by itself."""
    yield _brand(settings, policy)
    yield _database(settings)
    yield _try("clock", _clock)
    yield _try("weights", lambda: _weights(settings))
    if settings.x.reads:
        yield _try("x", lambda: _x(settings))
    else:
        yield Finding("x", "off", "set AMENDS_X__BEARER_TOKEN and AMENDS_X__ACCOUNT_ID to read X")
    if settings.reddit.reads:
        yield _try("reddit", lambda: _reddit(settings))
    else:
        yield Finding(
            "reddit", "off",
            "set AMENDS_REDDIT__CLIENT_ID, AMENDS_REDDIT__CLIENT_SECRET and "
            "AMENDS_REDDIT__SUBREDDIT to read Reddit",
        )  # fmt: skip
    gap = slack_gap(settings.slack)
    if settings.slack.posts or gap is None:
        yield _try("slack", lambda: _slack(settings))
    else:
        yield Finding("slack", gap.state, gap.words)


def _try(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, "ok", look())
    except AmendsError as error:
        return Finding(check, "wrong", str(error))
    except SQLAlchemyError as error:
        return Finding(check, "wrong", " ".join(database_trouble(error)))
    except Exception as error:  # noqa: BLE001  one check that fails oddly hides no other
        return Finding(
            check, "wrong", f"the check itself failed ({type(error).__name__}); please report it"
        )


def _brand(settings: Settings, policy: Policy) -> Finding:
    gap = brand_gap(settings, policy)
    if gap is not None:
        return Finding("brand", gap.state, gap.words)
    return Finding("brand", "ok", f"the desk speaks for {policy.brand.name}")


def _database(settings: Settings) -> Finding:
    try:
        file = database_file(settings.database)
    except ArgumentError:
        # `connect` says what is wrong with it.
        file = None
    if file is not None and not file.exists():
        return _missing(file)
    return _try("database", lambda: _opened(settings))


def _missing(file: Path) -> Finding:
    """A database that the first run will make, if it can."""
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding("database", "off", f"{file} is not there yet; the first run makes it")
    return Finding(
        "database", "wrong",
        f"{file} is not there, and {folder} cannot be written; set AMENDS_HOME to a folder that "
        "this user may write.",
    )  # fmt: skip


def _opened(settings: Settings) -> str:
    engine = connect(settings.database)
    try:
        refuse_other_schema(engine)
        # A file that can only be read looks healthy until something is written.
        check_writable(engine)
        return f"{engine.url.render_as_string(hide_password=True)} can be read and written"
    finally:
        engine.dispose()


def _weights(settings: Settings) -> str:
    from monitor.classifier import Item, load

    rules = settings.classifier
    began = time.perf_counter()
    classifier = load(rules.sentiment_model, rules.threads, rules.critical_miss_rate)
    verdict = classifier.classify([Item("My order never came and nobody answers.")])[0]
    took = time.perf_counter() - began
    terms = (
        "; they saw text under CC BY-NC-SA, read their model card before you use them for business"
        if classifier.noncommercial
        else ""
    )
    return (
        f"{classifier.name} loads and judges in {took:.1f} s (complaint {verdict.complaint:.2f}); "
        f"to miss {rules.critical_miss_rate:.0%} of critical posts on average it wants "
        f"{classifier.alert_load:.0%} of all posts looked at{terms}"
    )


def _x(settings: Settings) -> str:
    from amends.clients.x import check

    return check(settings.x)


def _reddit(settings: Settings) -> str:
    from amends.clients.reddit import check

    return check(settings.reddit)


def _slack(settings: Settings) -> str:
    """Slack, and by its clock ours: deadlines and signatures need the right time."""
    from amends.clients.slack import check

    words, stamp = check(settings.slack)
    if stamp is None:
        return words
    drift = abs(datetime.now(UTC) - parsedate_to_datetime(stamp))
    if drift > MAX_DRIFT:
        raise AmendsError(
            f"This machine's clock is {drift.total_seconds():.0f} s away from Slack's; "
            "switch time synchronisation on."
        )
    return f"{words}; our clock agrees with Slack's"


def _clock() -> str:
    """Without another clock to ask, at least one that runs behind its own files shows itself."""
    now = datetime.now(UTC)
    newest = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if now < newest - MAX_DRIFT:
        raise AmendsError(f"This machine says it is {now:%Y-%m-%d %H:%M} UTC, which is past.")
    return f"it is {now:%Y-%m-%d %H:%M} UTC"


def _print(findings: list[Finding], as_json: bool) -> None:
    if as_json:
        print_json([asdict(finding) for finding in findings])
        return
    for finding in findings:
        sys.stdout.write(f"{finding.state:<6} {finding.check:<9} {plain(finding.words)}\n")
