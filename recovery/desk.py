"""What a person can do to a case, for every face (Slack, later the dashboard).

Each function runs in the caller's transaction, changes the case or raises Refused with a sentence
for the person, and returns the case as it then stands.
"""

from datetime import datetime

from sqlmodel import Session

from config.policy import Policy
from recovery.view import CaseView


def view(session: Session, policy: Policy, case_id: int) -> CaseView:
    """The case as it stands. Raises Refused when there is none of this id."""
    raise NotImplementedError


def claim(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Give the case to `actor`. Raises Refused when somebody else has it or it is over."""
    raise NotImplementedError


def release(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Give the case back to the queue. Raises Refused when `actor` does not have it."""
    raise NotImplementedError


def reply(
    session: Session,
    policy: Policy,
    case_id: int,
    text: str,
    attempt: int,
    actor: str,
    now: datetime,
) -> CaseView:
    """Queue a public reply, claiming the case where nobody has it.

    Raises Refused when somebody else has the case, it is over, `attempt` was used already
    (two people pressed send, or one twice), the text is empty or too long, or the channel's rules
    forbid a reply through its API.
    """
    raise NotImplementedError


def answered_by_hand(
    session: Session, policy: Policy, case_id: int, actor: str, now: datetime
) -> CaseView:
    """Note that a person answered on the channel itself. Raises Refused when the case is over."""
    raise NotImplementedError


def dismiss(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Close the case as 'not a complaint'. Raises Refused when it is over or answered."""
    raise NotImplementedError


def reopen(session: Session, policy: Policy, case_id: int, actor: str, now: datetime) -> CaseView:
    """Take a dismissal back. Raises Refused when the case was not dismissed, or when the customer
    has another live case by now."""
    raise NotImplementedError


def problems(channel: str, text: str) -> list[str]:
    """What keeps `text` from being sent on `channel`, as sentences; empty when nothing does."""
    raise NotImplementedError
