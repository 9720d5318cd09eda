"""Collectors: one file a channel. Each turns a vendor's objects into posts and nothing else."""

from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import Engine

from config.errors import AmendsError

log = structlog.get_logger(__name__)


class CollectError(AmendsError):
    """A channel could not be read; the text says why and what to do. Nothing read is lost."""


class GapError(CollectError):
    """A channel no longer shows all that was written since the last run.

    Raised once for a gap, when all that the channel does show is stored and the cursor has moved
    past the gap.
    """


def gap(channel: str, name: str, since: datetime, until: datetime) -> GapError:
    """The error for what the collector `name` can no longer read of `channel`; logs it as well."""
    log.warning(
        "Posts are missing.",
        collector=name,
        since=since.isoformat(timespec="seconds"),
        until=until.isoformat(timespec="seconds"),
    )
    return GapError(
        f"{channel} no longer shows {name} what was written between {since:%Y-%m-%d %H:%M} and "
        f"{until:%Y-%m-%d %H:%M} UTC, and it may not have been read before; what came later is "
        f"stored. Look through that time on {channel} itself, and take what is missing in with "
        "`amends import`. This is said once."
    )


class Collector(Protocol):
    """Reads one place."""

    name: str

    def collect(self, engine: Engine, now: datetime) -> int:
        """Read everything new, store it, then move the cursor; return how many posts were new.

        Raises CollectError; what was stored before stays, and the cursor has not moved past
        anything unread, except past what a GapError tells of.
        """
