"""The world's clock: publishes the story to the simulated networks when its posts are due.

Story minutes are counted from the start; `pace` of them pass in one real minute.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from playground.story import Person, Story, StoryPost

STOP_SECONDS = 5.0


class Network(Protocol):
    """A simulated network as the world sees it."""

    @property
    def channel(self) -> str:
        """The story's name of this network, such as 'x'."""

    def publish(
        self, post: StoryPost, author: Person, at: datetime, in_reply_to: str | None
    ) -> str:
        """Show the post as written at `at`; `in_reply_to` is this network's own id of the post
        that it answers. Returns the new post's id on this network."""


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    order: int
    post: StoryPost = field(compare=False)
    written_at: datetime | None = field(compare=False)
    answers: str | None = field(compare=False)


class World:
    """Publishes a story's posts and its customers' reactions. Safe to use from many threads.

    Posts with a negative minute stand from the beginning, written that many real minutes before
    `start`; the others are published when due, written at that moment. Nothing is published to a
    channel before its network is attached. `pace` is story minutes a real minute; ValueError
    where it is not above 0.
    """

    def __init__(
        self,
        story: Story,
        start: datetime,
        pace: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if pace <= 0:
            raise ValueError("pace is story minutes per real minute, more than 0")
        self.story = story
        self._pace = pace
        self._clock = clock
        self._networks: dict[str, Network] = {}
        self._ids: dict[str, str] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._reacted: set[str] = set()
        self._queues: dict[str, list[_Due]] = {}
        self._orders = itertools.count()
        self._in_flight = 0
        self._last_published_at: datetime | None = None
        # `_changed` guards the state and is never held while a network is called; `_turn` lets
        # one thread publish at a time, so that posts appear in the story's order.
        self._changed = threading.Condition()
        self._turn = threading.Lock()
        self._stopping = False
        self._thread: threading.Thread | None = None
        for post in story.posts:
            written_at = start + timedelta(minutes=post.minute) if post.minute < 0 else None
            due = written_at or start + timedelta(minutes=post.minute / pace)
            self._schedule(_Due(due, next(self._orders), post, written_at, None))

    def attach(self, network: Network) -> None:
        """Let a network take part; its backlog is published by the next `publish_due`."""
        with self._changed:
            self._networks[network.channel] = network
            self._changed.notify_all()

    def publish_due(self, now: datetime) -> int:
        """Publish what is due at `now`, oldest first; returns how many posts that were."""
        published = 0
        with self._turn:
            while (due := self._take(now)) is not None:
                self._publish(due, due.written_at or now, now)
                published += 1
        return published

    def brand_replied(self, channel: str, replied_to: str, reply_id: str, at: datetime) -> int:
        """Note that the brand answered post `replied_to` with `reply_id` (the network's ids).

        The customer reacts as the story has it, once: to an answer of that very post, or of
        another of their posts in the same conversation. Returns the number of reactions to come.
        """
        with self._changed:
            key = self._keys.get((channel, replied_to))
            answered = self._awaiting(key) if key is not None else None
            if answered is None:
                return 0
            self._reacted.add(answered.key)
            reactions = self.story.follow_ups_to(answered.key)
            for number, each in enumerate(reactions, 1):
                post = replace(
                    answered,
                    key=f"{answered.key}+{number}",
                    kind="comment" if channel == "reddit" else answered.kind,
                    text=each.text,
                    title=None,
                    in_reply_to=answered.key,
                    # The story labels the outcome of a reaction, not its words.
                    truth=replace(answered.truth, note=f"reaction to an answer: {each.outcome}"),
                )
                due = at + timedelta(minutes=each.after_minutes / self._pace)
                self._schedule(_Due(due, next(self._orders), post, None, reply_id))
            self._changed.notify_all()
            return len(reactions)

    @property
    def exhausted(self) -> bool:
        """True when the attached networks have every post and no reaction is to come."""
        with self._changed:
            return not self._in_flight and self._next() is None

    @property
    def last_published_at(self) -> datetime | None:
        """When something was published last."""
        with self._changed:
            return self._last_published_at

    def deadline(self) -> datetime | None:
        """When the next post is due, None when none is."""
        with self._changed:
            due = self._next()
            return due.at if due is not None else None

    def external_id(self, key: str) -> str | None:
        """The network's id of a story post, None before it is published."""
        with self._changed:
            return self._ids.get(key)

    def key_of(self, channel: str, external_id: str) -> str | None:
        """The story's key of a published post, None for one that is not the story's."""
        with self._changed:
            return self._keys.get((channel, external_id))

    def run(self) -> None:
        """Start publishing on time, in a thread of its own. Raises RuntimeError when running."""
        if self._thread is not None:
            raise RuntimeError("the world is running already")
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="world", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread; what is due later stays unpublished. Does nothing when not running."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = None

    def _loop(self) -> None:
        while True:
            self.publish_due(self._clock())
            with self._changed:
                if self._stopping:
                    return
                due = self._next()
                wait = (due.at - self._clock()).total_seconds() if due is not None else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)

    def _publish(self, due: _Due, written_at: datetime, now: datetime) -> None:
        post = due.post
        parent = due.answers
        if parent is None and post.in_reply_to is not None:
            parent = self.external_id(post.in_reply_to)
        network = self._networks[post.channel]
        author = self.story.authors[post.author]
        try:
            external_id = network.publish(post, author, written_at, parent)
        finally:
            with self._changed:
                self._in_flight -= 1
        with self._changed:
            self._ids[post.key] = external_id
            self._keys[post.channel, external_id] = post.key
            self._last_published_at = now

    def _take(self, now: datetime) -> _Due | None:
        with self._changed:
            due = self._next()
            if due is None or due.at > now:
                return None
            self._in_flight += 1
            return heapq.heappop(self._queues[due.post.channel])

    def _next(self) -> _Due | None:
        heads = [
            queue[0] for name, queue in self._queues.items() if queue and name in self._networks
        ]
        return min(heads, default=None)

    def _schedule(self, due: _Due) -> None:
        heapq.heappush(self._queues.setdefault(due.post.channel, []), due)

    def _awaiting(self, key: str) -> StoryPost | None:
        """The post whose reactions an answer to `key` sets off; None where there is none left."""
        post = self.story.by_key.get(key)
        if post is None:
            return None
        first = self.story.conversation(post)
        thread = [
            other
            for other in reversed(self.story.posts)
            if other.author == post.author and self.story.conversation(other) is first
        ]
        for candidate in (post, *thread):
            published = candidate.key in self._ids and candidate.key not in self._reacted
            if published and self.story.follow_ups_to(candidate.key):
                return candidate
        return None
