"""The window behind *Correct…*: what amends made of a case, to be set right by a person."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from config.policy import Policy
from models.labels import Category, Risk, Urgency
from models.states import CaseStatus, EventKind
from recovery.cases import rules
from recovery.refusals import Refused
from recovery.slack import modal, mrkdwn, parts, words
from recovery.slack.modal import Modal
from recovery.view import CaseView

FORM = "correct_form"
CHANGED = "The case has changed since you opened this. Nothing was corrected; look again."
URGENCY, CATEGORY, ANGER, RISKS = "urgency", "category", "anger", "risks"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the window carries through Slack and back: its case, and what was said of it then.

    `heard` counts what the customer had written by then, changes of a text included.
    """

    case_id: int
    urgency: str
    category: str
    anger: int
    risks: tuple[str, ...]
    heard: int

    @classmethod
    def of(cls, view: CaseView) -> "Ticket":
        """The case as it stands."""
        # Slack takes 3,000 characters of metadata, each of which JSON may write as six.
        return cls(
            view.id, view.urgency[:100], view.category[:100], view.anger,
            tuple(Risk.in_order(view.risks)),
            sum(event.kind in (EventKind.OPENED, EventKind.CUSTOMER_POSTED)
                for event in view.events),
        )  # fmt: skip

    def dump(self) -> str:
        """As text for `private_metadata`."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Ticket":
        """Read it back.

        Raises ValueError where it is not ours, Refused where it is from a window of before an
        upgrade, which showed less.
        """
        try:
            data = json.loads(text)
            shown = (
                int(data["case_id"]), str(data["urgency"]), str(data["category"]),
                int(data["anger"]),
            )  # fmt: skip
            if "risks" not in data or "heard" not in data:
                raise Refused(CHANGED)
            return cls(*shown, tuple(Risk(name) for name in data["risks"]), int(data["heard"]))
        except (KeyError, TypeError) as error:
            raise ValueError("the modal carries no case") from error

    def refuse_stale(self, view: CaseView) -> None:
        """Raise Refused where the case is no longer what the person saw when they chose."""
        if self != Ticket.of(view):
            raise Refused(CHANGED)


@dataclass(frozen=True, slots=True)
class Right:
    """What should have been said."""

    urgency: Urgency
    category: Category
    anger: int
    risks: tuple[Risk, ...]


def refuse_idle(view: CaseView) -> None:
    """Raise Refused before anybody chooses what the desk would not take."""
    if view.status not in CaseStatus.live():
        raise Refused(f"Case {view.id} is {view.status}; there is nothing to correct any more.")


def form(view: CaseView, policy: Policy, user: str) -> Modal:
    """The window with its three menus and its boxes, the present values chosen, for `user`."""
    others = view.owner not in (None, user)
    blocks = [
        *modal.latest(view),
        *([parts.small(_anothers(view))] if others else []),
        _menu(URGENCY, "How urgent is it?", _urgencies(policy), view.urgency),
        _menu(CATEGORY, "What is it about?", words.ISSUES, view.category),
        _menu(ANGER, "How angry is the customer?", _angers(), str(view.anger)),
        _boxes(RISKS, "Which risks are there?", _risks(), view.risks),
        parts.small(_consequence(view, policy)),
    ]
    return modal.window("Correct this case", blocks, FORM, "Correct", Ticket.of(view).dump())


def chosen(view_state: dict[str, Any]) -> Right:
    """What a person chose in a submitted form.

    Raises ValueError where it is not ours, Refused where it had no boxes for risks yet.
    """
    values = view_state["state"]["values"]
    try:
        urgency, category, anger = (
            values[name][name]["selected_option"]["value"] for name in (URGENCY, CATEGORY, ANGER)
        )
        if RISKS not in values:
            raise Refused(CHANGED)
        risks = [option["value"] for option in values[RISKS][RISKS]["selected_options"]]
    except (KeyError, TypeError) as error:
        raise ValueError("the modal carries no choice") from error
    return Right(
        Urgency(urgency), Category(category), int(anger), tuple(Risk(risk) for risk in risks)
    )


def under_menu(refusal: Refused) -> dict[str, str]:
    """A refusal as errors of the form, under what it is about; else under the first menu."""
    return {refusal.field or URGENCY: mrkdwn.plain(str(refusal))}


def _menu(name: str, label: str, options: dict[str, str], present: str) -> parts.Block:
    listed = _listed(options)
    element: parts.Block = {
        "type": "static_select",
        "action_id": name,
        "options": list(listed.values()),
    }
    if present in listed:
        # Slack wants the very option that stands in the list.
        element["initial_option"] = listed[present]
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _boxes(name: str, label: str, options: dict[str, str], present: Collection[str]) -> parts.Block:
    """Boxes of which none need be ticked; Slack shows ten at most."""
    listed = _listed(options)
    element: parts.Block = {
        "type": "checkboxes",
        "action_id": name,
        "options": list(listed.values()),
    }
    if ticked := [option for value, option in listed.items() if value in present]:
        # Slack refuses an empty list.
        element["initial_options"] = ticked
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": _plain(label),
        "hint": _plain(
            "Tick what was missed, untick what is not there. Self-harm is critical in any case."
        ),
        "element": element,
    }


def _listed(options: dict[str, str]) -> dict[str, parts.Block]:
    """Slack's options by value; what is chosen at first must be the very one of the list."""
    return {value: {"text": _plain(text), "value": value} for value, text in options.items()}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _urgencies(policy: Policy) -> dict[str, str]:
    """Each urgency with the time that it leaves."""
    found = {}
    for urgency, (mark, name) in words.URGENCIES.items():
        minutes = policy.deadlines.minutes(urgency)
        within = "" if minutes is None else f": answer within {words.span(minutes * 60)}"
        found[str(urgency)] = f"{mark} {name}{within}"
    return found


def _risks() -> dict[str, str]:
    return {str(risk): f"{word[:1].upper()}{word[1:]}" for risk, word in words.RISKS.items()}


def _angers() -> dict[str, str]:
    return {str(level): word.capitalize() for level, word in enumerate(words.ANGERS)}


def _anothers(view: CaseView) -> str:
    owner = mrkdwn.who(view.owner or "")
    return f"{owner} has this case. All that you can do here is add a risk that was missed."


def _lane(view: CaseView, policy: Policy) -> str:
    """What comes back without the grave risks; empty where there is none."""
    grave = [risk for risk in view.risks if risk in rules.grave(policy)]
    if not grave:
        return ""
    read = view.language in policy.drafts.languages
    back = "the draft and the suggested gestures" if read else "the suggested gestures"
    return f"Without {words.risks(grave)} {back} come back, and the channel hears of it. "


def _consequence(view: CaseView, policy: Policy) -> str:
    deadline = "The deadline follows the urgency. " if view.due_at else ""
    where = parts.short(words.channel(view.channel), 40)
    if policy.channels.may_train(view.channel):
        learning = "amends may learn from it"
    else:
        learning = f"the terms set for {where} do not let amends learn from it"
    return f"{deadline}{_lane(view, policy)}Your correction is kept and counted; {learning}."
