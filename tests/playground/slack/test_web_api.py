"""The real WebClient against the workspace: what it takes, what it refuses, how it fails."""

from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from playground.slack import Fault, SlackWorkspace
from playground.slack.records import SlackError

Json = dict[str, Any]
CARE = "C0CARE0001"
ANA = "U0ANARUIZ1"


def section(text: str = "x", **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}} | more


def button(**changes: Any) -> list[Json]:
    element = {
        "type": "button",
        "action_id": "a",
        "text": {"type": "plain_text", "text": "Go"},
    } | changes
    return [{"type": "actions", "elements": [element]}]


def refused(call: Callable[[], object]) -> Json:
    with pytest.raises(SlackApiError) as refusal:
        call()
    data = refusal.value.response.data
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("", "not_authed"),
        ("xoxb-wrong", "invalid_auth"),
        ("xapp-playground", "not_allowed_token_type"),
    ],
)
def test_tokens_are_checked(base_url: str, token: str, error: str) -> None:
    client = WebClient(token, base_url)
    assert refused(client.auth_test)["error"] == error


def test_socket_mode_wants_the_app_token(client: WebClient, workspace: SlackWorkspace) -> None:
    answer = refused(lambda: client.apps_connections_open(app_token=workspace.bot_token))
    assert answer["error"] == "not_allowed_token_type"
    url = client.apps_connections_open(app_token=workspace.app_token)["url"]
    assert url.startswith("ws://127.0.0.1:")


def test_unknown_channel_message_user_and_thread(client: WebClient) -> None:
    nowhere = "C0NOWHERE1"
    assert refused(lambda: client.chat_postMessage(channel=nowhere, text="x"))["error"] == (
        "channel_not_found"
    )
    update = refused(lambda: client.chat_update(channel=CARE, ts="1700000000.000100", text="x"))
    assert update["error"] == "message_not_found"
    thread = refused(
        lambda: client.chat_postMessage(channel=CARE, text="x", thread_ts="1700000000.000100")
    )
    assert thread["error"] == "thread_not_found"
    assert refused(lambda: client.users_info(user="U0NOBODY01"))["error"] == "user_not_found"


@pytest.mark.parametrize(
    ("blocks", "where"),
    [
        ([section("x" * 3001)], "/blocks/0/text/text"),
        ([section("")], "/blocks/0/text/text"),
        ([section()] * 51, "/blocks"),
        (button(text={"type": "plain_text", "text": "x" * 76}), "/blocks/0/elements/0/text/text"),
        (button(value="x" * 2001), "/blocks/0/elements/0/value"),
        (button(action_id="x" * 256), "/blocks/0/elements/0/action_id"),
        (button(style="green"), "/blocks/0/elements/0/style"),
        ([section(block_id="x" * 256)], "/blocks/0/block_id"),
        ([section(block_id="a"), section(block_id="a")], "/blocks/1/block_id"),
        ([{"type": "marquee"}], "/blocks/0/type"),
        ([section(fields=[{"type": "mrkdwn", "text": "x"}] * 11)], "/blocks/0/fields"),
    ],
)
def test_blocks_over_the_limits(client: WebClient, blocks: list[Json], where: str) -> None:
    answer = refused(lambda: client.chat_postMessage(channel=CARE, text="x", blocks=blocks))
    assert answer["error"] == "invalid_blocks"
    assert f"[json-pointer:{where}]" in " ".join(answer["response_metadata"]["messages"])


def test_blocks_at_the_limits_pass(client: WebClient) -> None:
    full = [section("x" * 3000, block_id="y" * 255), *([section()] * 48)]
    full += button(
        text={"type": "plain_text", "text": "x" * 75}, value="v" * 2000, action_id="i" * 255
    )
    assert client.chat_postMessage(channel=CARE, text="x", blocks=full)["ok"]


def test_long_and_empty_texts(client: WebClient) -> None:
    long = refused(lambda: client.chat_postMessage(channel=CARE, text="x" * 40_001))
    assert long["error"] == "msg_too_long"
    empty = refused(lambda: client.api_call("chat.postMessage", json={"channel": CARE}))
    assert empty["error"] == "no_text"


def test_history_pages_and_finds_a_block_id_again(client: WebClient) -> None:
    sent = [
        client.chat_postMessage(channel=CARE, text=str(n), blocks=[section(block_id=f"case-{n}")])
        for n in range(5)
    ]
    client.chat_postMessage(channel=CARE, text="in a thread", thread_ts=sent[0]["ts"])
    found: list[Json] = []
    for page in client.conversations_history(channel=CARE, limit=2):
        found += page["messages"]
    assert [m["text"] for m in found] == ["4", "3", "2", "1", "0"]
    assert [m["ts"] for m in found if m["blocks"][0]["block_id"] == "case-3"] == [sent[3]["ts"]]
    assert found[-1]["reply_count"] == 1
    later = client.conversations_history(channel=CARE, oldest=sent[2]["ts"])
    assert [m["text"] for m in later["messages"]] == ["4", "3"]
    edge = client.conversations_history(channel=CARE, latest=sent[2]["ts"], inclusive=True, limit=1)
    assert [m["text"] for m in edge["messages"]] == ["2"]
    assert edge["has_more"] is True


def test_threads_broadcasts_and_deletes(client: WebClient, workspace: SlackWorkspace) -> None:
    root = client.chat_postMessage(channel=CARE, text="root")["ts"]
    first = client.chat_postMessage(channel=CARE, text="one", thread_ts=root)["ts"]
    client.chat_postMessage(channel=CARE, text="two", thread_ts=first, reply_broadcast=True)
    thread = client.conversations_replies(channel=CARE, ts=root)["messages"]
    assert [m["text"] for m in thread] == ["root", "one", "two"]
    assert {m["thread_ts"] for m in thread} == {root}
    assert [m.text for m in workspace.messages()] == ["root", "two"]
    client.chat_delete(channel=CARE, ts=first)
    assert [m.text for m in workspace.thread(root)] == ["root", "two"]


def test_an_update_of_the_text_keeps_the_blocks(
    client: WebClient, workspace: SlackWorkspace
) -> None:
    ts = client.chat_postMessage(channel=CARE, text="x", blocks=[section("kept")])["ts"]
    client.chat_update(channel=CARE, ts=ts, text="new")
    assert workspace.message(ts).text == "new"
    assert workspace.message(ts).blocks[0]["text"]["text"] == "kept"


def test_a_view_over_the_limits_and_a_trigger_used_twice(
    client: WebClient, workspace: SlackWorkspace
) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t" * 25},
        "blocks": [section()],
        "private_metadata": "m" * 3001,
    }
    trigger = workspace.new_trigger(ANA).id
    answer = refused(lambda: client.views_open(trigger_id=trigger, view=view))
    assert answer["error"] == "invalid_arguments"
    said = " ".join(answer["response_metadata"]["messages"])
    assert "/view/title/text" in said
    assert "/view/private_metadata" in said
    good = view | {"title": {"type": "plain_text", "text": "t" * 24}, "private_metadata": ""}
    opened = client.views_open(trigger_id=trigger, view=good)["view"]
    again = refused(lambda: client.views_open(trigger_id=trigger, view=good))
    assert again["error"] == "exchanged_trigger_id"
    stale = refused(lambda: client.views_update(view_id=opened["id"], hash="old", view=good))
    assert stale["error"] == "hash_conflict"
    assert refused(lambda: client.views_update(view_id="V0", view=good))["error"] == "not_found"


def test_rate_limit_after_the_burst(base_url: str, workspace: SlackWorkspace) -> None:
    client = WebClient(workspace.bot_token, base_url)
    for n in range(workspace.rate.burst):
        client.chat_postMessage(channel=CARE, text=str(n))
    with pytest.raises(SlackApiError) as refusal:
        client.chat_postMessage(channel=CARE, text="too many")
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "1"
    assert len(workspace.messages()) == workspace.rate.burst
    assert client.conversations_history(channel=CARE)["ok"]


def test_rate_limit_refills_with_time() -> None:
    now = [1_700_000_000.0]
    workspace = SlackWorkspace(clock=lambda: now[0], message_burst=2)
    assert [workspace.rate.wait_of(CARE) for _ in range(3)] == [0, 0, 1]
    now[0] += 1
    assert workspace.rate.wait_of(CARE) == 0
    assert workspace.rate.wait_of(CARE) == pytest.approx(1)


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("fault", list(Fault))
def test_ordered_faults(
    client: WebClient, workspace: SlackWorkspace, fault: Fault, applied: bool
) -> None:
    workspace.faults.next("chat.postMessage", fault, applied=applied, seconds=0.05)
    with pytest.raises((SlackApiError, OSError)) as failure:
        client.chat_postMessage(channel=CARE, text="once")
    if isinstance(failure.value, SlackApiError):
        wanted = {Fault.RATE_LIMITED: 429, Fault.SERVER_ERROR: 500}[fault]
        assert failure.value.response.status_code == wanted
    else:
        assert fault in (Fault.RESET, Fault.TIMEOUT)
    assert len(workspace.messages()) == int(applied)
    client.chat_postMessage(channel=CARE, text="again")
    assert len(workspace.messages()) == int(applied) + 1


def test_timestamps_are_unique_and_rise_when_time_stands_still() -> None:
    workspace = SlackWorkspace(clock=lambda: 1_700_000_000.0)
    stamps = [workspace.new_ts() for _ in range(100)]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "1700000000.000000"


def test_waiting_has_an_end() -> None:
    workspace = SlackWorkspace()
    with pytest.raises(TimeoutError):
        workspace.wait_for(lambda: workspace.messages(), 0.01)
    with pytest.raises(SlackError):
        workspace.message("1700000000.000000")
    with pytest.raises(LookupError):
        workspace.press(ANA, "1700000000.000000", "claim")
