"""A care team at work: a desk, a served Slack, the real Bolt app between them."""

import contextlib
import re
from typing import Any

from pydantic import SecretStr

from amends.clients.slack import SocketMode, connect, slack_client
from config.settings import SlackSettings
from models.states import OutboxState
from playground.slack import SlackWorkspace
from playground.slack.records import Message, View
from recovery.delivery import Delivery, DeliveryError
from recovery.outbox import Sender
from recovery.slack.app import build_app
from recovery.slack.sender import SlackSender
from tests.recovery.world import Desk

ANA, BEN = "U0ANARUIZ1", "U0BENOKAF1"


class Care:
    """What tests of the face do again and again, as people would."""

    def __init__(self, world: Desk, workspace: SlackWorkspace, base_url: str) -> None:
        self.world, self.workspace = world, workspace
        self.settings = SlackSettings(
            base_url=base_url,
            bot_token=SecretStr(workspace.bot_token),
            app_token=SecretStr(workspace.app_token),
            channel=workspace.channel_id,
        )
        client = slack_client(self.settings)
        self.sender = SlackSender(client, world.policy, workspace.channel_id)
        senders: dict[str, Sender] = dict.fromkeys(SlackSender.kinds, self.sender)
        self.delivery = Delivery(world.engine, world.policy, senders, world.clock)
        self.woken = 0
        self.app = build_app(client, world.engine, world.policy, world.clock, self._wake)
        self._socket: SocketMode | None = None

    def listen(self) -> None:
        self._socket = connect(self.app, self.settings)
        self.workspace.hub.wait_connected(5)

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def deliver(self) -> int:
        return self.delivery.run()

    def deliver_in_vain(self) -> str:
        """Deliver, and return why the first item that is still here could not be sent."""
        with contextlib.suppress(DeliveryError):
            self.delivery.run()
        waiting = [item for item in self.world.outbox() if item.state != OutboxState.SENT]
        return str(waiting[0].last_error)

    def alert(self) -> Message:
        return self.workspace.messages()[-1]

    def read(self) -> str:
        """All the words of the newest alert, with the labels of its buttons."""
        return words(self.alert().blocks)

    def press(self, user: str, action: str) -> None:
        """Press a button and wait until the app has done what it does."""
        before = self.woken, len(self.workspace.ephemerals(user)), self._opened(user)
        delivery = self.workspace.press(user, self.alert().ts, action)
        assert delivery.acknowledged
        self.workspace.wait_for(
            lambda: (self.woken, len(self.workspace.ephemerals(user)), self._opened(user)) != before
        )

    def whispered(self, user: str) -> str:
        return self.workspace.ephemerals(user)[-1].text

    def window(self, user: str) -> View:
        return self.workspace.wait_for(lambda: self.workspace.open_views(user))[-1]

    def open(self, user: str, action: str = "reply") -> View:
        self.press(user, action)
        return self.window(user)

    def _opened(self, user: str) -> list[str]:
        return [view.id for view in self.workspace.open_views(user)]

    def _wake(self) -> None:
        with self.workspace.changed:
            self.woken += 1
            self.workspace.touch()


def words(blocks: list[dict[str, Any]]) -> str:
    found: list[str] = []
    for block in blocks:
        for holder in (block, *block.get("elements", ())):
            text = holder.get("text")
            found.append(text["text"] if isinstance(text, dict) else text or "")
    return re.sub(r"\n+", "\n", "\n".join(found))
