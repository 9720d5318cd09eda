"""A real Bolt app in Socket Mode against the workspace."""

import threading
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from playground.slack import SlackWorkspace
from playground.slack.records import SlackError
from tests.playground.slack.conftest import Connect

ANA = "U0ANARUIZ1"
BEN = "U0BENOKAF1"
Json = dict[str, Any]


def button(action_id: str, value: str = "7") -> Json:
    text = {"type": "plain_text", "text": action_id.title()}
    return {"type": "button", "action_id": action_id, "text": text, "value": value}


def blocks(*elements: Json) -> list[Json]:
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*Late train*"}},
        {"type": "actions", "block_id": "case-7", "elements": list(elements)},
    ]


def modal(**changes: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": "text", "multiline": True}
    label = {"type": "plain_text", "text": "Reply"}
    return {
        "type": "modal",
        "callback_id": "reply",
        "title": {"type": "plain_text", "text": "Reply"},
        "submit": {"type": "plain_text", "text": "Send"},
        "private_metadata": "7",
        "blocks": [{"type": "input", "block_id": "reply", "label": label, "element": element}],
    } | changes


def test_button_is_acknowledged_and_changes_the_message(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    @app.action("claim")
    def claim(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text=f"<@{body['user']['id']}> has case {body['actions'][0]['value']}",
            blocks=[],
        )

    connect(app)
    ts = client.chat_postMessage(
        channel=workspace.channel_id, text="Late train", blocks=blocks(button("claim"))
    )["ts"]
    delivery = workspace.press(ANA, ts, "claim")
    assert delivery.acknowledged
    assert delivery.attempts == 1
    workspace.wait_for(lambda: workspace.message(ts).text == f"<@{ANA}> has case 7")
    assert workspace.message(ts).blocks == []


def test_modal_refuses_then_takes(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    taken: list[tuple[str, str]] = []

    @app.action("reply")
    def reply(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.view("reply")
    def send(ack: Ack, view: Json) -> None:
        text = view["state"]["values"]["reply"]["text"]["value"]
        if "!" in text:
            ack(response_action="errors", errors={"reply": "No exclamation marks."})
            return
        ack()
        taken.append((view["private_metadata"], text))

    connect(app)
    ts = client.chat_postMessage(channel="#care", text="x", blocks=blocks(button("reply")))["ts"]
    workspace.press(ANA, ts, "reply")
    view = workspace.wait_for(lambda: workspace.open_views(ANA))[-1]
    assert workspace.open_views(BEN) == []
    assert workspace.submit(ANA, view.id).errors == {
        "reply": "Please complete this required field."
    }
    refused = workspace.submit(ANA, view.id, {"reply": "Sorry!"})
    assert refused.errors == {"reply": "No exclamation marks."}
    assert not refused.closed
    assert workspace.open_views(ANA) == [view]
    sent = workspace.submit(ANA, view.id, {"reply": "Sorry."})
    assert sent.closed
    assert sent.errors == {}
    assert workspace.open_views(ANA) == []
    assert taken == [("7", "Sorry.")]


def test_submission_updates_pushes_and_clears(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    @app.action("reply")
    def reply(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    @app.view("reply")
    def first(ack: Ack, view: Json) -> None:
        kind = view["state"]["values"]["reply"]["text"]["value"]
        ack(response_action=kind, view=modal(callback_id="second", external_id="mine"))

    @app.view("second")
    def second(ack: Ack) -> None:
        ack(response_action="clear")

    connect(app)
    ts = client.chat_postMessage(channel="#care", text="x", blocks=blocks(button("reply")))["ts"]
    for kind, depth in (("update", 1), ("push", 2)):
        workspace.press(ANA, ts, "reply")
        view = workspace.wait_for(lambda: workspace.open_views(ANA))[-1]
        assert not workspace.submit(ANA, view.id, {"reply": kind}).closed
        stack = workspace.open_views(ANA)
        assert len(stack) == depth
        assert stack[-1].body["callback_id"] == "second"
        updated = client.views_update(external_id="mine", view=modal(callback_id="second"))
        assert updated["view"]["id"] == stack[-1].id
        assert workspace.submit(ANA, stack[-1].id, {"reply": "x"}).closed
        assert workspace.open_views(ANA) == []


def test_slow_listener_is_found_out(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    calls: list[list[str] | None] = []
    go_on = threading.Event()

    @app.action("claim")
    def claim(ack: Ack, request: Any) -> None:
        calls.append(request.headers.get("x-slack-retry-num"))
        if len(calls) == 1:
            go_on.wait(3)
        ack()

    connect(app)
    ts = client.chat_postMessage(channel="#care", text="x", blocks=blocks(button("claim")))["ts"]
    delivery = workspace.press(ANA, ts, "claim")
    go_on.set()
    assert delivery.acknowledged
    assert delivery.attempts == 2
    assert calls == [None, ["1"]]


def test_no_app_means_no_acknowledgement() -> None:
    workspace = SlackWorkspace(ack_seconds=0.01)
    delivery = workspace.hub.deliver("interactive", {}, accepts_response_payload=False)
    assert not delivery.acknowledged
    assert delivery.attempts == 4


def test_expired_trigger_opens_nothing() -> None:
    now = [1_700_000_000.0]
    workspace = SlackWorkspace(clock=lambda: now[0])
    trigger = workspace.new_trigger(ANA)
    now[0] += 3.1
    with pytest.raises(SlackError) as refusal:
        workspace.use_trigger(trigger.id)
    assert refusal.value.code == "expired_trigger_id"


def test_response_url_answers_only_the_person(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    @app.action("claim")
    def claim(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="Ben has it already.", replace_original=False)

    connect(app)
    ts = client.chat_postMessage(channel="#care", text="x", blocks=blocks(button("claim")))["ts"]
    workspace.press(ANA, ts, "claim")
    (whisper,) = workspace.wait_for(lambda: workspace.ephemerals(ANA))
    assert whisper.text == "Ben has it already."
    assert workspace.ephemerals(BEN) == []
    assert [m.ts for m in workspace.messages()] == [ts]


def test_events_reach_the_app(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    heard: list[tuple[str, str]] = []
    workspace.events = frozenset({"app_mention", "message"})

    @app.event("message")
    def message(event: Json) -> None:
        heard.append(("message", event["text"]))

    @app.event("app_mention")
    def mention(event: Json) -> None:
        heard.append(("app_mention", event["text"]))
        client.chat_postMessage(channel=event["channel"], text="Here.", thread_ts=event["ts"])

    connect(app)
    said = workspace.say(BEN, "<@U0AMENDS01> are you there?")
    workspace.wait_for(lambda: len(workspace.thread(said.ts)) == 2)
    workspace.wait_for(lambda: len(heard) == 2)
    assert sorted(kind for kind, _ in heard) == ["app_mention", "message"]


def test_app_comes_back_after_a_refresh_and_a_cut(
    workspace: SlackWorkspace, client: WebClient, app: App, connect: Connect
) -> None:
    @app.action("claim")
    def claim(ack: Ack) -> None:
        ack()

    connect(app)
    ts = client.chat_postMessage(channel="#care", text="x", blocks=blocks(button("claim")))["ts"]
    workspace.hub.refresh()
    workspace.hub.wait_connected(5)
    assert workspace.press(ANA, ts, "claim").acknowledged
    workspace.hub.drop()
    workspace.hub.wait_connected(5)
    assert workspace.press(ANA, ts, "claim").acknowledged
