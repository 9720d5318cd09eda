"""What the page draws, as JSON: a person's look at the workspace, and the public's."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from playground.public import PublicNetwork, PublicThread
from playground.slack.page import mrkdwn
from playground.slack.records import Json, Message, View
from playground.slack.workspace import SlackWorkspace

SHOWN = 200
SHOWN_THREADS = 120
_TEXTS = ("text", "label", "hint", "placeholder", "title", "confirm", "deny", "description")
_KEPT = (
    "type",
    "block_id",
    "action_id",
    "value",
    "style",
    "url",
    "alt_text",
    "multiline",
    "optional",
    "max_length",
    "min_length",
)
_NESTED = ("accessory", "element")
_LISTS = ("elements", "fields", "options", "option_groups")


def page_state(workspace: SlackWorkspace, me: str) -> Json:
    """The channel as `me` sees it, threads and the open modal included.

    Raises LookupError for a user who is not an agent.
    """
    if me not in {agent.id for agent in workspace.agents}:
        raise LookupError(f"there is no agent {me}")
    with workspace.changed:
        names = {m.id: m.real_name for m in workspace.members.values()}
        names[workspace.channel_id] = workspace.channel_name
        mine = workspace.ephemerals(me)
        shown = [*workspace.messages(), *(m for m in mine if m.in_channel)]
        shown = sorted(shown, key=lambda m: m.ts)[-SHOWN:]
        threads = {}
        for root in shown:
            whispers = [m for m in mine if m.thread_ts == root.ts]
            answers = [m for m in workspace.thread(root.ts) if m.ts != root.ts]
            if answers or whispers:
                answers = sorted([*answers, *whispers], key=lambda m: m.ts)
                threads[root.ts] = [_message(m, names) for m in answers]
        views = workspace.open_views(me)
        return {
            "version": page_version(workspace),
            "team": workspace.team,
            "channel": workspace.channel_name,
            "app_connected": workspace.hub.connections > 0,
            "members": [
                {"id": m.id, "name": m.real_name, "title": m.title, "bot": m.is_bot}
                for m in workspace.members.values()
            ],
            "messages": [_message(m, names) for m in shown],
            "threads": threads,
            "view": _view(views[-1], names) if views else None,
        }


def page_version(workspace: SlackWorkspace) -> str:
    """Changes when anything on the page may have, the app's connection included."""
    return f"{workspace.version}-{workspace.hub.connections}"


def _message(message: Message, names: dict[str, str]) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "edited": message.edited,
        "only_you": message.seen_by is not None,
        "blocks": [_block(b, names) for b in message.blocks],
        "text": mrkdwn.parse(message.text, names),
    }


def _view(view: View, names: dict[str, str]) -> Json:
    body = view.body
    return {
        "id": view.id,
        "hash": view.hash,
        "title": body["title"]["text"],
        "submit": body["submit"]["text"] if body.get("submit") else None,
        "close": body["close"]["text"] if body.get("close") else "Cancel",
        "back": view.previous_id is not None,
        "blocks": [_block(b, names) for b in view.blocks],
        "values": view.values,
    }


def _block(value: Json, names: dict[str, str]) -> Json:
    """A block or an element with each text turned into nodes, and only what the page draws."""
    drawn: Json = {key: value[key] for key in _KEPT if key in value}
    if value.get("type") in ("plain_text", "mrkdwn"):
        return {"type": "text", "nodes": _nodes(value, names)}
    for key in _TEXTS:
        held = value.get(key)
        if isinstance(held, dict):  # a confirmation dialog has the name of a text, but no type
            drawn[key] = _nodes(held, names) if "type" in held else _block(held, names)
    for key in _NESTED:
        if isinstance(value.get(key), dict):
            drawn[key] = _block(value[key], names)
    for key in _LISTS:
        if isinstance(value.get(key), list):
            drawn[key] = [_block(item, names) for item in value[key]]
    return drawn


def _nodes(text: Json, names: dict[str, str]) -> list[mrkdwn.Node]:
    if text.get("type") == "mrkdwn":
        return mrkdwn.parse(text.get("text", ""), names)
    return mrkdwn.plain(text.get("text", ""))


def public_state(networks: Sequence[PublicNetwork]) -> Json:
    """The latest conversations of all networks, the most recently answered first.

    `version` changes exactly when the rest does.
    """
    threads = [thread for network in networks for thread in network.public_threads()]
    threads = [thread for thread in threads if thread.posts]
    threads.sort(key=lambda thread: max(post.at for post in thread.posts), reverse=True)
    drawn = [_thread(thread) for thread in threads[:SHOWN_THREADS]]
    digest = hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]
    return {"version": digest, "threads": drawn, "total": len(threads)}


def _thread(thread: PublicThread) -> Json:
    return {
        "id": f"{thread.network}:{thread.id}",
        "network": thread.network,
        "place": thread.place,
        "title": thread.title,
        "posts": list(_posts(thread.posts)),
    }


def _posts(posts: Iterable[Any]) -> Iterable[Json]:
    depth: dict[str, int] = {}
    for post in posts:
        depth[post.id] = depth.get(post.in_reply_to, -1) + 1 if post.in_reply_to else 0
        yield {
            "id": post.id,
            "name": post.name,
            "handle": post.handle,
            "text": post.text,
            "at": post.at.timestamp(),
            "by_brand": post.by_brand,
            "depth": min(depth[post.id], 3),
        }
