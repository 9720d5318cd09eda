"""Reads a case into the view that every face is drawn from."""

from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from config.policy import Policy
from models.labels import Category, Urgency
from models.states import CaseStatus, EventKind, OutboxState, PostRole
from models.tables import (
    Case,
    CaseEvent,
    Customer,
    GestureOffer,
    OutboxItem,
    Post,
    Verdict,
)
from recovery import drafts
from recovery.cases import ledger
from recovery.refusals import Refused
from recovery.replies.weight import limit
from recovery.slack import words
from recovery.view import CaseView, EventView, GestureView, PostView

NETS = {"both": "by model and wording", "pattern": "by its wording", "head": "by the model"}
PHRASES = 3


def view(session: Session, policy: Policy, case_id: int) -> CaseView:
    """The case as it stands. Raises Refused when there is none of this id."""
    case = session.get(Case, case_id)
    if case is None:
        raise Refused(f"There is no case {case_id}.")
    customer = session.get(Customer, case.customer_id)
    assert customer is not None
    rows = ledger.posts_of(session, case)
    customer_posts = [post for post, role in rows if role != PostRole.ANSWER]
    latest = customer_posts[-1]
    verdicts = _verdicts(session, customer_posts)
    language = verdicts[-1].language if verdicts else "en"
    replies = ledger.replies_of(session, case)
    handle = customer.handle or "someone"
    events = _events(session, case_id)
    corrected = {field for event in events for field in _corrected(event)}
    # One post that nobody dared to judge does not make the others uncertain.
    unjudged = all(verdict.abstain for verdict in verdicts) and not corrected
    needs_judgement = case.needs_judgement and unjudged
    sure = "category" in corrected or _is_sure(case, verdicts, policy.drafts.category_at_least)
    category = case.category if sure else Category.NONE
    return CaseView(
        id=case_id,
        status=CaseStatus(case.status),
        channel=case.channel,
        brand=case.matter,
        handle=handle,
        followers=customer.followers,
        urgency=case.urgency,
        category=category,
        anger=case.anger,
        severity=case.severity,
        risks=tuple(case.risks),
        needs_judgement=needs_judgement,
        language=language,
        opened_at=case.opened_at,
        due_at=case.due_at,
        first_response_at=case.first_response_at,
        owner=case.owner,
        posts=tuple(_post_view(post, role, handle, policy) for post, role in rows),
        why=_why(case, verdicts, policy.drafts.languages),
        gestures=_gestures(session, case, policy),
        draft=drafts.draft(
            policy.drafts, policy.brand.signature, _address(case.channel, handle), category,
            case.risks, language, _turn(rows, events), case_id,
        ),
        lane_note=drafts.lane_note(policy.drafts, case.risks, language, not needs_judgement),
        reply_route=_route(latest, policy),
        reply_limit=limit(case.channel),
        attempt=len(replies) + 1,
        reply_state=_reply_state(replies),
        slack_channel=case.slack_channel,
        slack_ts=case.slack_ts,
        events=events,
    )  # fmt: skip


def _verdicts(session: Session, posts: list[Post]) -> list[Verdict]:
    """The verdicts on the customer's posts, oldest first."""
    found = session.exec(
        select(Verdict, Post)
        .join(Post, col(Post.id) == col(Verdict.post_id))
        .where(
            col(Verdict.post_id).in_([post.id for post in posts]),
            Verdict.post_revision == Post.revision,
        )
        .order_by(col(Post.created_at), col(Post.id))
    ).all()
    return [verdict for verdict, _post in found]


def _is_sure(case: Case, verdicts: list[Verdict], least: float) -> bool:
    """Whether a verdict is sure enough of the case's category to name it."""
    return any(
        verdict.category == case.category and verdict.category_p >= least and not verdict.abstain
        for verdict in verdicts
    )


def _corrected(event: EventView) -> tuple[str, ...]:
    """The fields that a person set right, if this is what happened."""
    fields = event.data.get("fields")
    if event.kind is not EventKind.CORRECTED or not isinstance(fields, list):
        return ()
    return tuple(str(field) for field in fields)


def _turn(rows: list[tuple[Post, str]], events: tuple[EventView, ...]) -> drafts.Turn:
    roles = [role for _post, role in rows]
    if PostRole.ANSWER not in roles:
        return drafts.Turn.FIRST
    if roles[-1] == PostRole.ANSWER:
        return drafts.Turn.OURS
    said = [event for event in events if event.kind is EventKind.CUSTOMER_POSTED]
    content = bool(said) and said[-1].data.get("content") is True
    return drafts.Turn.CONTENT if content else drafts.Turn.AGAIN


def _why(case: Case, verdicts: list[Verdict], languages: tuple[str, ...]) -> tuple[str, ...]:
    """What the verdict rests on: the words that weighed most, who found the risks, doubts.

    How urgent and how angry is said by the figures themselves.
    """
    lines = []
    judged = [verdict for verdict in verdicts if not verdict.abstain]
    if judged:
        # The gravest post speaks for the case, of two equal ones the later; one that has nothing
        # to say speaks last.
        telling = [verdict for verdict in judged if verdict.reasons] or judged
        gravest = min(reversed(telling), key=lambda verdict: _gravity(verdict.urgency))
        phrases = [phrase for phrase in map(_telling, gravest.reasons) if phrase]
        if phrases:
            lines.append(
                ", ".join(f"“{phrase}”" for phrase in phrases[:PHRASES]) + " weighed most."
            )
    if any(verdict.with_thread for verdict in judged):
        lines.append("A short post was read together with the customer's earlier ones.")
    nets = {risk: net for verdict in verdicts for risk, net in verdict.risk_nets.items()}
    if found := _found({risk: nets[risk] for risk in case.risks if nets.get(risk) in NETS}):
        lines.append(found)
    # Of a post in another language the note says all there is to say.
    doubts = [
        verdict.abstain_reason or "unsure"
        for verdict in verdicts
        if verdict.abstain and verdict.language in languages
    ]
    if doubts:
        which = "Not judged" if not judged else "A later post was not judged"
        lines.append(f"{which}, please read it: {doubts[-1]}.")
    return tuple(lines)


def _found(nets: dict[str, str]) -> str:
    """Which risks were found by what, such as 'Safety was found by the model.'"""
    parts: list[str] = []
    for net in NETS:
        names = [risk for risk, by in nets.items() if by == net]
        if names:
            were = "" if parts else " were found" if len(names) > 1 else " was found"
            parts.append(f"{words.risks(names)}{were} {NETS[net]}")
    said = ", ".join(parts)
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _gravity(urgency: str) -> int:
    return list(Urgency).index(Urgency(urgency))


def _telling(phrase: str) -> str:
    """A phrase without the accounts it calls; empty where too little is left to tell anything."""
    words = [word for word in phrase.split() if not word.startswith("@")]
    return " ".join(words).strip(" .,;:") if len(words) > 1 else ""


def _gestures(session: Session, case: Case, policy: Policy) -> tuple[GestureView, ...]:
    # The lane may have closed since they were suggested: a later post brought a grave risk.
    if set(case.risks) & set(policy.gestures.never_with_risks):
        return ()
    offers = session.exec(
        select(GestureOffer).where(GestureOffer.case_id == case.id).order_by(col(GestureOffer.rank))
    )
    return tuple(
        GestureView(
            name=offer.name,
            reason=offer.reason,
            cost=_cost(offer.cost_minor, offer.currency),
            grant=_grant(offer.grant),
        )
        for offer in offers
    )


def _cost(minor: int, currency: str) -> str:
    whole, rest = divmod(minor, 100)
    return f"{whole}.{rest:02} {currency}" if rest else f"{whole} {currency}"


def _grant(value: str) -> Literal["agent", "lead", "manager"]:
    return "agent" if value == "agent" else "lead" if value == "lead" else "manager"


def _post_view(post: Post, role: str, handle: str, policy: Policy) -> PostView:
    by_brand = role == PostRole.ANSWER
    return PostView(
        text=post.text,
        handle=policy.brand.name if by_brand else handle,
        created_at=post.created_at,
        url=post.url,
        by_brand=by_brand,
    )


def _route(latest: Post, policy: Policy) -> Literal["api", "hand"]:
    """X takes a reply through its API only where the author called the account (2026-08)."""
    if latest.channel not in policy.channels.reply:
        return "hand"
    return "api" if latest.channel != "x" or latest.addressed else "hand"


def _reply_state(replies: list[OutboxItem]) -> Literal["none", "sending", "failed", "sent"]:
    if not replies:
        return "none"
    state = replies[-1].state
    if state in OutboxState.unfinished():
        return "sending"
    return "sent" if state == OutboxState.SENT else "failed"


def _address(channel: str, handle: str) -> str:
    return {"x": f"@{handle}", "reddit": f"u/{handle}"}.get(channel, handle)


def _events(session: Session, case_id: int) -> tuple[EventView, ...]:
    rows = session.exec(
        select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(col(CaseEvent.id))
    )
    return tuple(_event(row.at, row.kind, row.actor, row.data) for row in rows)


def _event(at: datetime, kind: str, actor: str, data: dict[str, Any]) -> EventView:
    return EventView(at=at, kind=EventKind(kind), actor=actor, data=data)
