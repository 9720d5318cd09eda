"""`amends demo`: the product against the playground, for a person to try or until all is quiet."""

import json
import os
import socket
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
import typer
from sqlalchemy import Engine
from sqlmodel import col, func, select

from amends import web
from amends.daemon import Daemon, run_daemon
from amends.house import House
from amends.lock import file_lock
from config.errors import AmendsError
from config.logs import set_up
from config.settings import Settings, load_settings
from models.database import reading
from models.labels import Urgency
from models.states import OutboxKind, OutboxState
from models.tables import Case, OutboxItem, Post, Verdict
from playground.slack.page.desk import desk_page
from playground.team import Team
from playground.town import Town
from playground.x.threads import PublicX

DATABASE = "amends.db"
PACE = 10.0
FAST_PACE = 240.0
GIVE_UP_SECONDS = 1200.0
LOOK_SECONDS = 0.5
log = structlog.get_logger(__name__)


def run_demo(until_quiet: bool, summary_file: Path | None, pace: float | None, team: bool) -> int:
    """Run the demo; return the exit status. Raises SettingsError or AmendsError."""
    began = time.monotonic()
    _reach_the_town_directly()
    own = load_settings()
    home = own.home / "demo"
    # Who has the port and the lock disturbs no other demo when the story begins anew.
    with closing(web.listen(own.http)) as listener, file_lock(home / DATABASE):
        _start_afresh(home)
        return _run(own, home, listener, began, until_quiet, summary_file, pace, team)


def _run(
    own: Settings,
    home: Path,
    listener: socket.socket,
    began: float,
    until_quiet: bool,
    summary_file: Path | None,
    pace: float | None,
    team: bool,
) -> int:
    address = f"http://{own.http.host}:{listener.getsockname()[1]}"
    town = Town.open(pace or (FAST_PACE if until_quiet else PACE), page_url=address)
    try:
        settings = load_settings(
            town.environment()
            | {
                "AMENDS_HOME": str(home),
                "AMENDS_HTTP__HOST": own.http.host,
                "AMENDS_HTTP__PORT": str(own.http.port),
                "AMENDS_LOG__LEVEL": own.log.level,
                "AMENDS_LOG__FORM": own.log.form,
                "AMENDS_CLASSIFIER__THREADS": str(own.classifier.threads),
            }
        )
        set_up(settings)
        house = House.build(settings)
        agents = Team(town.slack) if team else None

        def ready(_daemon: Daemon) -> None:
            town.world.run()
            if agents is not None:
                agents.start()
            typer.echo(f"The desk is at {address} (Ctrl-C ends it).", err=True)
            typer.echo("Its Slack channel, X and Reddit are simulated on this machine.", err=True)

        quiet = Quiet(house.engine, town, agents)
        run_daemon(
            house,
            home=desk_page(town.slack, [PublicX(town.x), town.reddit]),
            until=quiet.wait if until_quiet else None,
            ready=ready,
            listener=listener,
        )
        if agents is not None:
            agents.stop()
        summary = summarise(house.engine) | {"seconds": round(time.monotonic() - began, 1)}
        typer.echo(_sentence(summary), err=True)
        if summary_file is not None:
            _write(summary_file, summary)
        if until_quiet and not quiet.reached:
            raise AmendsError(quiet.reason)
        return 0
    finally:
        town.close()


class Quiet:
    """Waits until the story is told, every job has seen its end, and nothing is left to do."""

    def __init__(self, engine: Engine, town: Town, agents: Team | None) -> None:
        self._engine = engine
        self._town = town
        self._agents = agents
        self.reached = False
        self.reason = "The demo was stopped before it came to its end."

    def wait(self, daemon: Daemon, stopping: threading.Event) -> None:
        """Return once it is quiet, `stopping` is set, or it takes far too long."""
        give_up = time.monotonic() + GIVE_UP_SECONDS
        while not stopping.wait(LOOK_SECONDS):
            if self._is_quiet(daemon):
                self.reached = True
                return
            if time.monotonic() > give_up:
                self.reason = f"The demo did not become quiet: {self._busy(daemon)}."
                return

    def _is_quiet(self, daemon: Daemon) -> bool:
        last = self._town.world.last_published_at
        if not self._town.world.exhausted or last is None:
            return False
        if self._agents is not None and not self._agents.is_idle:
            return False
        if not _is_done(self._engine):
            return False
        # Every job has worked since; what a late one finds makes the database busy again.
        seen_all = all(_later(pulse.ok_at, last) for pulse in daemon.board.pulses().values())
        return seen_all and self._town.world.exhausted and _is_done(self._engine)

    def _busy(self, daemon: Daemon) -> str:
        pulses = daemon.board.pulses()
        failing = [f"{name}: {pulse.error}" for name, pulse in pulses.items() if pulse.error]
        return "; ".join(failing) or "posts or messages are still on their way"


def summarise(engine: Engine) -> dict[str, Any]:
    """What happened, counted: `urgency` counts the judged posts of customers by verdict."""
    with reading(engine) as session:

        def count(column: Any, *where: Any) -> int:
            return int(session.exec(select(func.count(column)).where(*where)).one())

        def sent(kind: OutboxKind) -> int:
            return count(
                col(OutboxItem.id), OutboxItem.kind == kind, OutboxItem.state == OutboxState.SENT
            )

        verdicts = session.exec(
            select(Verdict)
            .join(Post, col(Post.id) == col(Verdict.post_id))
            .where(Verdict.post_revision == Post.revision)
        ).all()
        by_urgency = Counter(verdict.urgency for verdict in verdicts)
        return {
            "posts": count(col(Post.id)),
            "complaints": sum(verdict.is_complaint for verdict in verdicts),
            "cases": count(col(Case.id)),
            "alerts": sent(OutboxKind.SLACK_ALERT),
            "replies": sent(OutboxKind.REPLY),
            "urgency": {urgency.value: by_urgency[urgency] for urgency in Urgency},
        }


def _is_done(engine: Engine) -> bool:
    with reading(engine) as session:
        pending = session.exec(select(Post.id).where(col(Post.pending)).limit(1)).first()
        unfinished = session.exec(
            select(OutboxItem.id)
            .where(col(OutboxItem.state).in_(OutboxState.unfinished()))
            .limit(1)
        ).first()
    return pending is None and unfinished is None


def _later(moment: datetime | None, than: datetime) -> bool:
    return moment is not None and moment > than


def _reach_the_town_directly() -> None:
    """A proxy in the environment cannot reach this machine's own loopback."""
    for name in ("NO_PROXY", "no_proxy"):
        others = os.environ.get(name)
        os.environ[name] = "127.0.0.1,localhost" + (f",{others}" if others else "")


def _start_afresh(home: Path) -> None:
    """The story begins anew each time, so the demo's own database does as well."""
    for ending in ("", "-wal", "-shm"):
        file = home / f"{DATABASE}{ending}"
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise AmendsError(
                f"{file}, which the last demo left, cannot be removed: {error.strerror}."
            ) from None


def _sentence(summary: dict[str, Any]) -> str:
    return (
        f"{summary['posts']} posts, {summary['complaints']} complaints, {summary['cases']} cases, "
        f"{summary['alerts']} alerts and {summary['replies']} replies in {summary['seconds']} s."
    )


def _write(path: Path, summary: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(summary) + "\n", encoding="utf-8")
    except OSError as error:
        raise AmendsError(f"The summary cannot be written to {path}: {error.strerror}.") from None
