"""The command line. Commands import what they need when they run, so that help is instant."""

import logging
import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amends.inputs import UseError
from amends.output import finish_output, plain, set_up_streams
from config.errors import AmendsError, SettingsError

if TYPE_CHECKING:
    from amends.house import House

app = typer.Typer(
    name="amends",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    help="Hears angry customers in public, and helps a brand make amends.",
)
db = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(db, name="db")

ENDING_SECONDS = 1.0
JsonFlag = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


@app.command()
def run() -> None:
    """The daemon: collectors, judging, cases, deadlines, Slack, /healthz; until it is stopped."""
    from amends.daemon import run_daemon
    from amends.lock import sole_worker

    house = _house()
    with sole_worker(house.engine):
        status = run_daemon(house)
        # A thread that is stuck may still send: the lock goes with the process.
        _leave_at_once_if_stuck(status)
    raise typer.Exit(status)


@app.command()
def once() -> None:
    """One pass of every job, then the end (for cron and tests)."""
    from amends.once import run_once

    raise typer.Exit(run_once(_house()))


@app.command()
def demo(
    until_quiet: Annotated[
        bool, typer.Option("--until-quiet", help="Play the whole story fast, then end by itself.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write a summary to FILE.")
    ] = None,
    pace: Annotated[
        float | None,
        typer.Option(min=0.1, max=100_000, help="Story minutes that pass in one real minute."),
    ] = None,
    team: Annotated[
        bool | None,
        typer.Option(help="Let simulated agents work too (by default only with --until-quiet)."),
    ] = None,
) -> None:
    """The product against a small simulated world, with a Slack channel in your browser."""
    from amends.demo import run_demo

    status = run_demo(until_quiet, json_file, pace, until_quiet if team is None else team)
    _leave_at_once_if_stuck(status)
    raise typer.Exit(status)


@app.command()
def classify(
    file: Annotated[Path | None, typer.Argument(help="JSON lines; standard input if left out.")] = (
        None
    ),
    reasons: Annotated[
        bool,
        typer.Option("--reasons", help="Name the phrases behind complaints and risks; slower."),
    ] = False,
) -> None:
    """Judge posts: JSON lines in, JSON lines out, in order, one for one."""
    from amends.classify import run_classify

    settings = _settings()
    raise typer.Exit(run_classify(settings, file, sys.stdout, reasons))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An archive of posts, .jsonl or .csv.")],
) -> None:
    """Take an archive of posts into the desk; running it twice adds nothing."""
    from monitor.collectors.files import import_file

    house = _house()
    try:
        result = import_file(file, house.engine, house.policy.brand.name, datetime.now(UTC))
    except AmendsError as error:
        raise UseError(str(error)) from None
    for bad in result.refused:
        typer.echo(plain(f"Line {bad.number} was left out: {bad.reason}"), err=True)
    if result.refused_count > len(result.refused):
        more = result.refused_count - len(result.refused)
        typer.echo(f"{more} further lines were left out.", err=True)
    typer.echo(
        f"{result.new} new posts, {result.seen} known already, "
        f"{result.refused_count} lines left out.",
        err=True,
    )
    raise typer.Exit(1 if result.refused_count else 0)


@app.command()
def cases(
    status: Annotated[
        str | None, typer.Option(help="new, claimed, answered, closed or dismissed.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """The recovery cases, the most urgent first."""
    from amends.casebook import print_cases

    print_cases(_house().engine, status, as_json)


@app.command()
def case(
    case_id: Annotated[int, typer.Argument(metavar="ID")],
    as_json: JsonFlag = False,
) -> None:
    """One case with its posts, gestures and history."""
    from amends.casebook import print_case

    house = _house()
    print_case(house.engine, house.policy, case_id, as_json)


@app.command()
def evaluate(
    task: Annotated[
        str,
        typer.Option(
            help="complaint, sentiment, urgency, category, anger, risks, severity or outcome."
        ),
    ],
    data: Annotated[Path, typer.Option(metavar="FILE", help="Labelled JSON lines.")],
    as_json: JsonFlag = False,
) -> None:
    """Score the classifier on a labelled file."""
    from amends.evaluate import run_evaluate

    raise typer.Exit(run_evaluate(_settings(), task, data, as_json))


@app.command()
def corrections(
    precision: Annotated[
        float, typer.Option(min=0.5, max=0.99, help="Precision to suggest a threshold for.")
    ] = 0.8,
    as_json: JsonFlag = False,
) -> None:
    """How often the care team agreed with the classifier, by channel and language."""
    from amends.corrections import print_corrections

    print_corrections(_house(), precision, as_json)


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Check settings, tokens, channels, database, clock and weights."""
    from amends.doctor import run_doctor

    raise typer.Exit(run_doctor(as_json))


@db.command()
def upgrade() -> None:
    """Bring the database to this version's schema."""
    from models.database import connect
    from models.schema import upgrade as upgrade_schema

    revision = upgrade_schema(connect(_settings().database))
    typer.echo(f"The database is at schema {revision}.", err=True)


def main() -> None:
    """Run a command; every error ends as one sentence and an exit status."""
    set_up_streams()
    try:
        app()
    except (SettingsError, UseError) as error:
        _end(error, 2)
    except AmendsError as error:
        _end(error, 1)
    except Exception as error:  # noqa: BLE001  no traceback reaches a user
        _end(_sentence(error), 1)
    finally:
        if not finish_output():
            # The reader went away before all was said.
            sys.exit(1)


def _end(message: object, status: int) -> None:
    typer.echo(f"amends: {plain(message)}", err=True)
    sys.exit(status)


def _sentence(error: Exception) -> str:
    from sqlalchemy.exc import DBAPIError, IntegrityError

    from amends.trouble import database_trouble

    if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
        return " ".join(database_trouble(error))
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger(__name__).debug("A fault of amends.", exc_info=error)
        return f"This is a fault of amends ({type(error).__name__}); its details stand above."
    return (
        f"This is a fault of amends ({type(error).__name__}); what was stored before is safe. "
        "Run it again with AMENDS_LOG__LEVEL=DEBUG to see the details, and report them."
    )


def _settings() -> Any:
    from config.logs import set_up
    from config.settings import load_settings

    settings = load_settings()
    set_up(settings)
    return settings


def _house() -> "House":
    from amends.house import House

    return House.build(_settings())


def _leave_at_once_if_stuck(status: int) -> None:
    """End although a job's thread does not: Python would wait for it for ever."""
    others = [
        each
        for each in threading.enumerate()
        if each is not threading.main_thread() and not each.daemon
    ]
    for each in others:
        each.join(ENDING_SECONDS)
    if any(each.is_alive() for each in others):
        finish_output()
        logging.shutdown()
        os._exit(status)
