"""What people do in a workspace, and how the app hears of it."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.slack import forms, modals
from playground.slack.records import (
    APP_ID,
    TEAM_ID,
    Delivery,
    Json,
    Message,
    SlackError,
    Submission,
    View,
)
from playground.slack.wire import message_json, view_json

if TYPE_CHECKING:
    from playground.slack.workspace import SlackWorkspace

NO_ANSWER = "We had some trouble connecting. Try again?"


@dataclass(slots=True)
class Trigger:
    """Permission to open one modal for `user`, given at Unix second `at`."""

    id: str
    user: str
    at: float
    exchanged: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """Where the app may answer an action, five times in 30 minutes."""

    user: str
    channel: str
    message_ts: str
    at: float
    uses: int = 0


def press(
    workspace: SlackWorkspace, user: str, message_ts: str, action_id: str, value: str | None
) -> Delivery:
    """See SlackWorkspace.press."""
    with workspace.changed:
        try:
            message = workspace.message(message_ts)
        except SlackError:
            raise LookupError(f"there is no message {message_ts}") from None
        if message.seen_by not in (None, user):
            raise LookupError(f"{user} does not see message {message_ts}")
        block, element = _find(message.blocks, action_id, value)
        url_id = secrets.token_urlsafe(16)
        workspace.response_urls[url_id] = ResponseUrl(
            user, message.channel, message_ts, workspace.clock()
        )
        payload = _payload(workspace, "block_actions", user)
        payload |= {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": message.seen_by is not None,
            }
            | ({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            "channel": {"id": message.channel, "name": workspace.channel_name},
            "message": message_json(workspace, message),
            "state": {"values": {}},
            "response_url": f"{workspace.address}/response/{url_id}",
            "actions": [_action(workspace, block, element, value)],
        }
    return _deliver(workspace, payload, accepts_response_payload=False)


def press_in_view(
    workspace: SlackWorkspace, user: str, view_id: str, action_id: str, value: str | None
) -> Delivery:
    """See SlackWorkspace.press_in_view."""
    with workspace.changed:
        view = modals.top_view(workspace, user, view_id)
        block, element = _find(view.blocks, action_id, value)
        payload = _payload(workspace, "block_actions", user)
        payload |= {
            "container": {"type": "view", "view_id": view.id},
            "view": view_json(view),
            "actions": [_action(workspace, block, element, value)],
        }
    return _deliver(workspace, payload, accepts_response_payload=False)


def submit(
    workspace: SlackWorkspace,
    user: str,
    view_id: str,
    values: dict[str, str | list[str] | None],
) -> Submission:
    """See SlackWorkspace.submit."""
    with workspace.changed:
        view = modals.top_view(workspace, user, view_id)
        view.values = forms.state_values(view.blocks, values, view.values)
        missing = forms.missing(view.blocks, view.values)
        if missing:
            return Submission(False, missing, False)
        payload = _payload(workspace, "view_submission", user)
        payload |= {"view": view_json(view), "response_urls": []}
    delivery = _deliver(workspace, payload, accepts_response_payload=True)
    if not delivery.acknowledged:
        return Submission(False, {}, False, NO_ANSWER)
    with workspace.changed:
        return _answered(workspace, user, view, delivery.payload)


def _answered(workspace: SlackWorkspace, user: str, view: View, answer: Json) -> Submission:
    """Do what the app's answer to a submission asks for."""
    stack = workspace.views.get(user, [])
    action = answer.get("response_action")
    if action is None:
        modals.remove_view(workspace, user, view.id)
        return Submission(True, {}, True)
    if action == "clear":
        workspace.views.pop(user, None)
        workspace.touch()
        return Submission(True, {}, True)
    if action == "errors":
        inputs = {b["block_id"] for b in view.blocks if b["type"] == "input"}
        errors = {str(k): str(v) for k, v in (answer.get("errors") or {}).items()}
        if not errors or not errors.keys() <= inputs:
            problem = "The app answered with errors for inputs that this form does not have."
            return Submission(True, {}, False, problem)
        return Submission(True, errors, False)
    try:
        if action == "update":
            modals.replace_view(workspace, view, answer.get("view"))
        elif action == "push":
            modals.push_view(workspace, user, answer.get("view"))
        else:
            return Submission(True, {}, False, f"The app answered with {action!r}.")
    except SlackError as error:
        problem = f"The app answered with a form that Slack refuses: {'; '.join(error.messages)}"
        return Submission(True, {}, False, problem)
    return Submission(True, {}, view not in stack)


def close(workspace: SlackWorkspace, user: str, view_id: str) -> None:
    """See SlackWorkspace.close."""
    with workspace.changed:
        view = modals.top_view(workspace, user, view_id)
        modals.remove_view(workspace, user, view_id)
        if view.body.get("clear_on_close"):
            workspace.views.pop(user, None)
        if not view.body.get("notify_on_close"):
            return
        payload = _payload(workspace, "view_closed", user)
        payload |= {"view": view_json(view), "is_cleared": False}
    workspace.in_background(lambda: _deliver(workspace, payload, accepts_response_payload=False))


def say(workspace: SlackWorkspace, user: str, text: str, thread_ts: str | None) -> Message:
    """See SlackWorkspace.say."""
    if user not in workspace.members:
        raise LookupError(f"there is no user {user}")
    with workspace.changed:
        if thread_ts is not None:
            thread_ts = workspace.message(thread_ts).thread_ts or thread_ts
        message = workspace.add(
            Message(workspace.new_ts(), workspace.channel_id, user, text, thread_ts=thread_ts)
        )
        bot = next(m.id for m in workspace.members.values() if m.is_bot)
        kinds = ["message"] + (["app_mention"] if f"<@{bot}>" in text else [])
        event = message_json(workspace, message) | {
            "channel": message.channel,
            "event_ts": message.ts,
        }
    for kind in kinds:
        if kind in workspace.events:
            _event(workspace, event | {"type": kind})
    return message


def _event(workspace: SlackWorkspace, event: Json) -> None:
    if event["type"] == "message":
        event = event | {"channel_type": "channel"}
    payload: Json = {
        "token": "playground",
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": workspace.new_id("Ev"),
        "event_time": int(workspace.clock()),
        "authorizations": [],
        "is_ext_shared_channel": False,
    }
    workspace.in_background(
        lambda: workspace.hub.deliver("events_api", payload, accepts_response_payload=False)
    )


# Payloads


def _payload(workspace: SlackWorkspace, kind: str, user: str) -> Json:
    member = workspace.members.get(user)
    if member is None:
        raise LookupError(f"there is no user {user}")
    return {
        "type": kind,
        "user": {
            "id": user,
            "username": member.name,
            "name": member.name,
            "team_id": TEAM_ID,
        },
        "api_app_id": APP_ID,
        "token": "playground",
        "trigger_id": workspace.new_trigger(user).id,
        "team": {"id": TEAM_ID, "domain": workspace.team.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _deliver(
    workspace: SlackWorkspace, payload: Json, *, accepts_response_payload: bool
) -> Delivery:
    def fresh_trigger() -> None:
        with contextlib.suppress(LookupError):
            payload["trigger_id"] = workspace.new_trigger(payload["user"]["id"]).id

    return workspace.hub.deliver(
        "interactive",
        payload,
        accepts_response_payload=accepts_response_payload,
        before_retry=fresh_trigger,
    )


def _find(blocks: list[Json], action_id: str, value: str | None) -> tuple[Json, Json]:
    found = [
        (block, element)
        for block in blocks
        for element in forms.elements(block)
        if element.get("action_id") == action_id
    ]
    if value is not None and len(found) > 1:
        found = [(b, e) for b, e in found if e["type"] != "button" or e.get("value") == value]
    if not found:
        raise LookupError(f"there is nothing to press with the action_id {action_id!r}")
    return found[0]


def _action(workspace: SlackWorkspace, block: Json, element: Json, value: str | None) -> Json:
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": workspace.new_ts(),
    }
    if element["type"] == "button":
        action["text"] = element["text"]
        if "value" in element:
            action["value"] = element["value"]
        return action
    return action | forms.chosen(element, value)
