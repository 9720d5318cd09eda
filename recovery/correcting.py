"""Setting a case right by hand: what a correction changes, and who is told of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from config.policy import Policy
from models.labels import Category, Risk, Urgency
from models.states import CaseStatus, EventKind
from models.tables import Case, CaseEvent
from recovery import corrections
from recovery.cases import ledger, offers, rules
from recovery.refusals import Refused
from recovery.slack import words
from recovery.view import CaseView
from recovery.views import view


def correct(
    session: Session,
    policy: Policy,
    case_id: int,
    actor: str,
    now: datetime,
    *,
    urgency: Urgency,
    category: Category,
    anger: int,
    risks: Collection[Risk],
    by: str = "A colleague",
) -> CaseView:
    """Set right what amends made of the case; the correction is kept beside the verdict.

    `risks` are all that there are; `by` is the actor's name where colleagues read of it. The
    deadline follows the urgency; gestures and draft follow the risks. Self-harm is critical
    whatever `urgency` says, and due from now on. A grave risk that is added brings an answered case
    back, and begins a new wait where the last one had run out. The channel is told of a risk that
    was added and of a grave one that was taken away. Somebody else's case takes nothing but added
    risks. Raises Refused for anything else there, when the case is over, nothing is different, or
    there is no verdict to correct.
    """
    case = ledger.fetch(session, case_id)
    if case.status not in CaseStatus.live():
        raise Refused(f"Case {case_id} is {case.status}; there is nothing to correct any more.")
    right: dict[str, Any] = {
        "urgency": urgency.value, "category": category.value, "anger": anger,
        "risks": Risk.in_order(risks),
    }  # fmt: skip
    # Against what a person was shown: a category too unsure to be named is news when they name it.
    shown = view(session, policy, case_id)
    before = {field: getattr(shown, field) for field in right}
    before["risks"] = Risk.in_order(shown.risks)
    changed = _changed(before, right)
    added = [risk for risk in right["risks"] if risk not in before["risks"]]
    removed = [risk for risk in before["risks"] if risk not in right["risks"]]
    if not changed:
        raise Refused("Nothing is different; choose what should have been said.")
    if case.owner not in (None, actor):
        _refuse_all_but_risks(case, changed, removed)
    if Risk.SELFHARM in right["risks"]:
        right["urgency"] = Urgency.CRITICAL.value
        changed = _changed(before, right)
        if not changed:
            raise Refused("Self-harm is critical whatever else is chosen; nothing else is new.")
    if corrections.opening_verdict(session, case) is None:
        raise Refused(
            f"Nothing that amends said of case {case_id} is left, so nothing was corrected."
        )
    said = corrections.said_risks(session, case)
    for field, value in changed.items():
        kept = corrections.written(value) if isinstance(value, list) else str(value)
        corrections.record(session, policy.channels, case, field, kept, actor, now)
        setattr(case, field, value)
    danger = rules.grave(policy) & set(added)
    # An answer that knew nothing of a grave risk was none.
    returns = bool(danger) and case.status == CaseStatus.ANSWERED
    if returns:
        ledger.bring_back(case, now)
    elif "urgency" in changed and case.due_at is not None:
        case.due_at = rules.due_at(case.urgency, case.last_customer_at, policy.deadlines)
        case.overdue = case.due_at is not None and case.due_at <= now
    if danger:
        due = rules.due_at(case.urgency, now, policy.deadlines)
        case.due_at, case.overdue = rules.renewed(due, case.due_at, now), False
    data: dict[str, Any] = {"fields": sorted(changed)}
    if "risks" in changed:
        data |= {"added": added, "removed": removed}
        data |= {"danger": True} if danger else {}
    event = ledger.note(session, case, EventKind.CORRECTED, actor, now, **data)
    ledger.refresh(session, case, event, now)
    if removed:
        offers.offer_late(session, policy, case, category, now)
    after = view(session, policy, case_id)
    sentences = [
        *_added(by, [risk for risk in added if risk not in said], "missed"),
        *_added(by, [risk for risk in added if risk in said], "said"),
        *(["The case counts as unanswered again."] if returns else []),
    ]
    if rules.grave(policy) & set(removed):
        sentences += [f"{by} took away: {words.risks(removed)}.", *_is_back(shown, after)]
    if sentences:
        _tell(session, policy, case, event, " ".join(sentences), now)
    return after


def _changed(before: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in right.items() if before[field] != value}


def _refuse_all_but_risks(case: Case, changed: Mapping[str, Any], removed: list[str]) -> None:
    """Whoever has the case decides; but anybody may say that somebody is in danger."""
    others = [field for field in changed if field != "risks"]
    if others or removed:
        raise Refused(
            f"<@{case.owner}> has case {case.id}; all that another may do is add a risk that was "
            "missed.",
            others[0] if others else "risks",
        )


def _added(by: str, risks: list[str], how: str) -> list[str]:
    if not risks:
        return []
    if how == "said":
        return [f"{by} put back: {words.risks(risks)}."]
    several = "a risk" if len(risks) == 1 else "risks"
    return [f"{by} sees {several} that amends missed: {words.risks(risks)}."]


def _is_back(shown: CaseView, after: CaseView) -> list[str]:
    back = ["draft"] if after.draft and not shown.draft else []
    back += ["gestures"] if after.gestures and not shown.gestures else []
    if not back:
        return []
    said = f"The {words.listed([back[0], *(f'the {each}' for each in back[1:])])}"
    return [f"{said} {'is' if back == ['draft'] else 'are'} back."]


def _tell(
    session: Session, policy: Policy, case: Case, event: CaseEvent, text: str, now: datetime
) -> None:
    """Tell the channel, and by name whoever has the case and did not do it."""
    if ledger.is_alerted(session, case):
        owner = None if case.owner == event.actor else case.owner
        ledger.tell_thread(session, case, event, now, text, owner, broadcast=True)
    elif case.status in CaseStatus.waiting() and rules.alerts(case, policy.cases, now):
        ledger.alert(session, case, now)
