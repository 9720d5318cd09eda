"""Which posts open a case, and which of the cases alert at once: pure functions of values."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.policy import Brand, CasePolicy, Deadlines, Policy
from models.labels import Outcome, Risk, Sentiment, Urgency
from models.tables import Case, Post, Verdict

URGENCIES = tuple(Urgency)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a post that belongs to no case yet."""

    opens: bool
    needs_judgement: bool = False


def decide(post: Post, verdict: Verdict, brand: Brand, policy: CasePolicy) -> Decision:
    """Whether a customer's post opens a case."""
    # First of all: somebody may be hurt, whoever the post is about and however unsure the verdict.
    if policy.opening.risks_open and verdict.risks:
        return Decision(opens=True, needs_judgement=verdict.abstain)
    if is_about_another(post, brand):
        return Decision(opens=False)
    if verdict.abstain:
        opens = policy.opening.abstained == "queue" or is_promised(verdict, policy)
        return Decision(opens=opens, needs_judgement=True)
    return Decision(opens=is_complaint(verdict, policy) or is_promised(verdict, policy))


def is_complaint(verdict: Verdict, policy: CasePolicy) -> bool:
    """Whether the verdict is a complaint, by the policy's threshold or the classifier's own."""
    least = policy.opening.complaint_at_least
    return verdict.is_complaint if least is None else verdict.complaint >= least


def is_promised(verdict: Verdict, policy: CasePolicy) -> bool:
    """Whether the promise on critical posts wants people to look at this one at once."""
    return policy.alerting.keep_promise and verdict.alert


def is_about_another(post: Post, brand: Brand) -> bool:
    """True for a post that names a company of a similar name and does not address the brand."""
    if post.addressed:
        return False
    text = post.text.casefold()
    return any(name.casefold() in text for name in brand.similar_names)


def alerts(case: Case, policy: CasePolicy, now: datetime, verdict: Verdict | None = None) -> bool:
    """Whether a case is to alert at once, by what it is or because its time ran out in the queue.

    `verdict` is the one on the post that just came. Old posts (an imported archive) alert nobody.
    """
    rule = policy.alerting
    return is_recent(case, policy, now) and (
        case.overdue
        or (verdict is not None and is_promised(verdict, policy))
        or case.anger >= rule.anger_at_least
        or case.urgency in rule.urgencies
        or (rule.any_risk and bool(case.risks))
    )


def is_recent(case: Case, policy: CasePolicy, now: datetime) -> bool:
    """Whether the customer wrote lately enough for an alert to help anybody."""
    return now - case.last_customer_at <= timedelta(hours=policy.alerting.max_age_hours)


def due_at(urgency: str, since: datetime, deadlines: Deadlines) -> datetime | None:
    """When an answer is owed to a customer who wrote at `since`; None where no limit is set."""
    minutes = deadlines.minutes(urgency)
    return None if minutes is None else since + timedelta(minutes=minutes)


def renewed(due: datetime | None, present: datetime | None, now: datetime) -> datetime | None:
    """The deadline of a wait that begins anew: a present one that still runs and is sooner stays,
    one that has run out counts no more, so that the end of the new wait is told as well."""
    if present is None or present <= now:
        return due
    return present if due is None else min(due, present)


def more_urgent(one: str, other: str) -> str:
    """The more urgent of two urgencies."""
    return min(one, other, key=lambda value: URGENCIES.index(Urgency(value)))


def at_most_as_urgent(one: str, other: str | None) -> bool:
    """Whether the first is no more urgent than the second; never where there is no second."""
    return other is not None and more_urgent(one, other) == other


def grave(policy: Policy) -> frozenset[str]:
    """The risks with which a person writes from nothing; self-harm is one in any case."""
    lanes = (policy.drafts.never_with_risks, policy.gestures.never_with_risks)
    return frozenset({Risk.SELFHARM.value, *(risk for lane in lanes for risk in lane)})


def urgency_of(verdict: Verdict, settled_risks: Collection[str] = ()) -> str:
    """How soon a person must look: an unjudged post may be anything, so it does not wait longest.

    The classifier's guess counts where it is graver. A risk in an unjudged post, which the
    patterns find in any case, puts it among the urgent ones, unless people have settled that risk.
    """
    if not verdict.abstain:
        return verdict.urgency
    least = Urgency.HIGH if set(verdict.risks) - set(settled_risks) else Urgency.NORMAL
    return more_urgent(verdict.urgency, least)


def is_content(verdict: Verdict, policy: CasePolicy) -> bool:
    """Whether a follow-up shows a customer who waits for nothing more from the brand now.

    The words after an answer decide where they were judged as such; else the post's own feeling.
    """
    if verdict.abstain or verdict.risks:
        return False
    if verdict.outcome is not None:
        return verdict.outcome in (Outcome.RECOVERED, Outcome.APPEASED, Outcome.NOT_COMPLAINT)
    return not is_complaint(verdict, policy) and verdict.sentiment == Sentiment.POS
