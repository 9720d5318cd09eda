"""Slack's text format at its edge: hostile text made harmless, cut to size, quoted.

Slack reads `&`, `<`, `>` as control characters and nothing else needs escaping
(https://docs.slack.dev/messaging/formatting-message-text). Sizes are counted after escaping, in
UTF-16 units, the strictest way in which Slack may count.
"""

import re
import unicodedata
from datetime import UTC, datetime

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A word joiner after the sign: it reads the same, and no client turns it into a ping.
_PING = re.compile(r"@(?=here\b|channel\b|everyone\b)", re.IGNORECASE)
_USER = re.compile(r"[UW][A-Z0-9]{1,20}")
_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]{1,20})&gt;")
_URL = re.compile(r"https?://[^\s<>|\"`\\^{}]{1,400}")
_MAX_LINES = 30


def clean(text: str) -> str:
    """Text without control characters, bidi overrides and towers of empty lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\t", " ")
    kept = "".join(
        char
        for char in text
        if char == "\n" or (char not in _BIDI and unicodedata.category(char) not in ("Cc", "Cs"))
    )
    return re.sub(r"\n[\s]*\n[\s]*\n", "\n\n", kept).strip()


def one_line(text: str) -> str:
    """Cleaned text with its line breaks and runs of blanks made single blanks."""
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    """Cleaned text in which nothing pings, links or commands."""
    text = _PING.sub("@\u2060", clean(text).replace("```", "'''"))
    return "".join(_ENTITIES.get(char, char) for char in text)


def size(text: str) -> int:
    """Length as Slack may count it at most: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def beginning(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units from the start of `text`; no character is cut in two."""
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * limit]
    return units.decode("utf-16-le", "ignore")


def head(text: str, limit: int) -> tuple[str, int]:
    """The beginning of cleaned `text` whose escaped form fits `limit`, and how many words are left.

    Cuts between words where it can. At most 30 lines.
    """
    text = clean(text)
    end = _fitting(text, limit)
    if end == len(text):
        return text, 0
    space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
    if space > end // 2:
        end = space
    return text[:end].rstrip(), max(1, len(text[end:].split()))


def cut(text: str, limit: int) -> str:
    """One line of plain text of at most `limit` UTF-16 units, with an ellipsis where cut."""
    line = one_line(text)
    if size(line) <= limit:
        return line
    return beginning(line, limit - 1).rstrip() + "…"


def quote(text: str) -> str:
    """Escaped text as a Slack quote, line by line."""
    return "\n".join(f">{line}" for line in escape(text).split("\n"))


def link(url: str | None, label: str) -> str | None:
    """A link, or None where there is no address that can be shown safely."""
    if url is None or not _URL.fullmatch(url):
        return None
    return f"<{escape(url)}|{escape(label)}>"


def when(at: datetime) -> str:
    """A moment that every reader sees in their own zone; UTC where Slack cannot say."""
    at = at.astimezone(UTC)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}}, {{time}}|{at:%d %b, %H:%M} UTC>"


def who(actor: str) -> str:
    """A person of the team as a mention; anything else as plain words."""
    return f"<@{actor}>" if _USER.fullmatch(actor) else escape(cut(actor, 60))


def sentence(text: str) -> str:
    """A sentence of ours, escaped, in which `<@U1>` stays a mention."""
    return _MENTION.sub(r"<@\1>", escape(text))


def plain(text: str) -> str:
    """A sentence of ours for places where Slack shows no mentions."""
    return re.sub(r"<@[UW][A-Z0-9]{1,20}>", "Somebody else", text)


def _fitting(text: str, limit: int) -> int:
    used, lines = 0, 0
    for index, char in enumerate(text):
        # Two for every line: the quote sign and the break.
        used += 2 if char == "\n" else size(_ENTITIES.get(char, char))
        # Each '@' may grow by a word joiner.
        used += char == "@"
        lines += char == "\n"
        if used > limit or lines >= _MAX_LINES:
            return index
    return len(text)
