"""Slack's mrkdwn as a tree of plain values, which the page turns into elements and text nodes.

A node is {"k": kind} with "s" (text) or "c" (children). Kinds: text, br, b, i, strike, code, pre,
quote, a (with "href"), at, date (with "at" in Unix seconds and "format", which the page fills in
the reader's own zone). Only http, https and mailto addresses become links.
Source of the rules: Slack, "Formatting text for app surfaces".
"""

import re
from collections.abc import Mapping
from typing import Any

Node = dict[str, Any]

EMOJI = {
    "alarm_clock": "⏰",
    "arrow_right": "➡️",
    "bangbang": "‼️",
    "bell": "🔔",
    "bulb": "💡",
    "chart_with_upwards_trend": "📈",
    "eyes": "👀",
    "fire": "🔥",
    "gift": "🎁",
    "hand": "✋",
    "heavy_check_mark": "✔️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "inbox_tray": "📥",
    "incoming_envelope": "📨",
    "information_source": "\N{INFORMATION SOURCE}\ufe0f",
    "large_blue_circle": "🔵",
    "large_green_circle": "🟢",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "lock": "🔒",
    "memo": "📝",
    "no_entry": "⛔",
    "no_entry_sign": "🚫",
    "outbox_tray": "📤",
    "pencil": "📝",
    "point_right": "👉",
    "raised_hand": "✋",
    "red_circle": "🔴",
    "rotating_light": "🚨",
    "scales": "⚖️",
    "shield": "🛡️",
    "speech_balloon": "💬",
    "star": "⭐",
    "tada": "🎉",
    "thumbsup": "👍",
    "+1": "👍",
    "warning": "⚠️",
    "wave": "👋",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "x": "❌",
    "zap": "⚡",
}

_FENCE = re.compile(r"```(.*?)```", re.S)
_EMOJI = re.compile(r":([a-z0-9_+-]+):")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]+", re.I)
_DATE = re.compile(r"!date\^(\d{1,12})\^([^^]+)(?:\^[^^]*)?")
_STYLES = {"*": "b", "_": "i", "~": "strike"}
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*_~])(?P<mark>[*_~])(?P<styled>(?!\s)[^\n]*?[^\s])(?P=mark)(?![\w*_~])"
    r"|(?P<br>\n)"
)


def unescape(text: str) -> str:
    """Slack's three entities as the characters they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str) -> list[Node]:
    """A plain_text object: no marks, only emoji and line breaks."""
    return _text(text)


def parse(text: str, names: Mapping[str, str]) -> list[Node]:
    """The tree of a mrkdwn text. `names` are the members' and channels' names by id."""
    nodes: list[Node] = []
    last = 0
    for fence in _FENCE.finditer(text):
        nodes += _lines(text[last : fence.start()], names)
        nodes.append({"k": "pre", "s": unescape(fence[1].strip("\n"))})
        last = fence.end()
    return nodes + _lines(text[last:], names)


def _lines(text: str, names: Mapping[str, str]) -> list[Node]:
    """Quotes are runs of lines that begin with '>' (or its entity)."""
    nodes: list[Node] = []
    run: list[str] = []
    quoted = False

    def flush() -> None:
        if run:
            children = _inline("\n".join(run), names)
            nodes.extend([{"k": "quote", "c": children}] if quoted else children)
            run.clear()

    for line in text.split("\n"):
        mark = re.match(r"(?:&gt;|>) ?", line)
        if bool(mark) != quoted:
            flush()
            quoted = bool(mark)
        run.append(line[mark.end() :] if mark else line)
    flush()
    return nodes


def _inline(text: str, names: Mapping[str, str]) -> list[Node]:
    nodes: list[Node] = []
    last = 0
    for found in _INLINE.finditer(text):
        nodes += _text(unescape(text[last : found.start()]))
        last = found.end()
        if found["code"] is not None:
            nodes.append({"k": "code", "s": unescape(found["code"])})
        elif found["angle"] is not None:
            nodes.append(_angle(found["angle"], names))
        elif found["br"] is not None:
            nodes.append({"k": "br"})
        else:
            kind = _STYLES[found["mark"]]
            nodes.append({"k": kind, "c": _inline(found["styled"], names)})
    return nodes + _text(unescape(text[last:]))


def _angle(inner: str, names: Mapping[str, str]) -> Node:
    """A link, a mention or a special word between angle brackets."""
    target, _, label = inner.partition("|")
    target, label = unescape(target), unescape(label)
    if target.startswith("@"):
        return {"k": "at", "s": "@" + names.get(target[1:], label or target[1:])}
    if target.startswith("#"):
        return {"k": "at", "s": "#" + names.get(target[1:], label or target[1:])}
    date = _DATE.fullmatch(target)
    if date:
        return {"k": "date", "at": int(date[1]), "format": date[2], "s": label or target}
    if target.startswith("!"):
        return {"k": "at", "s": "@" + (label.lstrip("@") or target[1:])}
    if _LINK.fullmatch(target):
        return {"k": "a", "href": target, "s": label or target}
    return {"k": "text", "s": f"<{unescape(inner)}>"}


def _text(text: str) -> list[Node]:
    nodes: list[Node] = []
    text = _EMOJI.sub(lambda m: EMOJI.get(m[1], m[0]), text)
    for index, line in enumerate(text.split("\n")):
        if index:
            nodes.append({"k": "br"})
        if line:
            nodes.append({"k": "text", "s": line})
    return nodes
