"""What agents' corrections say."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.classifier.corrections import (
    FEWEST,
    RANGE,
    Correction,
    may_train,
    precision_report,
    suggest_threshold,
)

rows = st.lists(
    st.builds(
        Correction, st.sampled_from(["x", "reddit"]), st.sampled_from(["en", "de"]),
        st.floats(0, 1), st.booleans(),
    ), max_size=80,
)  # fmt: skip


def test_precision_for_each_channel_and_language() -> None:
    report = precision_report(
        [
            Correction("x", "en", 0.9, True), Correction("x", "en", 0.8, False),
            Correction("x", "en", 0.1, False), Correction("reddit", "de", 0.2, True),
        ],
        0.5,
    )  # fmt: skip
    assert [(p.channel, p.language, p.called, p.right, p.share) for p in report] == [
        ("reddit", "de", 0, 0, None),
        ("x", "en", 2, 1, 0.5),
    ]


def test_posts_of_x_train_nothing() -> None:
    assert not may_train("x")
    assert may_train("google_play")


def test_false_alarms_raise_the_threshold_half_way() -> None:
    seen = [Correction("reddit", "en", 0.6, False)] * 30
    seen += [Correction("reddit", "en", 0.9, True)] * 10
    assert suggest_threshold(seen, 0.5) == 0.55


def test_a_few_corrections_change_nothing() -> None:
    assert suggest_threshold([Correction("x", "en", 0.9, False)] * (FEWEST - 1), 0.5) == 0.5
    assert suggest_threshold([Correction("x", "en", 0.9, False)] * FEWEST, 0.5) == 0.5


@given(rows, st.floats(*RANGE))
def test_a_suggestion_stays_in_range(seen: list[Correction], now: float) -> None:
    assert RANGE[0] - 0.01 <= suggest_threshold(seen, now) <= RANGE[1] + 0.01
