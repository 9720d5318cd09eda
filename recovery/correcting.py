"""Setting a case right by hand: what a correction changes, and who is told of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

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
    shown = view(session, policy, case_id)
    change = _allowed(case, actor, shown, right)
    if corrections.opening_verdict(session, case) is None:
        raise Refused(
            f"Nothing that amends said of case {case_id} is left, so nothing was corrected."
        )
    said = corrections.said_risks(session, case)
    for field, value in change.fields.items():
        kept = corrections.written(value) if isinstance(value, list) else str(value)
        corrections.record(session, policy.channels, case, field, kept, actor, now)
        setattr(case, field, value)
    danger = bool(rules.grave(policy) & set(change.added))
    # An answer that knew nothing of a grave risk was none.
    returns = danger and case.status == CaseStatus.ANSWERED
    if returns:
        ledger.bring_back(case, now)
    _set_deadline(policy, case, change, now, danger=danger)
    event = ledger.note(session, case, EventKind.CORRECTED, actor, now, **change.noted(danger))
    ledger.refresh(session, case, event, now)
    if change.removed:
        offers.offer_late(session, policy, case, category, now)
    after = view(session, policy, case_id)
    sentences = _added(by, change.added, said)
    if returns:
        sentences.append("The case counts as unanswered again.")
    if rules.grave(policy) & set(change.removed):
        sentences += [f"{by} took away: {words.risks(change.removed)}.", *_is_back(shown, after)]
    if sentences:
        _tell(session, policy, case, event, " ".join(sentences), now)
    return after


@dataclass(frozen=True, slots=True)
class _Change:
    """The fields that are to be different from what a person was shown; risks added and removed."""

    fields: dict[str, Any]
    added: list[str]
    removed: list[str]

    @classmethod
    def of(cls, shown: CaseView, right: Mapping[str, Any]) -> Self:
        # A category too unsure to be named is news when they name it.
        before = {field: getattr(shown, field) for field in right}
        before["risks"] = Risk.in_order(shown.risks)
        return cls(
            {field: value for field, value in right.items() if before[field] != value},
            [risk for risk in right["risks"] if risk not in before["risks"]],
            [risk for risk in before["risks"] if risk not in right["risks"]],
        )

    def noted(self, danger: bool) -> dict[str, Any]:
        """What the case's history keeps of it."""
        data: dict[str, Any] = {"fields": sorted(self.fields)}
        if "risks" in self.fields:
            data |= {"added": self.added, "removed": self.removed}
            data |= {"danger": True} if danger else {}
        return data


def _allowed(case: Case, actor: str, shown: CaseView, right: Mapping[str, Any]) -> _Change:
    """What the actor may change; self-harm makes it critical. Raises Refused."""
    change = _Change.of(shown, right)
    if not change.fields:
        raise Refused("Nothing is different; choose what should have been said.")
    if case.owner not in (None, actor):
        _refuse_all_but_risks(case, change)
    if Risk.SELFHARM in right["risks"]:
        change = _Change.of(shown, {**right, "urgency": Urgency.CRITICAL.value})
        if not change.fields:
            raise Refused("Self-harm is critical whatever else is chosen; nothing else is new.")
    return change


def _refuse_all_but_risks(case: Case, change: _Change) -> None:
    """Whoever has the case decides; but anybody may say that somebody is in danger."""
    others = [field for field in change.fields if field != "risks"]
    if others or change.removed:
        raise Refused(
            f"<@{case.owner}> has case {case.id}; all that another may do is add a risk that was "
            "missed.",
            others[0] if others else "risks",
        )


def _set_deadline(
    policy: Policy, case: Case, change: _Change, now: datetime, *, danger: bool
) -> None:
    """The deadline follows the urgency; a danger that is added begins a new wait where the last
    one had run out, or where the case counted as answered and had none."""
    if "urgency" in change.fields and case.due_at is not None:
        case.due_at = rules.due_at(case.urgency, case.last_customer_at, policy.deadlines)
        case.overdue = case.due_at is not None and case.due_at <= now
    if danger:
        due = rules.due_at(case.urgency, now, policy.deadlines)
        case.due_at, case.overdue = rules.renewed(due, case.due_at, now), False


def _added(by: str, risks: list[str], said: set[str]) -> list[str]:
    """A sentence on the risks that amends had missed, and one on those that it had said."""
    missed = [risk for risk in risks if risk not in said]
    again = [risk for risk in risks if risk in said]
    several = "a risk" if len(missed) == 1 else "risks"
    sentences = []
    if missed:
        sentences.append(f"{by} sees {several} that amends missed: {words.risks(missed)}.")
    if again:
        sentences.append(f"{by} put back: {words.risks(again)}.")
    return sentences


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
