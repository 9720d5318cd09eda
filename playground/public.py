"""What the public sees of a simulated network: conversations, as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PublicPost:
    """One post. `handle` has no leading sign; `by_brand` marks the brand's own answers.

    `in_reply_to` is the id of a post of the same thread, None for its first.
    """

    id: str
    name: str
    handle: str
    text: str
    at: datetime
    by_brand: bool
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class PublicThread:
    """A conversation, its posts oldest first. `place` says where, such as 'r/larkline'."""

    id: str
    network: str
    posts: tuple[PublicPost, ...]
    place: str | None = None
    title: str | None = None


class PublicNetwork(Protocol):
    """A network that can be looked at."""

    def public_threads(self) -> list[PublicThread]:
        """Every conversation, in any order."""
