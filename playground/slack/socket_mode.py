"""Socket Mode, Slack's side: connections, envelopes, acknowledgements, redelivery."""

import asyncio
import itertools
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playground.slack.records import Delivery, Json

REDELIVERIES = 3


@dataclass(eq=False, slots=True)
class Link:
    """One WebSocket of the app. Text put with `send` leaves in order; None closes it."""

    number: int
    loop: asyncio.AbstractEventLoop
    outbox: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    refreshing: bool = False

    def send(self, text: str | None) -> None:
        """Queue a text from any thread."""
        self.loop.call_soon_threadsafe(self.outbox.put_nowait, text)


class SocketHub:
    """All WebSockets of the app, and the envelopes that wait for an acknowledgement.

    An envelope that is not acknowledged in `ack_seconds` is sent again, up to three times, with a
    new id and `retry_attempt`, so that a listener slower than Slack allows is found out.
    """

    def __init__(self, ack_seconds: float) -> None:
        self.ack_seconds = ack_seconds
        self._changed = threading.Condition()
        self._links: list[Link] = []
        self._tickets: set[str] = set()
        self._waiting: set[str] = set()
        self._acks: dict[str, Json] = {}
        self._numbers = itertools.count(1)
        self._turn = itertools.count()

    def ticket(self) -> str:
        """A new single-use ticket for one connection."""
        ticket = secrets.token_urlsafe(18)
        with self._changed:
            self._tickets.add(ticket)
        return ticket

    def use_ticket(self, ticket: str) -> bool:
        """True for a ticket that was given out and not used."""
        with self._changed:
            if ticket not in self._tickets:
                return False
            self._tickets.remove(ticket)
            return True

    def open(self, loop: asyncio.AbstractEventLoop, app_id: str) -> Link:
        """Take a new connection in and greet it."""
        with self._changed:
            link = Link(next(self._numbers), loop)
            self._links.append(link)
            hello = {
                "type": "hello",
                "num_connections": len(self._links),
                "debug_info": {"host": "playground", "approximate_connection_time": 18060},
                "connection_info": {"app_id": app_id},
            }
            link.send(json.dumps(hello))
            self._changed.notify_all()
        return link

    def close(self, link: Link) -> None:
        """Forget a connection that has gone."""
        with self._changed:
            if link in self._links:
                self._links.remove(link)
            self._changed.notify_all()

    @property
    def connections(self) -> int:
        """How many WebSockets of the app take envelopes."""
        with self._changed:
            return sum(not link.refreshing for link in self._links)

    def wait_connected(self, seconds: float, connections: int = 1) -> None:
        """Wait for the app. Raises TimeoutError when it does not come in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.connections >= connections, seconds):
                raise TimeoutError(
                    f"{self.connections} of {connections} Socket Mode connections"
                    f" after {seconds:g} seconds"
                )

    def refresh(self) -> None:
        """Ask every connection to come back through a new one, as Slack does now and then."""
        with self._changed:
            for link in self._links:
                link.refreshing = True
                link.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    def drop(self) -> None:
        """Cut every connection without a word."""
        with self._changed:
            for link in self._links:
                link.refreshing = True
                link.send(None)

    def hear(self, text: str) -> None:
        """Take what the app sent: an acknowledgement. Anything else is ignored, as Slack does."""
        try:
            message = json.loads(text)
        except ValueError:
            return
        envelope_id = message.get("envelope_id") if isinstance(message, dict) else None
        if not isinstance(envelope_id, str):
            return
        with self._changed:
            if envelope_id in self._waiting:
                payload = message.get("payload")
                self._acks[envelope_id] = payload if isinstance(payload, dict) else {}
                self._changed.notify_all()

    def deliver(
        self,
        kind: str,
        payload: Json,
        *,
        accepts_response_payload: bool,
        before_retry: Callable[[], None] | None = None,
    ) -> Delivery:
        """Send an envelope and wait for its acknowledgement, redelivering as needed.

        Blocks for at most `ack_seconds` an attempt; an app that is not connected has as long to
        come back.
        """
        sent: list[str] = []
        try:
            for attempt in range(REDELIVERIES + 1):
                if attempt and before_retry is not None:
                    before_retry()
                until = time.monotonic() + self.ack_seconds
                envelope_id = secrets.token_hex(16)
                envelope: Json = {
                    "envelope_id": envelope_id,
                    "type": kind,
                    "accepts_response_payload": accepts_response_payload,
                    "payload": payload,
                }
                if attempt:
                    envelope |= {"retry_attempt": attempt, "retry_reason": "timeout"}
                with self._changed:
                    sent.append(envelope_id)
                    self._waiting.add(envelope_id)
                    if self._changed.wait_for(self._ready, until - time.monotonic()):
                        self._pick().send(json.dumps(envelope))
                    acked = self._changed.wait_for(
                        lambda: next((e for e in sent if e in self._acks), None),
                        until - time.monotonic(),
                    )
                    if acked:
                        return Delivery(True, attempt + 1, self._acks[acked])
            return Delivery(False, REDELIVERIES + 1)
        finally:
            with self._changed:
                for envelope_id in sent:
                    self._waiting.discard(envelope_id)
                    self._acks.pop(envelope_id, None)

    def _ready(self) -> bool:
        return any(not link.refreshing for link in self._links)

    def _pick(self) -> Link:
        links = [link for link in self._links if not link.refreshing]
        return links[next(self._turn) % len(links)]
