"""The alert: a case as a Slack message, for a care agent who has one glance to spare.

Pure functions of a CaseView. The first block carries the key of the message's outbox item as its
`block_id`, by which the message is found again after a crash.
"""

from itertools import pairwise

from models.labels import Risk, Urgency
from models.states import CaseStatus, EventKind
from recovery.slack import mrkdwn, parts, words
from recovery.slack.parts import Block
from recovery.view import CaseView, EventView, PostView

FIRST_POST = 1400
LATER_POST = 500
LATER_POSTS = 4
PAST_POST = 150
DRAFT = 1400
REMARK = 2500
FOOTNOTE = "The customer sees nothing of this thread."


def alert(view: CaseView, key: str) -> list[Block]:
    """The message for the case as it stands, `key` being its `block_id`."""
    if view.status is CaseStatus.DISMISSED:
        blocks = _dismissed(view)
    elif view.status in (CaseStatus.ANSWERED, CaseStatus.CLOSED):
        blocks = _answered(view)
    else:
        blocks = _waiting(view)
    blocks.append(parts.small(f"Case {view.id}. {FOOTNOTE}"))
    blocks[0] = {**blocks[0], "block_id": key}
    return blocks


def fallback(view: CaseView) -> str:
    """The message in one line, for notifications and screen readers."""
    last = _customer_posts(view)[-1:] or view.posts[-1:]
    said = f": {parts.short(last[0].text, 200)}" if last else ""
    handle = parts.short(words.handle(view.channel, view.handle), 100)
    where = parts.short(words.channel(view.channel), 40)
    return f"{parts.short(_title(view), 300)}, {handle} on {where}{said}"


def thread(text: str, actor: str | None, key: str) -> list[Block]:
    """A remark in the alert's thread; `text` is plain, `actor` a Slack user id."""
    kept, left = mrkdwn.head(text, REMARK)
    line = (mrkdwn.escape(kept) or "(no text)") + (f"\n… {parts.more(left)}" if left else "")
    block = parts.section(f"{mrkdwn.who(actor)} · {line}" if actor else line)
    return [{**block, "block_id": key}]


def last_event(view: CaseView, *kinds: EventKind) -> EventView | None:
    """The newest event of these kinds."""
    return next((event for event in reversed(view.events) if event.kind in kinds), None)


def _waiting(view: CaseView) -> list[Block]:
    blocks = [parts.header(_mark(view) + _title(view)), parts.section(_summary(view))]
    blocks += _conversation(view)
    blocks += _lane(view)
    reasons = " ".join(parts.short(reason, 300) for reason in view.why[:4])
    notes = (f"*Why:* {reasons}" if reasons else "", _corrected(view))
    if any(notes):
        blocks.append(parts.small("\n".join(note for note in notes if note)))
    if view.reply_state == "sending":
        return blocks
    if view.gestures:
        blocks.append(parts.small(parts.gestures(view.gestures)))
    # Whoever has the case finds the draft in the window; a case that may be none needs none yet.
    if view.draft and view.status is CaseStatus.NEW and not view.needs_judgement:
        blocks.append(parts.section(f"*Draft*\n{parts.quoted(view.draft, DRAFT, None)}"))
    return [*blocks, _buttons(view)]


def _answered(view: CaseView) -> list[Block]:
    """Over for now: two lines, what was said in small print. A risk is still one."""
    risks = f" · {parts.short(words.risks(view.risks), 200)}" if view.risks else ""
    done = f"*{_title(view)}*{risks} · {_person(view)}{_open_link(view)}"
    said = "\n".join(line for line in (done, _due(view), _state(view)) if line)
    blocks = [parts.section(said)]
    if view.status is CaseStatus.ANSWERED and view.risks:
        blocks += _lane(view)
    blocks += _past(view)
    if view.status is CaseStatus.ANSWERED and view.reply_state != "sending":
        row = [parts.button("Correct…", parts.CORRECT, view.id)]
        if view.reply_route == "api":
            row.insert(0, parts.button("Reply again…", parts.REPLY, view.id))
        blocks.append(parts.actions(*row))
    return blocks


def _lane(view: CaseView) -> list[Block]:
    if not view.lane_note:
        return []
    return [parts.section(f"*Please note:* {parts.short(view.lane_note, 1000)}")]


def _past(view: CaseView) -> list[Block]:
    """The first post, the newest answer and what the customer said after it, a line each.

    Below them, who corrected the case.
    """
    answers = [index for index, post in enumerate(view.posts) if post.by_brand]
    kept = sorted({0, *answers[-1:], len(view.posts) - 1} & set(range(len(view.posts))))
    lines = []
    for post in (view.posts[index] for index in kept):
        name = view.brand if post.by_brand else words.handle(view.channel, post.handle)
        lines.append(f"*{parts.short(name, 80)}:* {parts.short(post.text, PAST_POST)}")
    if corrected := _corrected(view):
        lines.append(corrected)
    return [parts.small("\n".join(lines))] if lines else []


def _corrected(view: CaseView) -> str:
    """Who set right what, the last time that somebody did."""
    event = last_event(view, EventKind.CORRECTED)
    if event is None:
        return ""
    fields = event.data.get("fields")
    changed = fields if isinstance(fields, list) else []
    names = words.listed([name for key, name in words.FIELDS.items() if key in changed])
    what = f": {names}" if names else ""
    risks = words.changed_risks(_named(event, "added"), _named(event, "removed"))
    which = f" ({risks})" if risks else ""
    return f"*Corrected* by {mrkdwn.who(event.actor)}, {mrkdwn.when(event.at)}{what}{which}."


def _named(event: EventView, deed: str) -> list[str]:
    """The risks that somebody added or removed."""
    risks = event.data.get(deed)
    return Risk.in_order(risks) if isinstance(risks, list) else []


def _dismissed(view: CaseView) -> list[Block]:
    event = last_event(view, EventKind.DISMISSED)
    by = f" {mrkdwn.who(event.actor)}, {mrkdwn.when(event.at)}." if event else ""
    post = parts.short(view.posts[0].text, PAST_POST) if view.posts else ""
    return [
        parts.section(f"*Not a complaint.*{by}"),
        parts.small(f"{_person(view)}{_open_link(view)}: {post}"),
        parts.actions(parts.button("Undo", parts.UNDO, view.id)),
    ]


def _title(view: CaseView) -> str:
    if view.status is CaseStatus.DISMISSED:
        return "Not a complaint"
    if view.status is CaseStatus.CLOSED:
        return "Closed"
    if view.status is CaseStatus.ANSWERED:
        return "Answered"
    _, urgency = words.URGENCIES.get(view.urgency, ("", view.urgency))
    if view.risks:
        risks = words.risks(view.risks)
        said_after = "please judge" if view.needs_judgement else urgency.lower()
        return f"{risks[:1].upper()}{risks[1:]} · {said_after}"
    if view.needs_judgement:
        return "Not sure: please judge"
    said = (urgency, words.CATEGORIES.get(view.category), words.anger(view.anger))
    return " · ".join(word for word in said if word)


def _mark(view: CaseView) -> str:
    # The urgency of a post that nobody dared to judge says little, its risk says enough.
    is_doubtful = view.needs_judgement and bool(view.risks) and view.urgency != Urgency.CRITICAL
    mark, _ = words.URGENCIES.get(Urgency.HIGH if is_doubtful else view.urgency, ("", ""))
    return f"{mark} " if mark else ""


def _person(view: CaseView) -> str:
    handle = parts.short(words.handle(view.channel, view.handle), 100)
    reach = words.followers(view.followers)
    where = parts.short(words.channel(view.channel), 40)
    return f"*{handle}*{f' ({reach})' if reach else ''} on {where}"


def _open_link(view: CaseView) -> str:
    link = mrkdwn.link(view.posts[0].url if view.posts else None, "open the post")
    return f" · {link}" if link else ""


def _summary(view: CaseView) -> str:
    """Who and where, by when, and in whose hands."""
    lines = [f"{_person(view)}{_open_link(view)}", _due(view), _state(view)]
    return "\n".join(line for line in lines if line)


def _due(view: CaseView) -> str:
    if view.due_at is None:
        return ""
    # A correction may bring a deadline that has passed already; nothing else then tells of it.
    late = last_event(view, EventKind.DEADLINE_MISSED, EventKind.CORRECTED)
    missed = late is not None and late.at >= view.due_at
    label = "*Late:* the answer was due" if missed else "Answer due"
    return f"{label} {mrkdwn.when(view.due_at)}"


def _conversation(view: CaseView) -> list[Block]:
    """The first post and the newest ones, a word where some between are left out."""
    if not view.posts:
        return [parts.section("The post is gone.")]
    first, later = view.posts[0], view.posts[1:]
    left_out = max(0, len(later) - LATER_POSTS)
    blocks = [parts.section(parts.quoted(first.text, FIRST_POST, first.url))]
    if left_out:
        blocks.append(parts.small(f"{left_out} posts between are not shown."))
    shown = view.posts[left_out:]
    for before, post in pairwise(shown):
        quote = parts.quoted(post.text, LATER_POST, post.url)
        blocks.append(parts.section(f"{_introduction(view, before, post)}\n{quote}"))
    return blocks


def _introduction(view: CaseView, before: PostView, post: PostView) -> str:
    passed = words.span((post.created_at - before.created_at).total_seconds())
    link = mrkdwn.link(post.url, "open")
    end = f" · {link}" if link else ""
    if post.by_brand:
        return f"*{parts.short(view.brand, 80)} answered* {passed} later{end}"
    handle = parts.short(words.handle(view.channel, post.handle), 100)
    return f"*{handle} wrote again* {passed} later{end}"


def _state(view: CaseView) -> str:
    """Who has the case, or who answered it."""
    where = parts.short(words.channel(view.channel), 40)
    if view.reply_state == "sending":
        event = last_event(view, EventKind.REPLY_QUEUED)
        writer = mrkdwn.who(event.actor) if event else "Somebody"
        return f"{writer} has written a reply. It is on its way to {where}."
    lines = []
    if view.status is CaseStatus.CLAIMED and view.owner:
        event = last_event(view, EventKind.CLAIMED)
        since = f" since {mrkdwn.when(event.at)}" if event else ""
        lines.append(f"{mrkdwn.who(view.owner)} has it{since}.")
    if view.status in (CaseStatus.ANSWERED, CaseStatus.CLOSED):
        lines.append(_who_answered(view))
    if view.reply_state == "failed":
        lines.append(f"*The last reply did not reach {where}.* The thread says why.")
    if view.status is CaseStatus.CLOSED and (event := last_event(view, EventKind.CLOSED_QUIET)):
        lines.append(f"No word from the customer since. Closed {mrkdwn.when(event.at)}.")
    return "\n".join(line for line in lines if line)


def _who_answered(view: CaseView) -> str:
    event = last_event(
        view, EventKind.REPLY_SENT, EventKind.ANSWERED_BY_HAND, EventKind.BRAND_ANSWERED
    )
    if event is None:
        return ""
    if event.kind is EventKind.BRAND_ANSWERED:
        return f"Answered on {parts.short(words.channel(view.channel), 40)} itself."
    by_hand = " by hand" if event.kind is EventKind.ANSWERED_BY_HAND else ""
    return f"{mrkdwn.who(event.actor)} answered{by_hand}, {mrkdwn.when(event.at)}."


def _buttons(view: CaseView) -> Block:
    claimed = view.status is CaseStatus.CLAIMED
    reply = parts.button("Reply…", parts.REPLY, view.id, "primary" if claimed else None)
    row = [reply] if claimed else [parts.button("Claim", parts.CLAIM, view.id, "primary"), reply]
    if view.reply_route == "hand":
        # There is no way back from 'answered', so a slip of the finger is asked about.
        sure = parts.confirm("Answered?", "The case then counts as answered.", "Yes, I answered")
        row.append({**parts.button("I answered it", parts.BY_HAND, view.id), "confirm": sure})
    if claimed:
        row.append(parts.button("Release", parts.RELEASE, view.id))
    row.append(parts.button("Not a complaint", parts.DISMISS, view.id))
    row.append(parts.button("Correct…", parts.CORRECT, view.id))
    return parts.actions(*row)


def _customer_posts(view: CaseView) -> list[PostView]:
    return [post for post in view.posts if not post.by_brand]
