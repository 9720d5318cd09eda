"""Logging: a line is a sentence plus fields, on standard error, with every secret blanked."""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any

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
    "uvicorn",
)


def set_up(settings: Settings) -> None:
    """Send all log lines to standard error in the form that the settings name."""
    secrets = sorted(set(_secrets(settings)), key=len, reverse=True)
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    as_json = settings.log.form == "json"
    last: list[structlog.types.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                # A traceback with its variables would show customers' words and cost seconds.
                colors=sys.stderr.isatty(),
                exception_formatter=structlog.dev.plain_traceback,
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


def _secrets(model: BaseModel) -> Iterator[str]:
    values: MutableMapping[str, Any] = dict(model)
    for value in values.values():
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _secrets(value)
