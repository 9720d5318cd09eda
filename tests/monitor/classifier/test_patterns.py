"""The pattern net: recall first, and no alarm for what only sounds like it."""

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.labels import Risk
from monitor.classifier import patterns
from monitor.classifier.patterns import caught, nets

SELFHARM = tomllib.loads(Path(__file__).with_name("selfharm.toml").read_text("utf-8"))


LISTS = sorted(Path(patterns.__file__).with_name("risk_patterns").glob("*.toml"))


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_list_has_patterns_of_known_kinds_alone(path: Path) -> None:
    tables = tomllib.loads(path.read_text("utf-8"))
    assert tables.keys() <= set(Risk)
    for table in tables.values():
        assert table.keys() <= {"why", "sure", "hint", "unless", "near"}, "a misspelt kind is lost"


@pytest.mark.parametrize("text", SELFHARM["real"] + SELFHARM["real_later"] + SELFHARM["threats"])
def test_self_harm_is_caught(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) == "sure"


@pytest.mark.parametrize("text", SELFHARM["despair"])
def test_giving_up_is_caught(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) == "sure"


@pytest.mark.parametrize("text", SELFHARM["no_despair"])
def test_words_of_despair_about_things_are_no_self_harm(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) != "sure"


@pytest.mark.parametrize("text", ["you finally broke me", "hope they can live with it"])
def test_words_that_may_mean_giving_up_are_a_hint(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) == "hint"


LANGUAGES = SELFHARM["languages"].values()


@pytest.mark.parametrize("text", [text for texts in LANGUAGES for text in texts["real"]])
def test_self_harm_is_caught_in_other_languages(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) == "sure"
    assert caught(text.upper()).get(Risk.SELFHARM) == "sure"


@pytest.mark.parametrize("text", [text for texts in LANGUAGES for text in texts["harmless"]])
def test_idioms_of_other_languages_are_no_self_harm(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) != "sure"


@pytest.mark.parametrize(
    "text",
    [
        "ill k!ll myself if this goes on", "thinking about su!c1de again", "s*icidal since march",
        "sewerslide it is then", "gonna off meself tonight", "gonna kms tonight, im serious",
        "i want to un-alive myself", "wanna unsubscribe from life", "i wana die, nobody answers",
        "im done being alive", "i wish i hadnt woken up", "no reason left to get up tomorrow",
        "going to sleep and not wake up sounds good", "they will find me dead when they evict me",
        "he drank pesticide when your agents came", "put the gun to my head over this loan",
        "lined up all my tablets on the sink", "she took most of her meds after your call",
        "police talked me down from the bridge on friday", "left a goodbye letter on the fridge",
        "forgive me mum, the bank has won", "my attempt was two weeks ago and you cut me off",
        "a year clean from cutting, gone", "started cutting again since you closed my account",
        "had to ring the samaritans after your letter", "the crisis team visits every day now",
        "im not safe with myself tonight",
    ],
)  # fmt: skip
def test_self_harm_is_caught_in_disguise_and_by_its_signs(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) == "sure"


@pytest.mark.parametrize(
    "text",
    [
        "I'm going to kill myself. And don't send me the suicide hotline again.",
        "Suicide helpline is busy and I want to kill myself",
        "If nobody helps I'll do it myself, I'm going to end my life",
        "My phone is going to die and so am I, I took all my pills",
        "I want to die. Fix yourselves.",
        "Because of your bank I will commit suicide",
        "Your company made me attempt suicide",
        "I had to call the suicide hotline tonight",
        "The pain is so bad I want to die",
        "I feel so awful I want to die",
        "I cut myself with a blade last night",
        "I burn myself with a lighter when the letters come",
        "I will hurt myself on Friday",
        "I told your agent on the phone I want to die",
        "I don't want to wake up in the morning",
        "going to end it with my belt tonight",
        "I would rather kill myself than go back to that hospital",
        "I don't want to be here for another day",
        "My boss killed himself last night after your audit",
        "My son took his own life two weeks ago because of your letters",
        "I'm a student, suicide is all I think about",
        "he talks about suicide since you closed the account",
        "I just want to... die",
        "kill... myself",
        "I don&#39;t want to live anymore",
        "I want to kill <b>myself</b>",
        "there is a bridge near here and I am going to jump",
    ],
)
def test_no_exception_hides_a_threat(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) == "sure"


@pytest.mark.parametrize(
    "text",
    [
        "Please let me switch the map from miles to kms", "we walked several kms today",
        "I had to drop the parcel off myself", "Had to turn it off myself and restart",
        "Lovely cruise, I didn't want it to end!", "The alarm keeps beeping, I want it to stop",
        "My contract runs out, I want to end it today", "about my end my life insurance policy",
        "They took my life savings", "Can't go on Netflix", "can't go on your app",
        "Please remove my OD on the current account", "transferred to CTB bank",
        "I called 988 times", "I take all my meds from your pharmacy",
        "the crisis team came to fix the outage", "not free of burning smell",
        "Can't see a future for this brand", "Had to jump off the train at the wrong stop",
        "I read your last letter twice", "Shot myself in the foot there",
        "sick of life insurance spam", "topping myself up at your coffee bar",
    ],
)  # fmt: skip
def test_everyday_posts_are_no_self_harm(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) != "sure"


@pytest.mark.parametrize(
    ("risk", "text"),
    [
        (Risk.DISCRIMINATION, "I ordered the black ones and got the white ones"),
        (Risk.DISCRIMINATION, "only black in stock"),
        (Risk.DISCRIMINATION, "The app stopped working because of the update"),
        (Risk.DISCRIMINATION, "I'm waiting for my passport"),
        (Risk.DISCRIMINATION, "about the colour of the sofa"),
        (Risk.DISCRIMINATION, "filled in your Survey Monkey form"),
        (Risk.DISCRIMINATION, "the toy makes animal noises"),
        (Risk.SAFETY, "The stitches came loose on these shoes"),
        (Risk.SAFETY, "Prices are falling on Monday"),
        (Risk.SAFETY, "I can see the train through the window"),
        (Risk.SAFETY, "a bleeding edge phone"),
        (Risk.SAFETY, "this album is on fire"),
        (Risk.SAFETY, "my delivery fell through"),
        (Risk.LEGAL, "Port Authority gate 4"),
        (Risk.LEGAL, "Douglas fir in stock"),
        (Risk.LEGAL, "The judge will love my cake"),
    ],
)
def test_everyday_words_set_no_risk_alone(risk: Risk, text: str) -> None:
    assert caught(text).get(risk) != "sure"


@pytest.mark.parametrize(
    "text",
    [
        "running 12 kms today with your shoes", "your CTB branch in Leeds is lovely",
        "killing myself laughing at the typo", "notification overdose, 40 pings a day",
        "ready to end it with this app", "my character keeps killing himself in level 6",
        "the documentary about suicide was well made", "please flag the self harm memes in there",
        "successful delivery, such a deal", "how long can I hold on? 40 minutes of music",
        "I won't be here when the parcel comes", "a leaking well in the garden, need a plumber",
        "attempts to log in fail since my one attempt to change the password",
    ],
)  # fmt: skip
def test_everyday_words_are_no_self_harm(text: str) -> None:
    assert caught(text).get(Risk.SELFHARM) != "sure"


@pytest.mark.parametrize(
    "text", SELFHARM["hyperbole"] + SELFHARM["hyperbole_later"] + SELFHARM["errands"]
)
def test_hyperbole_is_no_self_harm(text: str) -> None:
    assert Risk.SELFHARM not in caught(text)


def test_hyperbole_does_not_hide_what_is_said_elsewhere() -> None:
    joke = "this app makes me want to die lol. "
    serious = "but honestly my debts are so high that every night I think about suicide"
    assert caught(joke + "x " * 40 + serious)[Risk.SELFHARM] == "sure"


@pytest.mark.parametrize(
    ("risk", "text"),
    [
        (Risk.SAFETY, "your driver ran a red light and crashed, I am in hospital"),
        (Risk.SAFETY, "There was broken glass in my salad!!"),
        (Risk.SAFETY, "The charger caught fire next to my bed"),
        (Risk.SAFETY, "we all got food poisoning at your restaurant"),
        (Risk.SAFETY, "a passenger groped me and the crew did nothing"),
        (Risk.LEGAL, "You will hear from my lawyer"),
        (Risk.LEGAL, "I'm filing a complaint with the FTC today"),
        (Risk.LEGAL, "see you in court"),
        (Risk.LEGAL, "doing a chargeback with my bank now"),
        (Risk.LEGAL, "I have written to the Ombudsman"),
        (Risk.PRESS, "I am calling the local news about this"),
        (Risk.PRESS, "this will go viral"),
        (Risk.PRESS, "I'm a journalist and will write about it"),
        (Risk.FRAUD, "my account has been hacked"),
        (Risk.FRAUD, "there are three unauthorized charges on my card"),
        (Risk.FRAUD, "someone else is using my account and changed the email"),
        (Risk.FRAUD, "I was scammed out of 900 dollars by a seller on your site"),
        (Risk.VULNERABLE, "my 82 year old mother sits in a wheelchair at the gate"),
        (Risk.VULNERABLE, "I'm pregnant and have been standing for 4 hours"),
        (Risk.VULNERABLE, "on the way to my father's funeral and you cancelled the flight"),
        (Risk.DISCRIMINATION, "the gate agent was openly racist"),
        (Risk.DISCRIMINATION, "refused to serve me because I'm black"),
        (Risk.CHURN, "I will never fly with you again"),
        (Risk.CHURN, "that's it, switching to another bank"),
        (Risk.CHURN, "just cancelled my subscription, bye"),
    ],
)
def test_each_risk_has_words_that_suffice(risk: Risk, text: str) -> None:
    assert caught(text).get(risk) == "sure"


@pytest.mark.parametrize(
    ("risk", "text"),
    [
        (Risk.SAFETY, "the app crashed again after the update"),
        (Risk.SAFETY, "I'm sick and tired of waiting"),
        (Risk.LEGAL, "my mother in law loves your shop"),
        (Risk.LEGAL, "is there a food court in terminal 2?"),
        (Risk.PRESS, "press the button and nothing happens"),
        (Risk.PRESS, "good news, the parcel is here"),
        (Risk.FRAUD, "great life hack, thanks"),
        (Risk.DISCRIMINATION, "Black Friday prices are a joke"),
        (Risk.CHURN, "how do I cancel my subscription?"),
        (Risk.CHURN, "you cancelled my flight"),
    ],
)
def test_words_that_only_look_like_a_risk(risk: Risk, text: str) -> None:
    assert caught(text).get(risk) != "sure"


def test_every_risk_has_a_net() -> None:
    assert {net.risk for net in nets()} == set(Risk)


def test_typing_habits_do_not_hide_a_risk() -> None:
    for text in (
        "MY ACCOUNT HAS BEEN HACKED",
        "i wanna k\u200bill myself, kill  my-self",
        "can\u2019t go on",
    ):
        assert caught(text)


@pytest.mark.parametrize(
    "filler", ["x" * 100_000, "i want to " * 10_000, "! " * 50_000, "my " * 33_000]
)
def test_a_huge_text_takes_no_more_than_a_moment(filler: str) -> None:
    began = time.perf_counter()
    caught(filler)
    assert time.perf_counter() - began < 5.0


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_searched(text: str) -> None:
    assert set(caught(text).values()) <= {"sure", "hint"}


RISKS = tomllib.loads(Path(__file__).with_name("risks.toml").read_text("utf-8"))
WRITTEN = [
    (risk, text)
    for table in (RISKS, RISKS["later"], RISKS["missed"])
    for risk in Risk
    for text in table.get(risk.value, [])
]


@pytest.mark.parametrize(("risk", "text"), WRITTEN)
def test_each_way_of_saying_it_is_caught(risk: Risk, text: str) -> None:
    assert caught(text).get(risk) == "sure"


@pytest.mark.parametrize(
    ("risk", "text"),
    [
        (Risk(risk), text)
        for table in ("harmless", "missed_harmless")
        for risk, texts in RISKS[table].items()
        for text in texts
    ],
)
def test_the_same_words_without_the_risk(risk: Risk, text: str) -> None:
    assert caught(text).get(risk) != "sure"
