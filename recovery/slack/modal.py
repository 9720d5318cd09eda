"""The windows a person writes in: pure functions of a case, and what comes back from them."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from models.states import CaseStatus
from recovery.refusals import Refused
from recovery.slack import mrkdwn, parts, words
from recovery.view import CaseView

Modal = dict[str, Any]

REPLY_FORM = "reply_form"
HAND_FORM = "hand_form"
INPUT_BLOCK = "reply"
INPUT = "text"
# https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
INPUT_LIMIT = 3000
_SHORTCODE = re.compile(r"(?<!\w):(?:[a-z][a-z0-9_+-]*|[+-]1):(?!\w)")
FAILED = "That did not work; nothing was changed. Please try again in a minute."


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a modal carries through Slack and back: its case, the attempt, where it was opened."""

    case_id: int
    attempt: int
    channel: str
    ts: str

    def dump(self) -> str:
        """As text for `private_metadata`."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Ticket":
        """Read it back. Raises ValueError where it is not ours."""
        try:
            data = json.loads(text)
            return cls(
                int(data["case_id"]), int(data["attempt"]), str(data["channel"]), str(data["ts"])
            )
        except (KeyError, TypeError) as error:
            raise ValueError("the modal carries no case") from error


def refuse_idle(view: CaseView, user: str) -> None:
    """Raise Refused before `user` spends words that the desk would not take."""
    if view.status not in CaseStatus.live():
        raise Refused(f"Case {view.id} is {view.status}; there is nothing to answer any more.")
    if view.owner not in (None, user):
        raise Refused(f"<@{view.owner}> has case {view.id}.")
    if view.reply_state == "sending":
        raise Refused(f"A reply to case {view.id} is on its way; wait until it has arrived.")
    if view.reply_route == "hand" and view.status is CaseStatus.ANSWERED:
        raise Refused(f"Case {view.id} is answered already.")


def refuse_shortcodes(text: str) -> None:
    """Raise Refused for an emoji that Slack hands over as letters, such as `:wave:`."""
    if found := _SHORTCODE.search(text):
        raise Refused(
            f"Slack hands the emoji {found[0]} over as these very letters, and the customer "
            "would read them. Please take it out. Nothing was sent."
        )


def under_input(text: str) -> dict[str, str]:
    """A sentence as errors of the reply form."""
    return {INPUT_BLOCK: mrkdwn.plain(text)}


def failure(view_state: dict[str, Any]) -> dict[str, Any]:
    """The answer to a submission that failed for a reason nobody foresaw."""
    if view_state.get("callback_id") == REPLY_FORM:
        return {"response_action": "errors", "errors": under_input(FAILED)}
    return {"response_action": "update", "view": notice(FAILED)}


def form(view: CaseView, channel: str, ts: str) -> Modal:
    """The window for an answer: a form, or where the API may not reply, a guide by hand."""
    ticket = Ticket(view.id, view.attempt, channel, ts)
    return _hand_form(view, ticket) if view.reply_route == "hand" else _reply_form(view, ticket)


def notice(text: str) -> Modal:
    """A window that only says something; `text` is plain."""
    return window("Not done", [parts.section(mrkdwn.beginning(mrkdwn.sentence(text), 3000))])


def written(view_state: dict[str, Any]) -> str:
    """The words in a submitted form; empty where nothing was written."""
    values = view_state.get("state", {}).get("values", {})
    return values.get(INPUT_BLOCK, {}).get(INPUT, {}).get("value") or ""


def latest(view: CaseView) -> list[parts.Block]:
    """What the customer wrote last, as a quote; empty where nothing is left of it."""
    post = _newest(view)
    if post is None:
        return []
    handle = parts.short(words.handle(view.channel, post.handle), 100)
    return [parts.section(f"*{handle}* wrote:\n{parts.quoted(post.text, 1400, post.url)}")]


def window(
    title: str,
    blocks: list[parts.Block],
    callback: str | None = None,
    submit: str | None = None,
    metadata: str | None = None,
) -> Modal:
    """A window of these blocks; a form where all of the last three are given."""
    made: Modal = {
        "type": "modal",
        "title": {"type": "plain_text", "text": title, "emoji": False},
        "close": {"type": "plain_text", "text": "Cancel" if submit else "Close", "emoji": False},
        "blocks": blocks,
    }
    if callback and submit and metadata:
        made["callback_id"] = callback
        made["submit"] = {"type": "plain_text", "text": submit, "emoji": False}
        made["private_metadata"] = metadata
    return made


def _reply_form(view: CaseView, ticket: Ticket) -> Modal:
    where = parts.short(words.channel(view.channel), 40)
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": INPUT,
        "multiline": True,
        "max_length": INPUT_LIMIT,
        "focus_on_load": True,
    }
    if view.draft:
        element["initial_value"] = mrkdwn.beginning(mrkdwn.clean(view.draft), INPUT_LIMIT)
    # Slack's field ends before some channels do.
    most = min(view.reply_limit, INPUT_LIMIT)
    hint = f"Everybody on {where} can read it. At most {most:,} characters{_counted(view)}."
    blocks = [*latest(view), *_note(view)]
    blocks.append(
        {
            "type": "input",
            "block_id": INPUT_BLOCK,
            "label": {"type": "plain_text", "text": "Your reply", "emoji": False},
            "hint": {"type": "plain_text", "text": hint, "emoji": False},
            "element": element,
        }
    )
    blocks += _offers(view)
    return window("Reply in public", blocks, REPLY_FORM, "Send reply", ticket.dump())


def _hand_form(view: CaseView, ticket: Ticket) -> Modal:
    where = parts.short(words.channel(view.channel), 40)
    post = _newest(view)
    link = mrkdwn.link(post.url if post else None, "Open the post")
    steps = (
        f"amends cannot answer this post on {where}: its rules forbid it, or the keys for it are "
        "missing. Please answer it there as the brand, then come back and say so."
    )
    blocks = [*latest(view), *_note(view), parts.section(steps)]
    if link:
        blocks.append(parts.section(f"*{link}*"))
    if view.draft:
        kept, _ = mrkdwn.head(view.draft, 2800)
        blocks.append(parts.section(f"Draft to copy:\n```{mrkdwn.escape(kept)}```"))
    blocks += _offers(view)
    return window("Answer by hand", blocks, HAND_FORM, "I answered it", ticket.dump())


def _counted(view: CaseView) -> str:
    # https://docs.x.com/fundamentals/counting-characters
    return ", a link counting 23 and an emoji 2" if view.channel == "x" else ""


def _newest(view: CaseView) -> Any:
    return next((post for post in reversed(view.posts) if not post.by_brand), None)


def _offers(view: CaseView) -> list[parts.Block]:
    return [parts.small(parts.gestures(view.gestures))] if view.gestures else []


def _note(view: CaseView) -> list[parts.Block]:
    if not view.lane_note:
        return []
    return [parts.section(f"*Please note:* {parts.short(view.lane_note, 1000)}")]
