"""Collectors: one file a channel. Each turns a vendor's objects into posts and nothing else."""

from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine

from config.errors import AmendsError


class CollectError(AmendsError):
    """A channel could not be read; the text says why and what to do. Nothing read is lost."""


class Collector(Protocol):
    """Reads one place."""

    name: str

    def collect(self, engine: Engine, now: datetime) -> int:
        """Read everything new, store it, then move the cursor; return how many posts were new.

        Raises CollectError; what was stored before stays, and the cursor has not moved past
        anything unread.
        """
