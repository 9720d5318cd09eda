"""The world publishes on time, in order, and lets customers react once."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from models.labels import Category, Outcome, Sentiment, Urgency
from playground.story import Brand, FollowUp, Person, Story, StoryPost, Truth
from playground.world import World

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TRUTH = Truth(True, Sentiment.NEG, 1, Urgency.NORMAL, Category.DELAY, frozenset(), "en", True, "")


def person(key: str, number: int) -> Person:
    return Person(key, key, key.title(), 10, str(number), f"t2_{key}", False, "en")


def post(key: str, author: str, minute: float, reply_to: str | None = None) -> StoryPost:
    return StoryPost(
        key, "x", "tweet", author, minute, f"words of {key}", None, None, reply_to, True, TRUTH,
        frozenset(),
    )  # fmt: skip


def story() -> Story:
    brand = Brand("Larkline", person("brand", 1), "larkline", "", (), (), (), (0.0, 0.0))
    posts = (
        post("old", "ann", -30),
        post("old-answer", "brand", -20, "old"),
        post("now", "bob", 0),
        post("more", "bob", 10, "now"),
        post("late", "ann", 60),
    )
    follow_ups = (
        FollowUp("now", 5, "thanks", Outcome("appeased")),
        FollowUp("now", 20, "it works", Outcome("recovered")),
    )
    return Story(brand, (person("ann", 2), person("bob", 3)), posts, follow_ups)


@dataclass
class Wall:
    """A network that keeps what it is given."""

    channel: str = "x"
    posts: list[tuple[str, str, datetime, str | None]] = field(default_factory=list)
    seen: threading.Event = field(default_factory=threading.Event)

    def publish(
        self, post: StoryPost, author: Person, at: datetime, in_reply_to: str | None
    ) -> str:
        self.posts.append((post.text, author.key, at, in_reply_to))
        self.seen.set()
        return f"id-{len(self.posts)}"


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def world(wall: Wall) -> World:
    world = World(story(), START, pace=2)
    world.attach(wall)
    return world


def test_the_backlog_stands_from_the_beginning(world: World, wall: Wall) -> None:
    assert world.publish_due(START) == 3
    assert wall.posts[:2] == [
        ("words of old", "ann", START - timedelta(minutes=30), None),
        ("words of old-answer", "brand", START - timedelta(minutes=20), "id-1"),
    ]
    assert wall.posts[2] == ("words of now", "bob", START, None)
    assert world.key_of("x", "id-3") == "now"
    assert world.external_id("late") is None


def test_pace_is_story_minutes_per_real_minute(world: World) -> None:
    world.publish_due(START)
    assert world.deadline() == START + timedelta(minutes=5)
    assert world.publish_due(START + timedelta(minutes=4.9)) == 0
    assert world.publish_due(START + timedelta(minutes=5)) == 1
    assert world.last_published_at == START + timedelta(minutes=5)
    assert not world.exhausted
    assert world.publish_due(START + timedelta(minutes=30)) == 1
    assert world.exhausted
    assert world.deadline() is None


def test_a_late_post_is_written_when_it_is_published(world: World, wall: Wall) -> None:
    later = START + timedelta(hours=3)
    world.publish_due(later)
    assert [at for _, _, at, _ in wall.posts[2:]] == [later] * 3


def test_customers_react_to_an_answer_once(world: World, wall: Wall) -> None:
    world.publish_due(START + timedelta(minutes=30))
    assert world.exhausted
    at = START + timedelta(minutes=31)
    assert world.brand_replied("x", "id-3", "answer-1", at) == 2
    assert world.brand_replied("x", "id-3", "answer-2", at) == 0
    assert not world.exhausted
    assert world.deadline() == at + timedelta(minutes=2.5)
    assert world.publish_due(at + timedelta(minutes=10)) == 2
    assert [(text, author, to) for text, author, _, to in wall.posts[-2:]] == [
        ("thanks", "bob", "answer-1"),
        ("it works", "bob", "answer-1"),
    ]
    assert world.exhausted


def test_an_answer_elsewhere_in_the_thread_counts(world: World) -> None:
    world.publish_due(START + timedelta(minutes=30))
    more = world.external_id("more")
    assert more is not None
    assert world.brand_replied("x", more, "answer-1", START) == 2
    assert world.brand_replied("x", "id-3", "answer-2", START) == 0


def test_nobody_reacts_to_an_answer_of_an_unknown_post(world: World) -> None:
    world.publish_due(START)
    assert world.brand_replied("x", "id-99", "answer", START) == 0
    assert world.brand_replied("reddit", "id-3", "answer", START) == 0


def test_a_channel_without_a_network_is_left_out(wall: Wall) -> None:
    world = World(story(), START, pace=1)
    assert world.publish_due(START + timedelta(days=1)) == 0
    assert world.exhausted
    world.attach(wall)
    assert not world.exhausted


def test_the_thread_publishes_on_time_and_stops() -> None:
    wall = Wall()
    world = World(story(), datetime.now(UTC), pace=60_000)
    world.attach(wall)
    world.run()
    deadline = time.monotonic() + 5
    while not world.exhausted and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(wall.posts) == 5
    wall.seen.clear()
    world.brand_replied("x", "id-3", "answer", datetime.now(UTC))
    assert wall.seen.wait(5), "the sleeping thread wakes for a reaction"
    world.stop()


def test_a_pace_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="pace"):
        World(story(), START, pace=0)
