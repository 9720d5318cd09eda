"""What a care agent sees of a case, in the order in which they see it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.states import CaseStatus, EventKind
from recovery.slack.blocks import alert, fallback, thread
from recovery.view import CaseView, EventView, PostView

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
ANA, BEN = "U0ANARUIZ1", "U0BENOKAF1"
Case = Callable[..., CaseView]
Reader = Callable[[list[dict[str, Any]]], list[str]]


def _event(kind: EventKind, actor: str = ANA, minute: int = 5) -> EventView:
    return EventView(NOON + timedelta(minutes=minute), kind, actor, {})


def _corrected(actor: str, minute: int, *fields: str) -> EventView:
    data: dict[str, object] = {"fields": list(fields)}
    return EventView(NOON + timedelta(minutes=minute), EventKind.CORRECTED, actor, data)


def _post(text: str, minute: int, by_brand: bool = False) -> PostView:
    url = f"https://x.com/s/{minute}"
    return PostView(text, "lena_k", NOON + timedelta(minutes=minute), url, by_brand)


def test_a_new_case_reads_from_how_bad_to_what_can_be_done(case: Case, seen: Reader) -> None:
    assert seen(alert(case(), "case:12:alert")) == [
        "🟠 High urgency · delay · angry",
        "*@lena_k* (48k followers) on X · open the post\nAnswer due 04 Mar, 13:00 UTC",
        ">@larkline the 07:40 left without us.\n>My mother's surgery is at ten!",
        "*Why:* “my mother's surgery” weighed most.",
        "*You could offer, in private:*\n"
        "• *Taxi on us* (40 EUR, a lead): it gets them there in time\n"
        "• *Voucher* (10 EUR, any agent): a small sum does most of it",
        "*Draft*\n>Hi @lena_k, I'm sorry you were kept waiting.\n>Please send us a message.",
        "[Claim] [Reply…] [Not a complaint] [Correct…]",
        "Case 12. The customer sees nothing of this thread.",
    ]


def test_the_first_block_carries_the_key(case: Case) -> None:
    for status in CaseStatus:
        blocks = alert(case(status=status, owner=ANA), "case:12:alert")
        assert [block.get("block_id") for block in blocks].index("case:12:alert") == 0


def test_risks_come_first_and_close_the_lane(case: Case, seen: Reader) -> None:
    note = "A trained person answers."
    view = case(
        risks=("selfharm", "vulnerable"), urgency="critical", lane_note=note, gestures=(),
        draft=None,
    )  # fmt: skip
    lines = seen(alert(view, "k"))
    assert lines[0] == "🔴 Self-harm and vulnerable person · critical"
    assert f"*Please note:* {note}" in lines
    whole = "\n".join(lines)
    assert "Voucher" not in whole
    assert "Draft" not in whole
    assert "[Claim] [Reply…] [Not a complaint] [Correct…]" in lines


def test_the_gravest_risk_is_named_first(case: Case, seen: Reader) -> None:
    view = case(risks=("churn", "fraud", "safety"), urgency="critical")
    assert seen(alert(view, "k"))[0] == "🔴 Safety, fraud and leaving us · critical"


def test_a_risk_nobody_dared_to_judge_is_marked_by_the_risk(case: Case, seen: Reader) -> None:
    view = case(risks=("safety",), urgency="low", needs_judgement=True)
    assert seen(alert(view, "k"))[0] == "🟠 Safety · please judge"


def test_another_language_takes_only_the_draft_away(case: Case, seen: Reader) -> None:
    view = case(language="de", lane_note="It seems to be written in German.", draft=None)
    lines = seen(alert(view, "k"))
    assert "*Please note:* It seems to be written in German." in lines
    assert any("Voucher" in line for line in lines)
    assert not any("Draft" in line for line in lines)


def test_a_case_nobody_dared_to_judge_asks_for_a_person(case: Case, seen: Reader) -> None:
    view = case(needs_judgement=True, urgency="low", why=("Please read it: sarcasm.",))
    lines = seen(alert(view, "k"))
    assert lines[0] == "⚪ Not sure: please judge"
    assert "*Why:* Please read it: sarcasm." in lines
    assert not any("sorry" in line for line in lines)


def test_a_second_complaint_stands_below_the_first(case: Case, seen: Reader) -> None:
    view = case(posts=(*case().posts, _post("HELLO??", 4)))
    assert "*@lena_k wrote again* 4 min later · open\n>HELLO??" in seen(alert(view, "k"))


def test_of_many_posts_the_first_and_the_newest_are_shown(case: Case, seen: Reader) -> None:
    later = tuple(_post(f"post {number}", number) for number in range(1, 10))
    lines = seen(alert(case(posts=(*case().posts, *later)), "k"))
    assert "5 posts between are not shown." in lines
    assert [line[-6:] for line in lines if "wrote again" in line] == [
        "post 6", "post 7", "post 8", "post 9",
    ]  # fmt: skip


def test_a_long_post_says_how_much_is_left(case: Case, seen: Reader) -> None:
    long = PostView("word " * 1000, "lena_k", NOON, "https://x.com/1", by_brand=False)
    assert seen(alert(case(posts=(long,)), "k"))[2].endswith("more words, read it all")


def test_a_missed_deadline_is_said(case: Case, seen: Reader) -> None:
    view = case(events=(_event(EventKind.DEADLINE_MISSED, "amends", 60),))
    assert seen(alert(view, "k"))[1].endswith("*Late:* the answer was due 04 Mar, 13:00 UTC")


def test_everybody_sees_times_in_their_own_zone(case: Case) -> None:
    summary = alert(case(), "k")[1]["text"]["text"]
    assert "<!date^1772629200^{date_short_pretty}, {time}|04 Mar, 13:00 UTC>" in summary


def test_a_claim_shows_who_has_it_and_gives_way_to_release(case: Case, seen: Reader) -> None:
    view = case(status=CaseStatus.CLAIMED, owner=ANA, events=(_event(EventKind.CLAIMED),))
    lines = seen(alert(view, "k"))
    assert lines[1].endswith(f"\n<@{ANA}> has it since 04 Mar, 12:05 UTC.")
    assert "[Reply…] [Release] [Not a complaint] [Correct…]" in lines
    # The window behind the button has the draft.
    assert not any("Draft" in line for line in lines)
    assert any("Voucher" in line for line in lines)


def test_a_channel_that_takes_no_api_reply_offers_the_way_by_hand(case: Case, seen: Reader) -> None:
    lines = seen(alert(case(reply_route="hand"), "k"))
    assert "[Claim] [Reply…] [I answered it] [Not a complaint] [Correct…]" in lines
    answered = seen(alert(case(reply_route="hand", status=CaseStatus.ANSWERED), "k"))
    assert [line for line in answered if line.startswith("[")] == ["[Correct…]"]


def test_a_reply_under_way_leaves_nothing_to_press(case: Case, seen: Reader) -> None:
    view = case(
        status=CaseStatus.CLAIMED,
        owner=ANA,
        reply_state="sending",
        events=(_event(EventKind.CLAIMED), _event(EventKind.REPLY_QUEUED)),
    )
    lines = seen(alert(view, "k"))
    assert lines[1].endswith(f"\n<@{ANA}> has written a reply. It is on its way to X.")
    assert not [line for line in lines if line.startswith("[")]


def test_a_reply_that_failed_can_be_written_again(case: Case, seen: Reader) -> None:
    view = case(status=CaseStatus.CLAIMED, owner=ANA, reply_state="failed")
    lines = seen(alert(view, "k"))
    assert any("*The last reply did not reach X.* The thread says why." in line for line in lines)
    assert "[Reply…] [Release] [Not a complaint] [Correct…]" in lines


def test_an_answered_case_shows_who_answered_when_and_what(case: Case, seen: Reader) -> None:
    view = case(
        status=CaseStatus.ANSWERED,
        owner=ANA,
        due_at=None,
        reply_state="sent",
        posts=(*case().posts, _post("So sorry. On it.", 7, by_brand=True)),
        events=(_event(EventKind.REPLY_QUEUED, BEN, 6), _event(EventKind.REPLY_SENT, BEN, 7)),
    )
    assert seen(alert(view, "k")) == [
        "*Answered* · *@lena_k* (48k followers) on X · open the post\n"
        f"<@{BEN}> answered, 04 Mar, 12:07 UTC.",
        "*@lena_k:* @larkline the 07:40 left without us. My mother's surgery is at ten!\n"
        "*Larkline:* So sorry. On it.",
        "[Reply again…] [Correct…]",
        "Case 12. The customer sees nothing of this thread.",
    ]


def test_an_answered_case_still_shows_its_risks_and_the_note(case: Case, seen: Reader) -> None:
    note = "A trained person answers."
    view = case(status=CaseStatus.ANSWERED, risks=("legal", "selfharm"), lane_note=note)
    lines = seen(alert(view, "k"))
    assert lines[0].startswith("*Answered* · self-harm and legal · *@lena_k*")
    assert lines[1] == f"*Please note:* {note}"
    calm = seen(alert(case(status=CaseStatus.ANSWERED, lane_note="It is in German."), "k"))
    assert not any("Please note" in line for line in calm)
    closed = seen(alert(case(status=CaseStatus.CLOSED, risks=("legal",), lane_note=note), "k"))
    assert not any("Please note" in line for line in closed)


def test_of_a_long_conversation_that_is_over_three_lines_are_left(case: Case, seen: Reader) -> None:
    said = [(_post(f"word {number} " * 60, number, number % 2 == 1)) for number in range(1, 9)]
    view = case(status=CaseStatus.ANSWERED, posts=(*case().posts, *said))
    past = seen(alert(view, "k"))[1].split("\n")
    assert [line[: line.index(":")] for line in past] == ["*@lena_k", "*Larkline", "*@lena_k"]
    assert "word 7" in past[1]
    assert "word 8" in past[2]
    assert all(len(line) <= 180 for line in past)


def test_answers_by_hand_and_outside_the_desk_are_told_apart(case: Case, seen: Reader) -> None:
    by_hand = case(status=CaseStatus.ANSWERED, events=(_event(EventKind.ANSWERED_BY_HAND),))
    outside = case(status=CaseStatus.ANSWERED, events=(_event(EventKind.BRAND_ANSWERED, "amends"),))
    assert f"<@{ANA}> answered by hand, 04 Mar, 12:05 UTC." in seen(alert(by_hand, "k"))[0]
    assert "Answered on X itself." in seen(alert(outside, "k"))[0]


def test_a_correction_is_said_in_small_print(case: Case, seen: Reader) -> None:
    events = (_corrected(ANA, 5, "anger"), _corrected(BEN, 6, "anger", "category", "urgency"))
    said = f"*Corrected* by <@{BEN}>, 04 Mar, 12:06 UTC: urgency, issue and anger."
    waiting = alert(case(events=events), "k")
    assert seen([waiting[3]]) == [f"*Why:* “my mother's surgery” weighed most.\n{said}"]
    assert waiting[3]["type"] == "context"
    assert said in seen(alert(case(events=events, why=()), "k"))
    assert seen(alert(case(events=events, status=CaseStatus.ANSWERED), "k"))[1].endswith(said)


def test_the_risks_that_a_person_set_right_are_named(case: Case, seen: Reader) -> None:
    data: dict[str, object] = {
        "fields": ["anger", "risks"], "added": ["safety"], "removed": ["selfharm", "strange"],
    }  # fmt: skip
    event = EventView(NOON + timedelta(minutes=5), EventKind.CORRECTED, ANA, data)
    said = "04 Mar, 12:05 UTC: anger and risks (added: safety; taken away: self-harm)."
    assert any(said in line for line in seen(alert(case(events=(event,)), "k")))


def test_a_correction_to_a_deadline_that_has_passed_says_late(case: Case, seen: Reader) -> None:
    late = seen(alert(case(events=(_corrected(ANA, 61, "urgency"),)), "k"))[1]
    assert late.endswith("*Late:* the answer was due 04 Mar, 13:00 UTC")
    missed = _event(EventKind.DEADLINE_MISSED, "amends", 30)
    later = seen(alert(case(events=(missed, _corrected(ANA, 31, "urgency"))), "k"))[1]
    assert later.endswith("Answer due 04 Mar, 13:00 UTC")


def test_a_dismissed_case_is_quiet_and_can_be_taken_back(case: Case, seen: Reader) -> None:
    view = case(status=CaseStatus.DISMISSED, events=(_event(EventKind.DISMISSED),))
    assert seen(alert(view, "k")) == [
        f"*Not a complaint.* <@{ANA}>, 04 Mar, 12:05 UTC.",
        "*@lena_k* (48k followers) on X · open the post: @larkline the 07:40 left without us. "
        "My mother's surgery is at ten!",
        "[Undo]",
        "Case 12. The customer sees nothing of this thread.",
    ]


def test_a_closed_case_has_no_buttons(case: Case, seen: Reader) -> None:
    view = case(status=CaseStatus.CLOSED, events=(_event(EventKind.CLOSED_QUIET, "amends"),))
    lines = seen(alert(view, "k"))
    assert lines[0].startswith("*Closed* · *@lena_k*")
    assert lines[0].endswith("\nNo word from the customer since. Closed 04 Mar, 12:05 UTC.")
    assert not [line for line in lines if line.startswith("[")]


def test_the_fallback_is_the_alert_in_one_line(case: Case) -> None:
    assert fallback(case()) == (
        "High urgency · delay · angry, @lena_k on X: "
        "@larkline the 07:40 left without us. My mother's surgery is at ten!"
    )


def test_a_thread_remark_names_who_is_meant(seen: Reader) -> None:
    assert seen(thread("Sent: Hi,\nsorry <b>.", ANA, "k")) == [f"<@{ANA}> · Sent: Hi,\nsorry <b>."]
    assert seen(thread("They wrote again: @here!", None, "k")) == ["They wrote again: @\u2060here!"]
