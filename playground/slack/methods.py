"""The methods of the Web API, each a function of the workspace and the call's arguments."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from playground.slack import forms, limits, people
from playground.slack.records import BOT_ID, TEAM_ID, Json, Message, SlackError
from playground.slack.wire import conversation_json, message_json, user_json, view_json
from playground.slack.workspace import BOT, SlackWorkspace

Args = Mapping[str, Any]
Method = Callable[[SlackWorkspace, Args], Json]

SCOPES = "app_mentions:read,channels:history,channels:read,chat:write,users:read"
PAGE_MOST = 999
POSTED_LIMITED = ("chat.postMessage", "chat.postEphemeral")


def api_test(_: SlackWorkspace, args: Args) -> Json:
    """Echo; fails on request."""
    if args.get("error"):
        raise SlackError(str(args["error"]))
    return {"args": {k: v for k, v in args.items() if k != "token"}}


def auth_test(workspace: SlackWorkspace, _: Args) -> Json:
    """Who the token stands for."""
    return {
        "url": f"{workspace.address}/",
        "team": workspace.team,
        "user": BOT.name,
        "team_id": TEAM_ID,
        "user_id": BOT.id,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(workspace: SlackWorkspace, _: Args) -> Json:
    """A single-use address for one Socket Mode connection."""
    host = workspace.address.removeprefix("http://")
    return {"url": f"ws://{host}/link?ticket={workspace.hub.ticket()}"}


def post_message(workspace: SlackWorkspace, args: Args) -> Json:
    """Post to the channel or to a thread."""
    channel = _channel(workspace, args, by_name=True)
    text, blocks = _content(args)
    with workspace.changed:
        thread_ts = _thread_ts(workspace, args)
        message = workspace.add(
            Message(
                workspace.new_ts(),
                channel,
                BOT.id,
                text,
                blocks,
                thread_ts,
                broadcast=thread_ts is not None and _flag(args, "reply_broadcast"),
            )
        )
        return {
            "channel": channel,
            "ts": message.ts,
            "message": message_json(workspace, message),
        }


def post_ephemeral(workspace: SlackWorkspace, args: Args) -> Json:
    """Post something that one user sees."""
    channel = _channel(workspace, args, by_name=True)
    user = _needed(args, "user", "user_not_in_channel")
    if user not in workspace.members:
        raise SlackError("user_not_in_channel")
    text, blocks = _content(args)
    with workspace.changed:
        thread_ts = _thread_ts(workspace, args)
        message = workspace.add(
            Message(workspace.new_ts(), channel, BOT.id, text, blocks, thread_ts, seen_by=user)
        )
    return {"message_ts": message.ts}


def update(workspace: SlackWorkspace, args: Args) -> Json:
    """Change a message of the bot's own.

    The answer leaves the blocks out: the published specification gives them there as an object,
    which is not what Slack sends.
    """
    channel = _channel(workspace, args)
    with workspace.changed:
        message = _own(workspace, args, "cant_update_message")
        text, blocks = _content(args)
        message.text = text if "text" in args else message.text
        if args.get("blocks") is not None:  # left out, Slack keeps those it has
            message.blocks = blocks
        message.edited = True
        workspace.touch()
        return {
            "channel": channel,
            "ts": message.ts,
            "text": message.text,
            "message": {"type": "message", "text": message.text, "user": message.user},
        }


def delete(workspace: SlackWorkspace, args: Args) -> Json:
    """Delete a message of the bot's own."""
    channel = _channel(workspace, args)
    with workspace.changed:
        message = _own(workspace, args, "cant_delete_message")
        workspace.remove(message.ts)
    return {"channel": channel, "ts": message.ts}


def permalink(workspace: SlackWorkspace, args: Args) -> Json:
    """The address of a message."""
    channel = _channel(workspace, args)
    message = _seen_by_all(workspace, str(args.get("message_ts", "")))
    root = workspace.page_url or workspace.address
    link = f"{root}/archives/{channel}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel}"
    return {"channel": channel, "permalink": link}


def history(workspace: SlackWorkspace, args: Args) -> Json:
    """The channel's messages, newest first."""
    channel = _channel(workspace, args)
    with workspace.changed:
        found = [m for m in reversed(workspace.messages(channel)) if _within(m, args)]
        page, more = _page(found, args, 100)
        return {
            "messages": [message_json(workspace, m) for m in page],
            "pin_count": 0,
            "channel_actions_ts": None,
            "channel_actions_count": 0,
        } | more


def replies(workspace: SlackWorkspace, args: Args) -> Json:
    """A message and its thread, oldest first."""
    _channel(workspace, args)
    with workspace.changed:
        try:
            root = _seen_by_all(workspace, str(args.get("ts", "")))
        except SlackError:
            raise SlackError("thread_not_found") from None
        thread = workspace.thread(root.thread_ts or root.ts)
        found = [m for m in thread if m.ts == root.ts or _within(m, args)]
        page, more = _page(found, args, 1000)
        return {"messages": [message_json(workspace, m) for m in page]} | more


def conversations_info(workspace: SlackWorkspace, args: Args) -> Json:
    """The channel."""
    _channel(workspace, args)
    return {"channel": conversation_json(workspace)}


def users_info(workspace: SlackWorkspace, args: Args) -> Json:
    """A member."""
    member = workspace.members.get(str(args.get("user", "")))
    if member is None:
        raise SlackError("user_not_found")
    return {"user": user_json(workspace, member)}


def views_open(workspace: SlackWorkspace, args: Args) -> Json:
    """Open a modal for the person whose trigger this is."""
    forms.checked_view(args.get("view"))
    trigger = workspace.use_trigger(str(args.get("trigger_id", "")))
    view = people.open_view(workspace, trigger.user, args.get("view"))
    return {"view": view_json(view)}


def views_push(workspace: SlackWorkspace, args: Args) -> Json:
    """Put a modal on top of the person's others."""
    forms.checked_view(args.get("view"))
    trigger = workspace.use_trigger(str(args.get("trigger_id", "")))
    view = people.push_view(workspace, trigger.user, args.get("view"))
    return {"view": view_json(view)}


def views_update(workspace: SlackWorkspace, args: Args) -> Json:
    """Change an open modal, found by view_id or external_id."""
    with workspace.changed:
        if args.get("view_id"):
            view = workspace.view(str(args["view_id"]))
        else:
            wanted = str(args.get("external_id") or "")
            open_views = [v for stack in workspace.views.values() for v in stack]
            named = [v for v in open_views if wanted and v.body.get("external_id") == wanted]
            if not named:
                raise SlackError("not_found")
            view = named[0]
        if args.get("hash") and args["hash"] != view.hash:
            raise SlackError("hash_conflict")
        people.replace_view(workspace, view, args.get("view"))
        return {"view": view_json(view)}


BOT_METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
    "conversations.history": history,
    "conversations.replies": replies,
    "conversations.info": conversations_info,
    "users.info": users_info,
    "views.open": views_open,
    "views.push": views_push,
    "views.update": views_update,
}
APP_METHODS: dict[str, Method] = {"apps.connections.open": connections_open}
OPEN_METHODS: dict[str, Method] = {"api.test": api_test}
METHODS = BOT_METHODS | APP_METHODS | OPEN_METHODS


def call(workspace: SlackWorkspace, method: str, token: str | None, args: Args) -> Json:
    """Do one call and return its answer, `ok` included. Raises SlackError."""
    function = METHODS.get(method)
    if function is None:
        raise SlackError("unknown_method")
    if method not in OPEN_METHODS:
        _check_token(workspace, method, token)
    return {"ok": True} | function(workspace, args)


def wait_of(workspace: SlackWorkspace, method: str, args: Args) -> float:
    """Seconds the caller has to wait for its channel's rate limit; 0 when the call may pass."""
    if method not in POSTED_LIMITED:
        return 0.0
    with workspace.changed:
        return workspace.rate.wait_of(str(args.get("channel")))


def _check_token(workspace: SlackWorkspace, method: str, token: str | None) -> None:
    if not token:
        raise SlackError("not_authed")
    if token not in (workspace.bot_token, workspace.app_token):
        raise SlackError("invalid_auth")
    wanted = workspace.app_token if method in APP_METHODS else workspace.bot_token
    if token != wanted:
        raise SlackError("not_allowed_token_type")


def _needed(args: Args, name: str, code: str) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise SlackError(code)
    return value


def _flag(args: Args, name: str) -> bool:
    return args.get(name) in (True, 1, "1", "true", "True")


def _channel(workspace: SlackWorkspace, args: Args, *, by_name: bool = False) -> str:
    names = {workspace.channel_id}
    if by_name:
        names |= {workspace.channel_name, f"#{workspace.channel_name}"}
    if args.get("channel") not in names:
        raise SlackError("channel_not_found")
    return workspace.channel_id


def _content(args: Args) -> tuple[str, list[Json]]:
    """Text and blocks of a message, checked against Slack's limits."""
    text, blocks = args.get("text") or "", args.get("blocks")
    if blocks is not None:
        problems = limits.problems_of_blocks(blocks)
        if problems:
            raise SlackError("invalid_blocks", problems)
    if not isinstance(text, str):
        raise SlackError("no_text")
    if len(text) > limits.MESSAGE_TEXT:
        raise SlackError("msg_too_long")
    if not text and not blocks:
        raise SlackError("no_text")
    return text, forms.with_ids(blocks or [])


def _thread_ts(workspace: SlackWorkspace, args: Args) -> str | None:
    """The root of the thread that is answered; an answer to an answer goes to its root."""
    thread_ts = args.get("thread_ts")
    if not thread_ts:
        return None
    try:
        parent = workspace.message(str(thread_ts))
    except SlackError:
        raise SlackError("thread_not_found") from None
    return parent.thread_ts or parent.ts


def _seen_by_all(workspace: SlackWorkspace, ts: str) -> Message:
    message = workspace.message(ts)
    if message.seen_by is not None:
        raise SlackError("message_not_found")
    return message


def _own(workspace: SlackWorkspace, args: Args, refused: str) -> Message:
    message = _seen_by_all(workspace, str(args.get("ts", "")))
    if message.user != BOT.id:
        raise SlackError(refused)
    return message


def _within(message: Message, args: Args) -> bool:
    ts = float(message.ts)
    try:
        oldest = float(args.get("oldest") or 0)
        latest = float(args.get("latest") or "inf")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    if _flag(args, "inclusive"):
        return oldest <= ts <= latest
    return oldest < ts < latest


def _page(found: list[Message], args: Args, usual: int) -> tuple[list[Message], Json]:
    """One page by `limit` and `cursor`. The cursor names the last message that was given, so
    that messages which come meanwhile neither repeat nor hide others."""
    try:
        limit = int(args.get("limit") or usual)
    except ValueError:
        raise SlackError("invalid_limit") from None
    if limit < 1:
        raise SlackError("invalid_limit")
    cursor = args.get("cursor")
    if cursor:
        after = str(cursor).removeprefix("after:")
        if after not in {m.ts for m in found}:
            raise SlackError("invalid_cursor")
        found = list(itertools.dropwhile(lambda m: m.ts != after, found))[1:]
    page = found[: min(limit, PAGE_MOST)]
    if len(page) == len(found):
        return page, {"has_more": False}
    cursor = f"after:{page[-1].ts}"
    return page, {"has_more": True, "response_metadata": {"next_cursor": cursor}}
