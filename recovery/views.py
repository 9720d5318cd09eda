"""Reads a case into the view that every face is drawn from."""

from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from config.policy import Policy
from models.labels import Urgency
from models.states import CaseStatus, EventKind, OutboxState, PostRole
from models.tables import Case, CaseEvent, Customer, GestureOffer, OutboxItem, Post, Verdict
from recovery import drafts
from recovery.cases import ledger
from recovery.refusals import Refused
from recovery.replies.weight import limit
from recovery.view import CaseView, EventView, GestureView, PostView

ANGER_WORDS = ("calm", "annoyed", "angry", "furious")
NETS = {"head": "the model", "pattern": "its wording", "both": "the model and its wording"}
URGENCY_WORDS = {
    Urgency.CRITICAL: "Someone must act within minutes",
    Urgency.HIGH: "It matters within the hour",
    Urgency.NORMAL: "A problem to solve today",
    Urgency.LOW: "An answer would be kind, when there is time",
    Urgency.NONE: "It may need no answer",
}


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
    answered = any(role == PostRole.ANSWER for _post, role in rows)
    handle = customer.handle or "someone"
    note = drafts.lane_note(policy.drafts, case.risks, language)
    return CaseView(
        id=case_id,
        status=CaseStatus(case.status),
        channel=case.channel,
        brand=case.matter,
        handle=handle,
        followers=customer.followers,
        urgency=case.urgency,
        category=case.category,
        anger=case.anger,
        severity=case.severity,
        risks=tuple(case.risks),
        needs_judgement=case.needs_judgement,
        language=language,
        opened_at=case.opened_at,
        due_at=case.due_at,
        first_response_at=case.first_response_at,
        owner=case.owner,
        posts=tuple(_post_view(post, role, handle, policy) for post, role in rows),
        why=_why(case, verdicts),
        gestures=_gestures(session, case, policy),
        draft=drafts.draft(
            policy.drafts, policy.brand.signature, _address(case.channel, handle), case.category,
            case.risks, language, answered,
        ),
        lane_note=note,
        reply_route=_route(latest),
        reply_limit=limit(case.channel),
        attempt=len(replies) + 1,
        reply_state=_reply_state(replies),
        slack_channel=case.slack_channel,
        slack_ts=case.slack_ts,
        events=_events(session, case_id),
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


def _why(case: Case, verdicts: list[Verdict]) -> tuple[str, ...]:
    if case.needs_judgement:
        reasons = [verdict.abstain_reason for verdict in verdicts if verdict.abstain]
        return (
            (f"Not judged by amends, please read it: {reasons[-1] or 'unsure'}.",)
            if reasons
            else ()
        )
    lines = [f"{URGENCY_WORDS[Urgency(case.urgency)]}; {ANGER_WORDS[case.anger]}."]
    nets = {risk: net for verdict in verdicts for risk, net in verdict.risk_nets.items()}
    if case.risks:
        lines.append(
            "Found by "
            + ", ".join(f"{NETS[nets.get(risk, 'head')]} ({risk})" for risk in case.risks)
            + "."
        )
    phrases = [phrase for verdict in verdicts for phrase in verdict.reasons]
    if phrases:
        lines.append(
            "What weighed most: " + ", ".join(f"“{phrase}”" for phrase in phrases[-3:]) + "."
        )
    return tuple(lines)


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
            cost=f"{offer.cost_minor / 100:.2f} {offer.currency}",
            grant=_grant(offer.grant),
        )
        for offer in offers
    )


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


def _route(latest: Post) -> Literal["api", "hand"]:
    """X takes a reply through its API only where the author called the account (2026-08)."""
    if latest.channel == "reddit":
        return "api"
    return "api" if latest.channel == "x" and latest.addressed else "hand"


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
