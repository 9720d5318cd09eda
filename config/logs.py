"""Logging: a line is a sentence plus fields, on standard error, with every secret blanked."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any, TextIO
from urllib.parse import quote, quote_plus, urlsplit

import structlog
from pydantic import BaseModel, SecretStr

from config.settings import Settings

BLANK = "********"
# These tell of every request and every skipped tick; what matters of them we say ourselves.
TALKATIVE = (
    "alembic",
    "apscheduler",
    "httpx",
    "urllib3",
    "prawcore",
    "slack_bolt",
    "slack_sdk",
    "stamina",
    "uvicorn",
)
# A line may quote what strangers wrote; nothing of it may steer the terminal or forge a line.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
# PostgreSQL quotes the row that it refuses, with what a customer wrote; the row may have any line
# in it, so that all up to the next error of a chain goes.
_DETAIL = re.compile(r"\bDETAIL:.*?(?=\n\nThe above exception|\n\nDuring handling|\Z)", re.DOTALL)


def set_up(settings: Settings) -> None:
    """Send all log lines to standard error in the form that the settings name."""
    secrets = sorted(set(_spellings(settings)), key=len, reverse=True)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _without_controls,
    ]
    as_json = settings.log.form == "json"
    last: list[structlog.types.Processor] = (
        [
            structlog.processors.format_exc_info,
            _without_details,
            structlog.processors.JSONRenderer(),
        ]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                # A traceback with its variables would show customers' words and cost seconds.
                colors=sys.stderr.isatty(),
                exception_formatter=_traceback,
            )
        ]
    )
    formatter = _Blanking(
        secrets,
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log.level)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    # It tells of each failed call as well as raising it.
    logging.getLogger("slack_sdk.web").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _Blanking(structlog.stdlib.ProcessorFormatter):
    """Blanks the settings' secrets in the finished line, wherever they came from."""

    def __init__(self, secrets: list[str], **rest: Any) -> None:
        super().__init__(**rest)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, tracebacks included."""
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, BLANK)
        return line


def _without_controls(
    _logger: Any, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    return {
        key: _CONTROL.sub(" ", _without_detail(value)).replace("\n", " ")
        if isinstance(value, str)
        else value
        for key, value in event.items()
    }


def _without_details(
    _logger: Any, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    return {
        key: _without_detail(value) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _without_detail(text: str) -> str:
    return _DETAIL.sub(f"DETAIL: {BLANK}", text)


def _traceback(out: TextIO, exc_info: structlog.types.ExcInfo) -> None:
    text = io.StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    out.write(_CONTROL.sub(" ", _without_detail(text.getvalue())))


def _spellings(settings: BaseModel) -> Iterator[str]:
    """Every secret as it stands, and as JSON, Python and web addresses write it."""
    for secret in _secrets(settings):
        yield secret
        for written in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            yield written
            yield json.dumps(written)[1:-1]
            yield repr(written)[1:-1]
        yield quote(secret, safe="")
        yield quote_plus(secret)


def _secrets(model: BaseModel) -> Iterator[str]:
    for name, value in model:
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield value.get_secret_value()
            if name == "database_url" and (password := _password(value.get_secret_value())):
                yield password
        elif isinstance(value, BaseModel):
            yield from _secrets(value)


def _password(url: str) -> str | None:
    try:
        return urlsplit(url).password
    except ValueError:
        return None
