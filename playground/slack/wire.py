"""How Slack writes messages, people and modals as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.slack.records import APP_ID, BOT_ID, TEAM_ID, Json, Member, Message, View

if TYPE_CHECKING:
    from playground.slack.workspace import SlackWorkspace


def message_json(workspace: SlackWorkspace, message: Message) -> Json:
    """A message as conversations.history shows it, with its thread's figures."""
    body: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": TEAM_ID,
    }
    if workspace.members[message.user].is_bot:
        body["bot_id"] = BOT_ID
    if message.blocks:
        body["blocks"] = message.blocks
    if message.thread_ts is not None:
        body["thread_ts"] = message.thread_ts
        if message.thread_ts != message.ts:
            parent = next((m for m in workspace.thread(message.thread_ts)), None)
            if parent is not None and parent.ts == message.thread_ts:
                body["parent_user_id"] = parent.user
            if message.broadcast:
                body["subtype"] = "thread_broadcast"
    answers = [m for m in workspace.thread(message.ts) if m.ts != message.ts]
    if answers:
        users = list(dict.fromkeys(m.user for m in answers))
        body |= {
            "thread_ts": message.ts,
            "reply_count": len(answers),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": answers[-1].ts,
            "subscribed": False,
        }
    return body


def user_json(workspace: SlackWorkspace, member: Member) -> Json:
    """A user as users.info shows it."""
    first, _, last = member.real_name.partition(" ")
    return {
        "id": member.id,
        "team_id": TEAM_ID,
        "name": member.name,
        "deleted": False,
        "real_name": member.real_name,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {
            "avatar_hash": "g" + member.id[-10:].lower(),
            "title": member.title,
            "real_name": member.real_name,
            "real_name_normalized": member.real_name,
            "display_name": member.real_name,
            "display_name_normalized": member.real_name,
            "first_name": first,
            "last_name": last,
            "team": TEAM_ID,
        },
        "is_bot": member.is_bot,
        "is_app_user": False,
        "updated": workspace.created,
    }


def conversation_json(workspace: SlackWorkspace) -> Json:
    """The channel as conversations.info shows it."""
    note = {"value": "", "creator": "", "last_set": 0}
    return {
        "id": workspace.channel_id,
        "name": workspace.channel_name,
        "name_normalized": workspace.channel_name,
        "created": workspace.created,
        "creator": workspace.agents[-1].id,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": False,
        "is_archived": False,
        "is_general": False,
        "is_shared": False,
        "is_org_shared": False,
        "is_member": True,
        "shared_team_ids": [TEAM_ID],
        "topic": note,
        "purpose": note,
    }


def view_json(view: View) -> Json:
    """A modal as the app gets it: what it sent, what was typed, and where it is in the stack."""
    empty: Json = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "submit": None,
        "close": None,
    }
    return (
        empty
        | view.body
        | {
            "id": view.id,
            "team_id": TEAM_ID,
            "app_id": APP_ID,
            "app_installed_team_id": TEAM_ID,
            "bot_id": BOT_ID,
            "hash": view.hash,
            "root_view_id": view.root_id,
            "previous_view_id": view.previous_id,
            "state": {"values": view.values},
        }
    )
