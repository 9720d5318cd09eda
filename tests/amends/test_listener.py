"""Slack is listened to again after each break, by the same app with the same few threads."""

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from amends.house import House
from amends.wiring import Listener
from config.policy import load_policy
from config.settings import load_settings
from playground.serving import serve
from playground.slack import SlackWorkspace, slack_app


@pytest.fixture
def workspace() -> SlackWorkspace:
    return SlackWorkspace()


@pytest.fixture
def listener(workspace: SlackWorkspace, engine: Engine, tmp_path: Path) -> Iterator[Listener]:
    served = serve(slack_app(workspace))
    settings = load_settings(
        {
            "AMENDS_HOME": str(tmp_path),
            "AMENDS_SLACK__BASE_URL": f"{served.url}/api/",
            "AMENDS_SLACK__BOT_TOKEN": workspace.bot_token,
            "AMENDS_SLACK__APP_TOKEN": workspace.app_token,
            "AMENDS_SLACK__CHANNEL": workspace.channel_id,
        }
    )
    listener = Listener(House(settings, load_policy(), engine), wake=lambda: None)
    yield listener
    listener.close()
    served.stop()


def click(user: str, turn: int) -> dict[str, Any]:
    """A button of a case that there is not, to which the app answers with a sentence."""
    return {
        "type": "block_actions", "user": {"id": user}, "team": {"id": "T1"}, "trigger_id": "1",
        "container": {"channel_id": "C0CARE0001", "message_ts": "1.000001"},
        "actions": [
            {"action_id": "claim", "type": "button", "value": "1", "action_ts": f"{turn}.000001"}
        ],
    }  # fmt: skip


def test_connecting_again_takes_no_more_threads(
    workspace: SlackWorkspace, listener: Listener, now: datetime
) -> None:
    agent = workspace.agents[0].id
    threads: list[int] = []
    for turn in range(1, 5):
        assert listener.run(now) == 1
        assert listener.run(now) == 0, "it is connected"
        told = workspace.hub.deliver(
            "interactive", click(agent, turn), accepts_response_payload=False
        )
        assert told.acknowledged
        workspace.wait_for(lambda: len(workspace.ephemerals(agent)) == turn)  # noqa: B023  now
        threads.append(sum(each.name.startswith("slack click") for each in threading.enumerate()))
        listener.close()
    # At most the few that one app keeps; an app for each connection would have as many each.
    assert threads[-1] <= 2, threads
