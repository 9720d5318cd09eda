"""The windows: what a person reads before they write, and what comes back."""

from collections.abc import Callable
from typing import Any

import pytest

from models.states import CaseStatus
from recovery.refusals import Refused
from recovery.slack import modal
from recovery.view import CaseView

Case = Callable[..., CaseView]
Reader = Callable[[list[dict[str, Any]]], list[str]]


def form(view: CaseView) -> dict[str, Any]:
    return modal.form(view, "C0CARE0001", "1772625600.000100")


def field(view: CaseView) -> dict[str, Any]:
    return next(block for block in form(view)["blocks"] if block["type"] == "input")


def test_the_draft_stands_in_the_field_with_its_line_breaks(case: Case) -> None:
    assert field(case())["element"]["initial_value"] == case().draft


def test_a_draft_of_emoji_is_cut_as_slack_counts_it(case: Case) -> None:
    assert field(case(draft="😤" * 2000))["element"]["initial_value"] == "😤" * 1500


def test_without_a_draft_the_field_is_empty_and_the_note_says_why(case: Case, seen: Reader) -> None:
    view = case(draft=None, lane_note="A trained person answers.")
    assert "initial_value" not in field(view)["element"]
    assert "*Please note:* A trained person answers." in seen(form(view)["blocks"])


@pytest.mark.parametrize(
    ("channel", "limit", "hint"),
    [
        ("x", 280, "At most 280 characters, a link counting 23 and an emoji 2."),
        ("reddit", 10_000, "At most 3,000 characters."),
    ],
)
def test_the_limit_is_said(case: Case, channel: str, limit: int, hint: str) -> None:
    assert field(case(channel=channel, reply_limit=limit))["hint"]["text"].endswith(hint)


def test_by_hand_the_draft_can_be_copied_and_the_post_opened(case: Case, seen: Reader) -> None:
    window = form(case(reply_route="hand"))
    assert window["submit"]["text"] == "I answered it"
    lines = seen(window["blocks"])
    assert "*Open the post*" in lines
    assert lines[-2] == f"Draft to copy:\n```{case().draft}```"


@pytest.mark.parametrize("route", ["api", "hand"])
def test_what_could_be_offered_stands_below_with_its_reasons(
    case: Case, seen: Reader, route: str
) -> None:
    lines = seen(form(case(reply_route=route))["blocks"])
    assert lines[-1] == (
        "*You could offer, in private:*\n"
        "• *Taxi on us* (40 EUR, a lead): it gets them there in time\n"
        "• *Voucher* (10 EUR, any agent): a small sum does most of it"
    )
    assert "offer" not in "".join(seen(form(case(reply_route=route, gestures=()))["blocks"]))


def test_the_ticket_comes_back_as_it_went() -> None:
    ticket = modal.Ticket(12, 3, "C0CARE0001", "1.2")
    assert modal.Ticket.load(ticket.dump()) == ticket


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"case_id": null}', "12"])
def test_a_strange_ticket_is_no_ticket(text: str) -> None:
    with pytest.raises(ValueError):
        modal.Ticket.load(text)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status": CaseStatus.DISMISSED}, "Case 12 is dismissed"),
        ({"owner": "U2"}, "<@U2> has case 12"),
        ({"reply_state": "sending"}, "on its way"),
        ({"reply_route": "hand", "status": CaseStatus.ANSWERED}, "answered already"),
    ],
)
def test_nobody_writes_in_vain(case: Case, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        modal.refuse_idle(case(**changes), "U1")


def test_the_owner_and_a_free_case_may_be_written_for(case: Case) -> None:
    modal.refuse_idle(case(), "U1")
    modal.refuse_idle(case(owner="U1", status=CaseStatus.CLAIMED), "U1")


@pytest.mark.parametrize("text", ["Sorry :pray:", ":wave: hi", "ok (:+1:)"])
def test_emoji_as_letters_are_found(text: str) -> None:
    with pytest.raises(Refused):
        modal.refuse_shortcodes(text)


def test_other_colons_pass() -> None:
    modal.refuse_shortcodes("At 10:30:45, ratio 3:2:1, see a:b:c, https://x.com:80/a: fine :)")
