"""The state of a simulated workspace, and what people do in it."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from playground.slack import people
from playground.slack.faults import Faults, RateLimit
from playground.slack.records import Delivery, Member, Message, SlackError, Submission, View
from playground.slack.socket_mode import SocketHub

CHANNEL_ID = "C0CARE0001"
BOT = Member("U0AMENDS01", "amends", "amends", is_bot=True)
AGENTS = (
    Member("U0ANARUIZ1", "ana.ruiz", "Ana Ruiz", "Care agent"),
    Member("U0BENOKAF1", "ben.okafor", "Ben Okafor", "Care agent"),
    Member("U0MIRAHOL1", "mira.holm", "Mira Holm", "Care lead"),
)
BOT_TOKEN = "xoxb-playground"  # noqa: S105 - opens nothing but this simulated workspace
APP_TOKEN = "xapp-playground"  # noqa: S105 - opens nothing but this simulated workspace

_T = TypeVar("_T")


class SlackWorkspace:
    """One team with one channel, its people, their messages and modals; safe between threads.

    `clock` gives Unix seconds. `events` are the Events API types the app is subscribed to, of
    'app_mention' and 'message'. `page_url` is where permalinks lead (the address of the page that
    shows the channel), without a trailing slash.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        agents: Sequence[Member] = AGENTS,
        team: str = "Larkline",
        channel: str = "care",
        messages_per_second: float = 1.0,
        message_burst: int = 20,
        ack_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        events: frozenset[str] = frozenset(),
        page_url: str | None = None,
    ) -> None:
        self.clock = clock
        self.team = team
        self.channel_id = CHANNEL_ID
        self.channel_name = channel
        self.bot_token, self.app_token = BOT_TOKEN, APP_TOKEN
        self.agents = tuple(agents)
        self.members = {member.id: member for member in (*self.agents, BOT)}
        self.created = int(clock())
        self.events = events
        self.page_url = page_url
        self.trigger_seconds = trigger_seconds
        self.faults = Faults()
        self.rate = RateLimit(messages_per_second, message_burst, clock)
        self.hub = SocketHub(ack_seconds)
        self.changed = threading.Condition(threading.RLock())
        self.version = 0
        self.views: dict[str, list[View]] = {}
        self.response_urls: dict[str, people.ResponseUrl] = {}
        self.address = "http://127.0.0.1"
        self._messages: dict[str, Message] = {}
        self._triggers: dict[str, people.Trigger] = {}
        self._last_ts = 0
        self._ids = itertools.count(1)

    # Reading

    def messages(self, channel: str = CHANNEL_ID) -> list[Message]:
        """The channel's own messages, oldest first, without those only one user sees."""
        with self.changed:
            return [
                m
                for m in self._messages.values()
                if m.channel == channel and m.in_channel and m.seen_by is None
            ]

    def thread(self, ts: str) -> list[Message]:
        """A message and the answers in its thread, oldest first."""
        with self.changed:
            return [
                m
                for m in self._messages.values()
                if (m.ts == ts or m.thread_ts == ts) and m.seen_by is None
            ]

    def ephemerals(self, user: str) -> list[Message]:
        """What only this user sees, oldest first."""
        with self.changed:
            return [m for m in self._messages.values() if m.seen_by == user]

    def message(self, ts: str) -> Message:
        """One message of any kind. Raises SlackError('message_not_found')."""
        with self.changed:
            try:
                return self._messages[ts]
            except KeyError:
                raise SlackError("message_not_found") from None

    def open_views(self, user: str) -> list[View]:
        """The modals the user has open, the one on top last."""
        with self.changed:
            return list(self.views.get(user, ()))

    def view(self, view_id: str) -> View:
        """An open modal. Raises SlackError('not_found')."""
        with self.changed:
            for stack in self.views.values():
                for view in stack:
                    if view.id == view_id:
                        return view
        raise SlackError("not_found")

    def wait_for(self, predicate: Callable[[], _T], seconds: float = 5.0) -> _T:
        """Wait until `predicate()` is true and return its value.

        It is asked again after each change here. Raises TimeoutError after `seconds`.
        """
        with self.changed:
            value = self.changed.wait_for(predicate, seconds)
        if not value:
            raise TimeoutError(f"nothing of the kind happened in Slack within {seconds:g} seconds")
        return value

    # Writing, for the Web API and the page

    def add(self, message: Message) -> Message:
        """Store a message; its `ts` is from `new_ts`."""
        with self.changed:
            self._messages[message.ts] = message
            self.touch()
        return message

    def remove(self, ts: str) -> None:
        """Delete a message. Raises SlackError('message_not_found')."""
        with self.changed:
            self.message(ts)
            del self._messages[ts]
            self.touch()

    def touch(self) -> None:
        """Say that something changed; call it with `changed` held."""
        self.version += 1
        self.changed.notify_all()

    def new_ts(self) -> str:
        """A timestamp that no other message has, later than all before."""
        with self.changed:
            self._last_ts = max(int(self.clock() * 1_000_000), self._last_ts + 1)
            return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id that was not given before, such as 'V0000000001'."""
        return f"{prefix}{next(self._ids):010d}"

    def new_trigger(self, user: str) -> people.Trigger:
        """A trigger with which the app may open one modal for this user."""
        trigger = people.Trigger(self.new_id("trigger."), user, self.clock())
        with self.changed:
            self._triggers[trigger.id] = trigger
        return trigger

    def use_trigger(self, trigger_id: str) -> people.Trigger:
        """Exchange a trigger, once, for the user it stands for.

        Raises SlackError: invalid, exchanged or expired.
        """
        with self.changed:
            trigger = self._triggers.get(trigger_id)
            if trigger is None:
                raise SlackError("invalid_trigger_id")
            if trigger.exchanged:
                raise SlackError("exchanged_trigger_id")
            if self.clock() - trigger.at > self.trigger_seconds:
                raise SlackError("expired_trigger_id")
            trigger.exchanged = True
            return trigger

    # What people do

    def press(
        self, user: str, message_ts: str, action_id: str, value: str | None = None
    ) -> Delivery:
        """Press a button or choose `value` in a menu, and wait for the app to acknowledge.

        With several elements of that action_id, `value` picks the one. Raises LookupError when
        the user sees no such message or element.
        """
        return people.press(self, user, message_ts, action_id, value)

    def press_in_view(
        self, user: str, view_id: str, action_id: str, value: str | None = None
    ) -> Delivery:
        """Press a button in a modal. Raises LookupError when there is none."""
        return people.press_in_view(self, user, view_id, action_id, value)

    def submit(
        self, user: str, view_id: str, values: dict[str, str | list[str] | None] | None = None
    ) -> Submission:
        """Send a modal off. `values` are by block_id or action_id, the rest keeps what it shows.

        As in Slack, an empty required input is an error before the app hears of it. Raises
        LookupError when the user has no such modal on top.
        """
        return people.submit(self, user, view_id, values or {})

    def close(self, user: str, view_id: str) -> None:
        """Close a modal; the app hears of it where it asked to. Raises LookupError."""
        people.close(self, user, view_id)

    def say(self, user: str, text: str, thread_ts: str | None = None) -> Message:
        """Write a message as a person would; the app hears what it is subscribed to."""
        return people.say(self, user, text, thread_ts)

    def in_background(self, task: Callable[[], object]) -> None:
        """Run a delivery for which nobody waits."""
        threading.Thread(target=task, name="slack event", daemon=True).start()
