"""A case to draw, and what a reader sees of blocks."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.states import CaseStatus
from playground.serving import serve
from playground.slack import SlackWorkspace, slack_app
from recovery.view import CaseView, GestureView, PostView
from tests.recovery.slack.care import Care
from tests.recovery.world import Desk

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
Case = Callable[..., CaseView]
Reader = Callable[[list[dict[str, Any]]], list[str]]


def _case(**changes: Any) -> CaseView:
    view = CaseView(
        id=12,
        status=CaseStatus.NEW,
        channel="x",
        brand="Larkline",
        handle="lena_k",
        followers=48_200,
        urgency="high",
        category="delay",
        anger=2,
        severity=2,
        risks=(),
        needs_judgement=False,
        language="en",
        opened_at=NOON,
        due_at=NOON + timedelta(hours=1),
        first_response_at=None,
        owner=None,
        posts=(
            PostView(
                "@larkline the 07:40 left without us.\nMy mother's surgery is at ten!",
                "lena_k",
                NOON,
                "https://x.com/lena_k/status/1",
                by_brand=False,
            ),
        ),
        why=("“my mother's surgery” weighed most.",),
        gestures=(
            GestureView("Taxi on us", "it gets them there in time", "40 EUR", "lead"),
            GestureView("Voucher", "a small sum does most of it", "10 EUR", "agent"),
        ),
        draft="Hi @lena_k, I'm sorry you were kept waiting.\nPlease send us a message.",
        lane_note=None,
        reply_route="api",
        reply_limit=280,
        attempt=1,
        reply_state="none",
        slack_channel="C0CARE0001",
        slack_ts="1772625600.000100",
        events=(),
    )
    return replace(view, **changes)


def _seen(blocks: list[dict[str, Any]]) -> list[str]:
    found = []
    for block in blocks:
        if block["type"] in ("header", "section"):
            found.append(block["text"]["text"])
        elif block["type"] == "context":
            found += [element["text"] for element in block["elements"]]
        elif block["type"] == "actions":
            labels = [element["text"]["text"] for element in block["elements"]]
            found.append(" ".join(f"[{label}]" for label in labels))
    return [_as_read(text) for text in found]


def _as_read(text: str) -> str:
    text = re.sub(r"<!date\^\d+\^[^|]*\|([^>]*)>", r"\1", text)
    text = re.sub(r"<https?://[^|>]*\|([^>]*)>", r"\1", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@pytest.fixture(scope="session")
def case() -> Case:
    """Makes a CaseView: an angry customer on X, with any field changed."""
    return _case


@pytest.fixture(scope="session")
def seen() -> Reader:
    """What a person reads, block by block; buttons in brackets."""
    return _seen


@pytest.fixture
def workspace() -> SlackWorkspace:
    """A simulated Slack, quick to lose patience."""
    return SlackWorkspace(ack_seconds=1.0, page_url=None)


@pytest.fixture
def slack_url(workspace: SlackWorkspace) -> Iterator[str]:
    """The address of its Web API."""
    served = serve(slack_app(workspace))
    yield f"{served.url}/api/"
    served.stop()


@pytest.fixture
def desk_side(desk_world: Desk, workspace: SlackWorkspace, slack_url: str) -> Care:
    """A case that waits to be alerted; nobody listens to clicks."""
    desk_world.open_case()
    return Care(desk_world, workspace, slack_url)


@pytest.fixture
def care(desk_side: Care) -> Iterator[Care]:
    """A case that stands in the channel, with the app listening."""
    desk_side.listen()
    desk_side.deliver()
    yield desk_side
    desk_side.stop()
