"""Simulated care agents, who answer each alert with its draft or their own words.

They stand in for the people of a team where nobody plays them, and do only what a person can do
in Slack: press buttons and fill in windows.
"""

import random
import threading
from typing import Any

from playground.slack import SlackWorkspace
from playground.slack.records import Message, View

OWN_WORDS = (
    "Thank you for telling us. I'm reading this myself, and I'd like to put it right: please send "
    "us a direct message with how we can reach you."
)
SECONDS_BETWEEN = 0.15
STOP_SECONDS = 10.0


class Team:
    """Agents at work, in a thread of their own; `stop()` sends them home."""

    def __init__(self, workspace: SlackWorkspace, seed: int = 7) -> None:
        self._workspace = workspace
        self._random = random.Random(seed)  # noqa: S311  a choice of agents, no secret
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="team", daemon=True)
        self._handled: set[str] = set()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, then end."""
        self._stopping.set()
        self._thread.join(STOP_SECONDS)

    @property
    def is_idle(self) -> bool:
        """True when every message that stands in the channel was looked at."""
        return all(message.ts in self._handled for message in self._workspace.messages())

    def _work(self) -> None:
        while not self._stopping.wait(SECONDS_BETWEEN):
            waiting = [m for m in self._workspace.messages() if m.ts not in self._handled]
            if waiting:
                self._handle(waiting[0])
                self._handled.add(waiting[0].ts)

    def _handle(self, message: Message) -> None:
        agent = self._random.choice(self._workspace.agents).id
        if not _can_be_answered(message):
            return
        try:
            self._workspace.press(agent, message.ts, "reply")
            view = self._workspace.wait_for(lambda: self._workspace.open_views(agent), 3.0)[-1]
        except (LookupError, TimeoutError):
            # Somebody else was faster, or the alert changed under the hand: on to the next.
            return
        if not self._workspace.submit(agent, view.id, _words(view)).closed:
            self._workspace.close(agent, view.id)


def _can_be_answered(message: Message) -> bool:
    return any(
        element.get("action_id") == "reply"
        for block in message.blocks
        if block.get("type") == "actions"
        for element in block["elements"]
    )


def _words(view: View) -> dict[str, str | list[str] | None]:
    """The draft as it stands in the window, or the agent's own words where there is none."""
    values: dict[str, str | list[str] | None] = {}
    for block in view.body.get("blocks", []):
        element: dict[str, Any] = block.get("element", {})
        if element.get("type") == "plain_text_input":
            values[block["block_id"]] = element.get("initial_value") or OWN_WORDS
    return values
