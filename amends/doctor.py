"""`amends doctor`: checks everything that must be right before the daemon can be forgotten."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from amends.house import House
from config.errors import AmendsError, SettingsError
from config.settings import Settings, load_settings

State = Literal["ok", "off", "wrong"]
MAX_DRIFT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `off` is something that is not set up, which may be meant so."""

    check: str
    state: State
    words: str


def run_doctor(as_json: bool) -> int:
    """Print the findings; 0 when nothing is wrong, 1 when something is, 2 for wrong settings."""
    try:
        settings = load_settings()
        house = House.build(settings)
    except SettingsError as error:
        _print([Finding("settings", "wrong", str(error))], as_json)
        return 2
    except (AmendsError, SQLAlchemyError) as error:
        _print([Finding("database", "wrong", str(getattr(error, "orig", error)))], as_json)
        return 1
    findings = [Finding("settings", "ok", "every AMENDS_ variable and policy file is known")]
    findings += list(examine(house))
    _print(findings, as_json)
    return 1 if any(finding.state == "wrong" for finding in findings) else 0


def examine(house: House) -> Iterator[Finding]:
    """Every check after the settings, each by itself."""
    settings = house.settings
    yield _try("database", lambda: _database(house))
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
            "reddit", "off", "set AMENDS_REDDIT__CLIENT_ID, __CLIENT_SECRET and __SUBREDDIT to read"
        )
    if settings.slack.posts:
        yield _try("slack", lambda: _slack(settings))
    else:
        yield Finding(
            "slack", "off", "set AMENDS_SLACK__BOT_TOKEN and AMENDS_SLACK__CHANNEL to alert"
        )


def _try(check: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(check, "ok", look())
    except AmendsError as error:
        return Finding(check, "wrong", str(error))
    except SQLAlchemyError as error:
        return Finding(
            check, "wrong", f"the database does not work: {getattr(error, 'orig', error)}"
        )


def _database(house: House) -> str:
    # A write is tried and taken back: a file that can only be read looks healthy until then.
    with house.engine.connect() as connection:
        connection.execute(text("UPDATE cursor SET value = value WHERE name = ''"))
        connection.rollback()
    return f"{house.engine.url.render_as_string(hide_password=True)} can be read and written"


def _weights(settings: Settings) -> str:
    from monitor.classifier import Item, load

    rules = settings.classifier
    began = time.perf_counter()
    classifier = load(rules.sentiment_model, rules.threads, rules.critical_miss_rate)
    verdict = classifier.classify([Item("My order never came and nobody answers.")])[0]
    took = time.perf_counter() - began
    return f"{classifier.name} loads and judges in {took:.1f} s (complaint {verdict.complaint:.2f})"


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
        json.dump([asdict(finding) for finding in findings], sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    for finding in findings:
        sys.stdout.write(f"{finding.state:<6} {finding.check:<9} {finding.words}\n")
