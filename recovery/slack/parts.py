"""Building bricks of Slack's Block Kit, each held to Slack's limits.

Limits: https://docs.slack.dev/reference/block-kit/blocks (section 3,000 characters, header 150,
50 blocks, button text 75, button value 2,000, block id 255).
"""

from collections.abc import Sequence
from typing import Any, Literal

from recovery.slack import mrkdwn, words
from recovery.view import GestureView

Block = dict[str, Any]

CLAIM = "claim"
RELEASE = "release"
REPLY = "reply"
DISMISS = "dismiss"
UNDO = "undo"
BY_HAND = "answered_by_hand"
CORRECT = "correct"


def header(text: str) -> Block:
    """A large line of plain text."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": mrkdwn.cut(text, 150), "emoji": True},
    }


def section(text: str) -> Block:
    """A paragraph; `text` is mrkdwn whose foreign parts are escaped already.

    `verbatim` keeps Slack from making links and mentions of what it finds in the words.
    """
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def small(text: str) -> Block:
    """A line in small print, of escaped mrkdwn."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}],
    }


def button(
    label: str, action: str, case_id: int, style: Literal["primary", "danger"] | None = None
) -> Block:
    """A button that names its action and its case."""
    made: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": mrkdwn.cut(label, 75), "emoji": False},
        "value": str(case_id),
    }
    return made | {"style": style} if style else made


def confirm(title: str, text: str, yes: str) -> Block:
    """A question before a button does its deed; all three are words of ours."""
    return {
        "title": {"type": "plain_text", "text": title},
        "text": {"type": "plain_text", "text": text},
        "confirm": {"type": "plain_text", "text": yes},
        "deny": {"type": "plain_text", "text": "Not yet"},
    }


def actions(*buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(buttons)}


def short(text: str, limit: int) -> str:
    """Foreign text on one line, escaped, of at most `limit` characters and an ellipsis."""
    kept, left = mrkdwn.head(mrkdwn.one_line(text), limit)
    return mrkdwn.escape(kept) + ("…" if left else "")


def more(left: int) -> str:
    """How many words were left out."""
    return "1 more word" if left == 1 else f"{left} more words"


def quoted(text: str, limit: int, url: str | None) -> str:
    """Foreign text as a quote; where it is cut, how much is left and where to read it."""
    kept, left = mrkdwn.head(text, limit)
    lines = mrkdwn.quote(kept or "(no text)")
    if not left:
        return lines
    read = mrkdwn.link(url, "read it all")
    return f"{lines}\n… {more(left)}" + (f", {read}" if read else "")


def gestures(offers: Sequence[GestureView]) -> str:
    """What may be offered, a line each: what, its cost, who grants it, why.

    Amounts belong in private: talked about in public they fuel the fire (Herhausen 2019).
    """
    lines = ["*You could offer, in private:*"]
    for offer in offers[:3]:
        name, cost, reason = short(offer.name, 150), short(offer.cost, 60), short(offer.reason, 400)
        lines.append(f"• *{name}* ({cost}, {words.GRANTS[offer.grant]}): {reason}")
    return "\n".join(lines)
