"""From a customer's judged post to a case: opening one, joining one, or judging it again."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlmodel import Session, col, select

from config.policy import Policy
from models.states import CaseStatus, EventKind, PostRole
from models.tables import Case, Post, Verdict
from recovery import corrections
from recovery.cases import answers, ledger, offers, rules
from recovery.cases.lifecycle import Action
from recovery.slack import words

NOTHING: Mapping[str, str] = MappingProxyType({})


def consider_customer(
    session: Session, policy: Policy, post: Post, verdict: Verdict, now: datetime
) -> None:
    """Open a case for a customer's post, let it join the live one, or leave it."""
    own = ledger.case_of(session, post)
    if own is not None:
        _judge_again(session, policy, own, post, verdict, now)
        return
    live = _live_case(session, post)
    decision = rules.decide(post, verdict, policy.brand, policy.cases)
    if live is not None and (decision.opens or _in_conversation(session, live, post)):
        _join(session, policy, live, post, verdict, now)
    elif live is None and decision.opens:
        _open(session, policy, post, verdict, decision.needs_judgement, now)


def _open(
    session: Session,
    policy: Policy,
    post: Post,
    verdict: Verdict,
    needs_judgement: bool,
    now: datetime,
) -> None:
    assert post.customer_id is not None
    urgency = rules.urgency_of(verdict)
    case = Case(
        customer_id=post.customer_id,
        matter=ledger.matter(post),
        channel=post.channel,
        urgency=urgency,
        category=verdict.category,
        anger=verdict.anger,
        severity=verdict.severity,
        risks=list(verdict.risks),
        needs_judgement=needs_judgement,
        opened_at=now,
        due_at=rules.due_at(urgency, post.created_at, policy.deadlines),
        last_customer_at=post.created_at,
    )
    session.add(case)
    session.flush()
    ledger.attach(session, case, post, PostRole.OPENED)
    ledger.note(session, case, EventKind.OPENED, ledger.SYSTEM, now, post=post.id)
    offers.offer(session, policy, case, verdict, now)
    for answer in answers.earlier(session, post):
        answers.count(session, case, answer, now)
    if case.due_at is not None and case.due_at <= now:
        # Read too late to be answered in time: the alert says so, no reminder follows it.
        ledger.miss_deadline(session, case, now)
    if case.status == CaseStatus.NEW and rules.alerts(case, policy.cases, now, verdict):
        ledger.alert(session, case, now)


def _join(
    session: Session, policy: Policy, case: Case, post: Post, verdict: Verdict, now: datetime
) -> None:
    ledger.attach(session, case, post, PostRole.FOLLOWED)
    content = rules.is_content(verdict, policy.cases)
    case.last_customer_at = max(case.last_customer_at, post.created_at)
    for answer in answers.earlier(session, post):
        answers.count(session, case, answer, now)
    opener = corrections.opening_verdict(session, case)
    guessed = opener is not None and opener.abstain
    overruled = corrections.overruled(session, case)
    danger = _new_danger(case, policy, verdict)
    graver = not content and _raise(case, policy, verdict, overruled, guessed=guessed)
    # An answer to something else is none to a danger.
    answered_since = not danger and any(
        role == PostRole.ANSWER and answer.created_at > post.created_at
        for answer, role in ledger.posts_of(session, case)
    )
    returns = False
    if not content and not answered_since:
        returns = _owe_answer(case, policy, post.created_at, now, anew=bool(danger))
    event = ledger.note(
        session,
        case,
        EventKind.CUSTOMER_POSTED,
        ledger.SYSTEM,
        now,
        post=post.id,
        content=content,
        outcome=verdict.outcome,
    )
    offers.offer(session, policy, case, verdict, now)
    if ledger.is_alerted(session, case):
        mood = "sounds content now" if content else "wrote again"
        text = f"{_again(danger, overruled)}The customer {mood}: {post.text}"
        news = returns or graver
        ledger.tell_thread(session, case, event, now, text, case.owner, broadcast=news)
        ledger.refresh(session, case, event, now)
    elif not answered_since and not content and rules.alerts(case, policy.cases, now, verdict):
        ledger.alert(session, case, now)


def _judge_again(
    session: Session, policy: Policy, case: Case, post: Post, verdict: Verdict, now: datetime
) -> None:
    """An edited post: the case may get graver, and is redrawn; it is not joined twice.

    What is graver by the edit waits from now on: nobody could have answered it before. A case that
    was over comes back where the new words show a danger, or the customer's live case takes it.
    """
    if case.status not in CaseStatus.live():
        if not _new_danger(case, policy, verdict):
            return
        case = _live_case(session, post) or _reopen(session, case, now)
    danger = _new_danger(case, policy, verdict)
    if danger:
        case.last_customer_at = max(case.last_customer_at, now)
    overruled = corrections.overruled(session, case)
    graver = _raise(case, policy, verdict, overruled)
    if graver:
        _owe_answer(case, policy, now, now, anew=bool(danger))
    event = ledger.note(
        session, case, EventKind.CUSTOMER_POSTED, ledger.SYSTEM, now,
        post=post.id, revision=post.revision,
    )  # fmt: skip
    if ledger.is_alerted(session, case):
        text = f"{_again(danger, overruled)}The customer changed the post: {post.text}"
        ledger.tell_thread(session, case, event, now, text, case.owner, broadcast=graver)
        ledger.refresh(session, case, event, now)
    elif case.status in CaseStatus.waiting():
        offers.offer(session, policy, case, verdict, now)
        if rules.alerts(case, policy.cases, now, verdict):
            ledger.alert(session, case, now)


def _owe_answer(case: Case, policy: Policy, since: datetime, now: datetime, *, anew: bool) -> bool:
    """The customer waits for the brand since then; True where the case comes back by it.

    `anew` begins a new wait where the last one had run out already, so that its end is told too.
    """
    returns = case.status == CaseStatus.ANSWERED
    if returns:
        ledger.bring_back(case, now)
    due = rules.due_at(case.urgency, since, policy.deadlines)
    if anew:
        case.due_at, case.overdue = rules.renewed(due, case.due_at, now), False
    elif due is not None and (case.due_at is None or due < case.due_at):
        case.due_at, case.overdue = due, False
    return returns


def _new_danger(case: Case, policy: Policy, verdict: Verdict) -> set[str]:
    """The grave risks that the customer's words show and the case does not have."""
    return set(rules.grave(policy) & set(verdict.risks) - set(case.risks))


def _reopen(session: Session, case: Case, now: datetime) -> Case:
    ledger.move(case, Action.REOPEN, now)
    corrections.withdraw(session, case, "complaint", now)
    ledger.note(session, case, EventKind.REOPENED, ledger.SYSTEM, now)
    return case


def _again(danger: set[str], overruled: Mapping[str, str]) -> str:
    """Of the new dangers those that a person took away, in a sentence; "" where there is none.

    Whatever the earlier words meant, new ones may tell of somebody hurt.
    """
    risks = danger & corrections.taken_away(overruled)
    return f"Taken away, and there again: {words.risks(risks)}. " if risks else ""


def _raise(
    case: Case,
    policy: Policy,
    verdict: Verdict,
    overruled: Mapping[str, str] = NOTHING,
    *,
    guessed: bool = False,
) -> bool:
    """Let the case be as grave as its gravest post; True where it gets more urgent or a new risk.

    `overruled` is what the classifier said, by field, where people set it right: to say no more
    than that once again changes nothing, unless it is a grave risk.
    `guessed` means that nobody judged the post that opened the case: a judged one knows better.
    """
    urgency, risks = case.urgency, case.risks
    settled = corrections.taken_away(overruled) - rules.grave(policy)
    said = rules.urgency_of(verdict, settled)
    if _new_danger(case, policy, verdict) or not rules.at_most_as_urgent(
        said, overruled.get("urgency")
    ):
        case.urgency = rules.more_urgent(said, urgency)
    case.risks = sorted({*risks, *(set(verdict.risks) - settled)})
    graver = case.urgency != urgency or set(case.risks) != set(risks)
    if verdict.abstain:
        case.needs_judgement = True
        return graver
    if (case.urgency != urgency or guessed) and "category" not in overruled:
        case.category = verdict.category
    if verdict.anger > int(overruled.get("anger", -1)):
        case.anger = max(case.anger, verdict.anger)
    case.severity = max(case.severity, verdict.severity)
    return graver


def _live_case(session: Session, post: Post) -> Case | None:
    """The customer's case, locked: it may be dismissed or answered at this very moment."""
    live = select(Case).where(
        Case.customer_id == post.customer_id,
        Case.matter == ledger.matter(post),
        col(Case.status).in_(CaseStatus.live()),
    )
    fresh = live.with_for_update().execution_options(populate_existing=True)
    return session.exec(fresh).first()


def _in_conversation(session: Session, case: Case, post: Post) -> bool:
    return any(
        other.channel == post.channel
        and (other.conversation == post.conversation or other.external_id == post.in_reply_to)
        for other, _role in ledger.posts_of(session, case)
    )
