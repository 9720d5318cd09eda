"""A press of a button, as Slack tells of it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed on a message."""

    action: str
    case_id: int
    user: str
    channel: str
    ts: str
    at: str

    @classmethod
    def read(cls, body: dict[str, Any]) -> "Press":
        """Read it from Slack's payload."""
        action = body["actions"][0]
        container = body["container"]
        return cls(
            action["action_id"],
            int(action["value"]),
            body["user"]["id"],
            container["channel_id"],
            container["message_ts"],
            action["action_ts"],
        )

    @property
    def key(self) -> str:
        """The same however often Slack tells of this press, and another for the next."""
        return f"{self.user}:{self.ts}:{self.action}:{self.at}"
