"""The arguments of Web API calls, read and checked as Slack does."""

import itertools
from collections.abc import Mapping
from typing import Any

from playground.slack import forms, limits
from playground.slack.records import Json, Message, SlackError
from playground.slack.workspace import BOT, SlackWorkspace

Args = Mapping[str, Any]
PAGE_MOST = 999


def needed(args: Args, name: str, code: str) -> str:
    """A text argument. Raises SlackError(code) where it is missing."""
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise SlackError(code)
    return value


def flag(args: Args, name: str) -> bool:
    """A boolean argument, in the forms clients send it."""
    return args.get(name) in (True, 1, "1", "true", "True")


def channel_of(workspace: SlackWorkspace, args: Args, *, by_name: bool = False) -> str:
    """The id of the channel that is named. Raises SlackError."""
    names = {workspace.channel_id}
    if by_name:
        names |= {workspace.channel_name, f"#{workspace.channel_name}"}
    if args.get("channel") not in names:
        raise SlackError("channel_not_found")
    return workspace.channel_id


def content_of(args: Args) -> tuple[str, list[Json]]:
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


def thread_of(workspace: SlackWorkspace, args: Args) -> str | None:
    """The root of the thread that is answered; an answer to an answer goes to its root."""
    thread_ts = args.get("thread_ts")
    if not thread_ts:
        return None
    try:
        parent = workspace.message(str(thread_ts))
    except SlackError:
        raise SlackError("thread_not_found") from None
    return parent.thread_ts or parent.ts


def seen_by_all(workspace: SlackWorkspace, ts: str) -> Message:
    """A message by its timestamp, not an ephemeral one. Raises SlackError."""
    message = workspace.message(ts)
    if message.seen_by is not None:
        raise SlackError("message_not_found")
    return message


def own_message(workspace: SlackWorkspace, args: Args, refused: str) -> Message:
    """A message of the bot's own by the argument `ts`. Raises SlackError."""
    message = seen_by_all(workspace, str(args.get("ts", "")))
    if message.user != BOT.id:
        raise SlackError(refused)
    return message


def within(message: Message, args: Args) -> bool:
    """Is the message between `oldest` and `latest`? Raises SlackError."""
    ts = float(message.ts)
    try:
        oldest = float(args.get("oldest") or 0)
        latest = float(args.get("latest") or "inf")
    except ValueError:
        raise SlackError("invalid_ts_oldest") from None
    if flag(args, "inclusive"):
        return oldest <= ts <= latest
    return oldest < ts < latest


def page_of(found: list[Message], args: Args, usual: int) -> tuple[list[Message], Json]:
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
