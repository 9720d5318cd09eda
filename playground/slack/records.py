"""What a workspace remembers: people, messages, modals."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM_ID = "T0LARKLINE"
APP_ID = "A0AMENDS01"
BOT_ID = "B0AMENDS01"


class SlackError(Exception):
    """The Web API refuses a call. `code` is Slack's word for it, `messages` its details."""

    def __init__(self, code: str, messages: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []


@dataclass(frozen=True, slots=True)
class Member:
    """Someone in the workspace, a person or the bot."""

    id: str
    name: str
    real_name: str
    title: str = ""
    is_bot: bool = False


@dataclass(slots=True)
class Message:
    """A message in a channel. `seen_by` is set for one that only this user sees."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    broadcast: bool = False
    edited: bool = False
    seen_by: str | None = None

    @property
    def in_channel(self) -> bool:
        """True when the channel itself shows it, not only its thread."""
        return self.thread_ts in (None, self.ts) or self.broadcast


@dataclass(slots=True)
class View:
    """A modal that a user has open. `body` is what the app sent: title, blocks, callback_id..."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The heading of the modal."""
        return str(self.body["title"]["text"])

    @property
    def blocks(self) -> list[Json]:
        """The blocks of the modal."""
        blocks: list[Json] = self.body["blocks"]
        return blocks


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of an envelope: was it acknowledged, at which attempt, with what payload."""

    acknowledged: bool
    attempts: int
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submission:
    """What came of a submit. `errors` are by block_id; `closed` when the modal went away.

    `problem` is a sentence for the person when the app did not answer or answered nonsense.
    """

    acknowledged: bool
    errors: dict[str, str]
    closed: bool
    problem: str | None = None
