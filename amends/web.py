"""The HTTP part: health for whoever watches the daemon, and a place for a page."""

import errno
import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from amends.jobs import Board
from amends.trouble import database_trouble
from config.errors import SettingsError
from config.settings import HttpSettings
from models.database import database_file, reading

_LISTEN_ADVICE = {
    errno.EADDRINUSE: "Stop what holds the port, or set AMENDS_HTTP__PORT to another.",
    errno.EACCES: "Set AMENDS_HTTP__PORT to 1024 or more.",
}


def build(
    engine: Engine, board: Board, clock: Callable[[], datetime], home: APIRouter | None = None
) -> FastAPI:
    """The application: `/healthz`, and `home` at `/` where there is one."""
    app = FastAPI(title="amends", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        """200 while every job is on time and the database answers, else 503; JSON names what."""
        report = health(engine, board, clock())
        return JSONResponse(report, status_code=200 if report["ok"] else 503)

    if home is not None:
        app.include_router(home)
    else:

        @app.get("/", response_class=PlainTextResponse)
        def nothing_here() -> str:
            """The desk for managers is not built yet; say where people work instead."""
            return "amends is running. The care team works in Slack; /healthz tells how it fares.\n"

    return app


def health(engine: Engine, board: Board, now: datetime) -> dict[str, Any]:
    """How the daemon fares: `ok`, the late and failing jobs by name, and each job's pulse."""
    pulses = board.pulses()
    late = sorted(name for name, pulse in pulses.items() if pulse.is_late(now))
    failing = sorted(name for name, pulse in pulses.items() if pulse.error is not None)
    database = _database_error(engine)
    return {
        "ok": not late and database is None,
        "late": late,
        "failing": failing,
        "database": database or "ok",
        "jobs": {
            name: {
                "every_seconds": pulse.every,
                "last_success": _stamp(pulse.ok_at),
                "last_try": _stamp(pulse.tried_at),
                "error": pulse.error,
                "advice": pulse.advice,
            }
            for name, pulse in sorted(pulses.items())
        },
    }


def listen(settings: HttpSettings) -> socket.socket:
    """Take the port. Raises SettingsError when it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Bound alone, on Linux a second one could bind it as well.
        listener.listen()
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"amends cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            + _LISTEN_ADVICE.get(
                error.errno or 0, "Set AMENDS_HTTP__HOST to an address of this machine."
            )
        ) from None
    return listener


def server(app: FastAPI) -> uvicorn.Server:
    """A server for `app`; its `run(sockets=[...])` ends on SIGINT, SIGTERM or `should_exit`."""
    return uvicorn.Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3
        )
    )


def _database_error(engine: Engine) -> str | None:
    # A deleted file goes on answering whoever has it open, and loses what is written to it.
    file = database_file(engine.url)
    if file is not None and not file.exists():
        return f"The database file {file} is gone. Stop amends and put the file back."
    try:
        with reading(engine) as session:
            session.connection().execute(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError as error:
        return " ".join(database_trouble(error))
    return None


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
