"""Puts the rooms together: which jobs there are, with which clients, for these settings."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog

from amends.gaps import brand_gap, slack_gap
from amends.house import House
from amends.jobs import Job
from models.states import OutboxKind
from monitor.collectors import Collector
from monitor.pipeline import Judge, judge_pending
from recovery import deadlines
from recovery.cases.stage import consider_pending
from recovery.delivery import Delivery
from recovery.outbox import Sender

if TYPE_CHECKING:
    from amends.clients.slack import SocketMode

OUTBOX_SECONDS = 1.0
DEADLINE_SECONDS = 20.0
LISTEN_SECONDS = 10.0
PORTION = 2000  # posts: some ten seconds of judging
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Works:
    """The jobs of one house, and what must be closed at the end."""

    jobs: list[Job]
    _closing: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def build(cls, house: House, wake: Callable[[], None] | None = None) -> "Works":
        """All jobs in the order in which a post travels; with `wake`, Slack is listened to as well.

        No network is touched here: a channel that is down is one late job, not a failed start.
        """
        tick = house.settings.tick_seconds
        # A daemon takes a large import in portions, so that its jobs can say that they are alive.
        most = PORTION if wake is not None else None
        judge = _LazyJudge(house, most)
        jobs = [_collecting(house, collector, every) for collector, every in _collectors(house)]
        if not jobs:
            log.warning("No channel is set up; see AMENDS_X__BEARER_TOKEN and the README.")
        for gap in (
            slack_gap(house.settings.slack), brand_gap(house.settings, house.policy),
        ):  # fmt: skip
            if gap is not None:
                log.warning(gap.words)
        jobs += [
            Job("judge", tick, judge.run),
            Job("cases", tick, lambda now: consider_pending(house.engine, house.policy, now, most)),
            Job(
                "deadlines", max(tick, DEADLINE_SECONDS),
                lambda now: deadlines.watch(house.engine, house.policy, now),
            ),
        ]  # fmt: skip
        closing: list[Callable[[], None]] = []
        jobs += _outboxes(house, min(tick, OUTBOX_SECONDS), until_empty=wake is None)
        if wake is not None and house.settings.slack.listens:
            listener = Listener(house, wake)
            jobs.append(Job("slack.listen", min(tick, LISTEN_SECONDS), listener.run))
            closing.append(listener.close)
        return cls(jobs, closing)

    def close(self) -> None:
        """Close what holds connections."""
        for close in self._closing:
            close()


def _collecting(house: House, collector: Collector, every: float) -> Job:
    def run(now: datetime) -> int:
        return collector.collect(house.engine, now)

    return Job(f"collect.{collector.name}", every, run)


def _collectors(house: House) -> Iterator[tuple[Collector, float]]:
    settings, brand = house.settings, house.policy.brand.name
    if settings.x.reads:
        from amends.clients.x import x_reader
        from monitor.collectors.x import XMentions, XOwn, XSearch

        client = x_reader(settings.x)
        yield XMentions(client, settings.x, brand), settings.x.poll_seconds
        yield XOwn(client, settings.x, brand), settings.x.poll_seconds
        if settings.x.search_query:
            yield XSearch(client, settings.x, brand), settings.x.poll_seconds
    if settings.reddit.reads:
        from amends.clients.reddit import reddit_client
        from monitor.collectors.reddit import reddit_collectors

        for each in reddit_collectors(reddit_client(settings.reddit), settings.reddit, brand):
            yield each, settings.reddit.poll_seconds


class _LazyJudge:
    """Loads the classifier at the first post, off the path of the start."""

    def __init__(self, house: House, most: int | None) -> None:
        self._house = house
        self._most = most
        self._judge: Judge | None = None

    def run(self, now: datetime) -> int:
        """Judge what waits."""
        rules = self._house.settings.classifier
        if self._judge is None:
            from monitor.classifier import load

            self._judge = load(rules.sentiment_model, rules.threads, rules.critical_miss_rate)
        return judge_pending(self._house.engine, self._judge, rules.batch, now, self._most)


def _outboxes(house: House, every: float, until_empty: bool) -> Iterator[Job]:
    """Slack and the networks apart, so that trouble with one holds up no other."""
    slack: dict[str, Sender] = {}
    replies: dict[str, Sender] = {}
    settings = house.settings
    if settings.slack.posts:
        from amends.clients.slack import slack_client
        from recovery.slack.sender import SlackSender

        assert settings.slack.channel is not None
        sender = SlackSender(slack_client(settings.slack), house.policy, settings.slack.channel)
        for kind in SlackSender.kinds:
            slack[kind] = sender
    if settings.x.writes:
        from amends.clients.x import x_writer
        from recovery.replies.x import XReplies

        replies[f"{OutboxKind.REPLY}:x"] = XReplies(x_writer(settings.x), settings.x)
    if settings.reddit.writes:
        from amends.clients.reddit import reddit_client
        from recovery.replies.reddit import RedditReplies

        replies[f"{OutboxKind.REPLY}:reddit"] = RedditReplies(
            reddit_client(settings.reddit), settings.reddit
        )
    for name, senders in (("outbox.slack", slack), ("outbox.replies", replies)):
        if senders:
            delivery = Delivery(house.engine, house.policy, senders, house.clock)
            yield Job(name, every, _sending(delivery, until_empty))


def _sending(delivery: Delivery, until_empty: bool) -> Callable[[datetime], int]:
    def run(_now: datetime) -> int:
        sent = total = delivery.run()
        while sent and until_empty:
            sent = delivery.run()
            total += sent
        return total

    return run


class Listener:
    """Keeps the Socket Mode connection to Slack, and connects again where it was refused."""

    def __init__(self, house: House, wake: Callable[[], None]) -> None:
        self._house = house
        self._wake = wake
        self._connect: Callable[[], SocketMode] | None = None
        self._socket: SocketMode | None = None

    def run(self, _now: datetime) -> int:
        """Connect where there is no connection; return how many were made."""
        if self._socket is not None and self._socket.is_connected():
            return 0
        self.close()
        # The app has threads of its own, which a second one would not take over.
        self._connect = self._connect or self._build()
        self._socket = self._connect()
        return 1

    def _build(self) -> "Callable[[], SocketMode]":
        from amends.clients.slack import connect, slack_client
        from recovery.slack.app import build_app

        house = self._house
        client = slack_client(house.settings.slack)
        app = build_app(client, house.engine, house.policy, house.clock, self._wake)
        return partial(connect, app, house.settings.slack)

    def close(self) -> None:
        """Close the connection where there is one."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None
