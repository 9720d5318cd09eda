"""The methods of the Web API, each a function of the workspace and the call's arguments."""

from __future__ import annotations

from collections.abc import Callable

from playground.slack import arguments, forms, modals
from playground.slack.arguments import Args
from playground.slack.records import BOT_ID, TEAM_ID, Json, Message, SlackError
from playground.slack.wire import conversation_json, message_json, user_json, view_json
from playground.slack.workspace import BOT, SlackWorkspace

Method = Callable[[SlackWorkspace, Args], Json]

SCOPES = "app_mentions:read,channels:history,channels:read,chat:write,users:read"
# Slack limits these by channel; a whisper has a wide limit of its own (tier 4).
POSTED_LIMITED = ("chat.postMessage",)


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
    channel = arguments.channel_of(workspace, args, by_name=True)
    text, blocks = arguments.content_of(args)
    with workspace.changed:
        thread_ts = arguments.thread_of(workspace, args)
        message = workspace.add(
            Message(
                workspace.new_ts(),
                channel,
                BOT.id,
                text,
                blocks,
                thread_ts,
                broadcast=thread_ts is not None and arguments.flag(args, "reply_broadcast"),
            )
        )
        return {
            "channel": channel,
            "ts": message.ts,
            "message": message_json(workspace, message),
        }


def post_ephemeral(workspace: SlackWorkspace, args: Args) -> Json:
    """Post something that one user sees."""
    channel = arguments.channel_of(workspace, args, by_name=True)
    user = arguments.needed(args, "user", "user_not_in_channel")
    if user not in workspace.members:
        raise SlackError("user_not_in_channel")
    text, blocks = arguments.content_of(args)
    with workspace.changed:
        thread_ts = arguments.thread_of(workspace, args)
        message = workspace.add(
            Message(workspace.new_ts(), channel, BOT.id, text, blocks, thread_ts, seen_by=user)
        )
    return {"message_ts": message.ts}


def update(workspace: SlackWorkspace, args: Args) -> Json:
    """Change a message of the bot's own.

    The answer leaves the blocks out: the published specification gives them there as an object,
    which is not what Slack sends.
    """
    channel = arguments.channel_of(workspace, args)
    with workspace.changed:
        message = arguments.own_message(workspace, args, "cant_update_message")
        text, blocks = arguments.content_of(args)
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
    channel = arguments.channel_of(workspace, args)
    with workspace.changed:
        message = arguments.own_message(workspace, args, "cant_delete_message")
        workspace.remove(message.ts)
    return {"channel": channel, "ts": message.ts}


def permalink(workspace: SlackWorkspace, args: Args) -> Json:
    """The address of a message."""
    channel = arguments.channel_of(workspace, args)
    message = arguments.seen_by_all(workspace, str(args.get("message_ts", "")))
    root = workspace.page_url or workspace.address
    link = f"{root}/archives/{channel}/p{message.ts.replace('.', '')}"
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={channel}"
    return {"channel": channel, "permalink": link}


def history(workspace: SlackWorkspace, args: Args) -> Json:
    """The channel's messages, newest first."""
    channel = arguments.channel_of(workspace, args)
    with workspace.changed:
        found = [m for m in reversed(workspace.messages(channel)) if arguments.within(m, args)]
        page, more = arguments.page_of(found, args, 100)
        return {
            "messages": [message_json(workspace, m) for m in page],
            "pin_count": 0,
            "channel_actions_ts": None,
            "channel_actions_count": 0,
        } | more


def replies(workspace: SlackWorkspace, args: Args) -> Json:
    """A message and its thread, oldest first."""
    arguments.channel_of(workspace, args)
    with workspace.changed:
        try:
            root = arguments.seen_by_all(workspace, str(args.get("ts", "")))
        except SlackError:
            raise SlackError("thread_not_found") from None
        thread = workspace.thread(root.thread_ts or root.ts)
        found = [m for m in thread if m.ts == root.ts or arguments.within(m, args)]
        page, more = arguments.page_of(found, args, 1000)
        return {"messages": [message_json(workspace, m) for m in page]} | more


def conversations_info(workspace: SlackWorkspace, args: Args) -> Json:
    """The channel."""
    arguments.channel_of(workspace, args)
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
    view = modals.open_view(workspace, trigger.user, args.get("view"))
    return {"view": view_json(view)}


def views_push(workspace: SlackWorkspace, args: Args) -> Json:
    """Put a modal on top of the person's others."""
    forms.checked_view(args.get("view"))
    trigger = workspace.use_trigger(str(args.get("trigger_id", "")))
    view = modals.push_view(workspace, trigger.user, args.get("view"))
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
        modals.replace_view(workspace, view, args.get("view"))
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
