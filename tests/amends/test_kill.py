"""SIGKILL between any two steps: nothing is lost, and nothing is said twice."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database import connect
from models.schema import ensure
from playground.slack import Fault
from playground.slack.records import Message
from playground.town import Town
from playground.x import Fault as XFault
from playground.x import Tweet
from tests.amends.daemon import DaemonProcess, small_story, wait_until

POSTS = 6
PENDING = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town.open(pace=60.0, story=small_story(POSTS))
    yield town
    town.close()


@pytest.fixture
def daemon(town: Town, tmp_path: Path) -> Iterator[DaemonProcess]:
    process = DaemonProcess(town, tmp_path)
    yield process
    process.close()


def all_is_well(town: Town, daemon: DaemonProcess, answers: int = 0) -> None:
    """Every post of a customer has one verdict, one case and one alert."""
    sent = "SELECT count(*) FROM outbox WHERE state = 'sent' AND kind = 'slack_alert'"
    wait_until(lambda: daemon.rows(sent) == [(POSTS,)], "every case is alerted")
    assert daemon.count("post") == POSTS + answers
    assert daemon.count("verdict") == POSTS
    assert daemon.count("recovery_case") == POSTS
    alerts = Counter(message.blocks[0]["block_id"] for message in town.slack.messages())
    assert sorted(alerts) == sorted(f"case:{number}:alert" for number in range(1, POSTS + 1))
    assert set(alerts.values()) == {1}, "nothing is posted twice"
    wait_until(lambda: daemon.health() != {}, "the daemon is up")
    assert daemon.stop() == 0
    assert "Traceback" not in daemon.log()


def can_be_answered(town: Town) -> list[Message]:
    """The alerts with a button *Reply…*."""
    return [
        message
        for message in town.slack.messages()
        for block in message.blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "reply"
    ]


def replies(town: Town) -> list[Tweet]:
    """What the brand answered on X."""
    return [
        tweet for tweet in town.x.tweets()
        if tweet.author_id == town.world.story.brand.account.x_id and tweet.reply_to is not None
    ]  # fmt: skip


def test_between_fetch_and_store(town: Town, daemon: DaemonProcess) -> None:
    engine = connect(f"sqlite:///{daemon.database}")
    ensure(engine)
    engine.dispose()
    asked = threading.Event()
    count = town.x.count

    def counting(endpoint: str) -> tuple[int, int]:
        asked.set()
        return count(endpoint)

    town.x.count = counting  # type: ignore[method-assign]  # to see when X is asked
    with daemon.write_lock():
        daemon.start()
        assert asked.wait(30), "the daemon asks X"
        # The answer is there at once; now the daemon waits for the lock that we hold.
        threading.Event().wait(0.5)
        daemon.kill()
    assert daemon.count("post") == 0
    assert daemon.count("cursor") == 0
    daemon.start()
    all_is_well(town, daemon)


def test_between_store_and_classify(town: Town, daemon: DaemonProcess) -> None:
    daemon.start()
    wait_until(lambda: daemon.count("post") == POSTS, "the posts are stored")
    with daemon.write_lock() as connection:
        verdicts = connection.execute("SELECT count(*) FROM verdict").fetchone()[0]
        daemon.kill()
    assert verdicts < POSTS, "the kill came before the verdicts"
    daemon.start()
    all_is_well(town, daemon)


@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "lost"])
def test_between_case_and_alert(town: Town, daemon: DaemonProcess, arrived: bool) -> None:
    town.slack.faults.next("chat.postMessage", Fault.TIMEOUT, applied=arrived, seconds=5)
    daemon.start()
    wait_until(
        lambda: (
            daemon.rows("SELECT count(*) FROM outbox WHERE state = 'sending'") == [(1,)]
            and (not arrived or len(town.slack.messages()) == 1)
        ),
        "an alert is on its way",
    )
    daemon.kill()
    assert daemon.count("recovery_case") == POSTS
    daemon.start()
    all_is_well(town, daemon)


@pytest.mark.long
@pytest.mark.parametrize("arrived", [True, False], ids=["arrived", "lost"])
def test_between_sending_a_public_reply_and_knowing_of_it(
    town: Town, daemon: DaemonProcess, arrived: bool
) -> None:
    daemon.start()
    town.slack.hub.wait_connected(40)
    message = town.slack.wait_for(lambda: can_be_answered(town), 40)[0]
    agent = town.slack.agents[0].id
    town.slack.press(agent, message.ts, "reply")
    view = town.slack.wait_for(lambda: town.slack.open_views(agent), 10)[-1]
    before = len(replies(town))
    town.x.faults.append(XFault("reset", applied=arrived, path="/2/tweets", method="POST"))
    assert town.slack.submit(agent, view.id, {"reply": "We are sorry, and we look now."}).closed
    reply = "SELECT state FROM outbox WHERE kind = 'reply'"
    wait_until(
        lambda: town.x.faults == [] and len(replies(town)) == before + arrived,
        "X breaks the connection",
    )
    daemon.kill()
    assert daemon.rows(reply) == [("sending",)], "nobody knows whether it arrived"

    daemon.start()
    wait_until(lambda: daemon.rows(reply) == [("sent",)], "its fate is known", 90)
    answered = "SELECT count(*) FROM recovery_case WHERE status = 'answered'"
    wait_until(lambda: daemon.rows(answered) == [(1,)], "the case is answered")
    # Whatever would send it once more has had its turns.
    wait_until(lambda: daemon.rows(PENDING) == [(0,)], "nothing is left to send")
    assert len(replies(town)) == before + 1, "the customer is answered once"
    all_is_well(town, daemon, answers=1)


def test_again_and_again(town: Town, daemon: DaemonProcess) -> None:
    """Kills at moments nobody chose."""
    for pause in (0.7, 1.1, 1.3, 1.6, 2.0):
        daemon.start()
        threading.Event().wait(pause)
        daemon.kill()
    daemon.start()
    all_is_well(town, daemon)


def test_health_names_what_fails_and_recovers(town: Town, daemon: DaemonProcess) -> None:
    town.slack.faults.next("chat.postMessage", Fault.SERVER_ERROR, times=3)
    daemon.start()

    wait_until(lambda: "outbox.slack" in str(daemon.health().get("failing")), "it is named")
    all_is_well(town, daemon)
