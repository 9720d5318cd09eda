"""The lifecycle of a case: one table, (status, action) to status."""

from enum import StrEnum

from models.states import CaseStatus


class Action(StrEnum):
    """What can be done to a case, or happen to it."""

    CLAIM = "claim"
    RELEASE = "release"
    ANSWER = "answer"
    RETURN_TO_OWNER = "return_to_owner"
    RETURN_TO_QUEUE = "return_to_queue"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    CLOSE_QUIET = "close_quiet"


TRANSITIONS: dict[tuple[CaseStatus, Action], CaseStatus] = {
    (CaseStatus.NEW, Action.CLAIM): CaseStatus.CLAIMED,
    (CaseStatus.CLAIMED, Action.RELEASE): CaseStatus.NEW,
    (CaseStatus.CLAIMED, Action.ANSWER): CaseStatus.ANSWERED,
    # Somebody answered on the channel itself, outside the desk, before anyone claimed.
    (CaseStatus.NEW, Action.ANSWER): CaseStatus.ANSWERED,
    # A second reply, or the channel shows one that the desk did not send.
    (CaseStatus.ANSWERED, Action.ANSWER): CaseStatus.ANSWERED,
    # The customer wrote again and is not content: the ball is in our court.
    (CaseStatus.ANSWERED, Action.RETURN_TO_OWNER): CaseStatus.CLAIMED,
    (CaseStatus.ANSWERED, Action.RETURN_TO_QUEUE): CaseStatus.NEW,
    (CaseStatus.NEW, Action.DISMISS): CaseStatus.DISMISSED,
    (CaseStatus.CLAIMED, Action.DISMISS): CaseStatus.DISMISSED,
    # A slip of the finger must be mendable; an answered or closed case is never dismissed, so
    # that nobody improves the recovery rate by calling a lost customer a mistake.
    (CaseStatus.DISMISSED, Action.REOPEN): CaseStatus.NEW,
    (CaseStatus.ANSWERED, Action.CLOSE_QUIET): CaseStatus.CLOSED,
    # The customer changed a post, and its new words show a danger.
    (CaseStatus.CLOSED, Action.REOPEN): CaseStatus.NEW,
}


def after(status: CaseStatus, action: Action) -> CaseStatus | None:
    """The status after `action`, or None where the action does not fit."""
    return TRANSITIONS.get((status, action))
