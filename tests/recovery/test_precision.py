"""What people said of the verdicts, added up."""

from hypothesis import given
from hypothesis import strategies as st

from models.database import reading
from models.labels import Risk, Urgency
from recovery import desk, precision
from recovery.precision import Judged, threshold, wilson
from tests.recovery.world import POLICY, Desk


def test_corrections_are_counted_in_the_language_that_opened_the_case(desk_world: Desk) -> None:
    desk_world.open_case(urgency="normal")
    german = desk_world.post("p2", "Unfassbar", conversation="p1", in_reply_to="p1")
    desk_world.judge(german, urgency="critical", language="de")
    desk_world.consider()
    with desk_world.write() as session:
        desk.claim(session, POLICY, 1, "UANA", desk_world.now)
    desk_world.correct(urgency=Urgency.LOW)
    with reading(desk_world.engine) as session:
        found = precision.by_channel(session)
    assert [(each.language, each.corrections) for each in found] == [("en", {"urgency": 1})]


def test_a_correction_counts_once_however_often_its_post_was_edited(desk_world: Desk) -> None:
    desk_world.open_case()
    desk_world.judge(desk_world.post("p1", "Mein Zug kam nie."), language="de")
    desk_world.consider()
    desk_world.correct(urgency=Urgency.LOW, anger=0)
    with desk_world.write() as session:
        desk.claim(session, POLICY, 1, "UANA", desk_world.now)
    with reading(desk_world.engine) as session:
        found = precision.by_channel(session)
    assert [(each.language, each.corrections) for each in found] == [
        ("de", {"anger": 1, "urgency": 1})
    ]


def test_precision_counts_only_what_people_looked_at(desk_world: Desk) -> None:
    for number in range(5):
        desk_world.judge(desk_world.post(f"p{number}", author_id=f"u{number}"))
    desk_world.consider()
    with desk_world.write() as session:
        desk.claim(session, POLICY, 1, "UANA", desk_world.now)
        desk.claim(session, POLICY, 2, "UANA", desk_world.now)
        desk.dismiss(session, POLICY, 3, "UBEN", desk_world.now)
    with reading(desk_world.engine) as session:
        [found] = precision.by_channel(session)
        assert len(precision.judged(session)) == 3
        assert precision.judged(session, POLICY.channels) == [], "X may only measure"
    assert (found.channel, found.language, found.judged, found.right) == ("x", "en", 3, 2)
    assert found.low < found.precision < found.high
    assert found.corrections == {"complaint": 1}


def test_risks_are_counted_where_people_looked(desk_world: Desk) -> None:
    for number, risks in enumerate((["safety", "churn"], ["safety"], [], ["safety"]), start=1):
        desk_world.judge(desk_world.post(f"p{number}", author_id=f"u{number}"), risks=risks)
    desk_world.consider()
    desk_world.correct(risks=(Risk.CHURN, Risk.LEGAL))
    with desk_world.write() as session:
        desk.claim(session, POLICY, 2, "UANA", desk_world.now)
        desk.claim(session, POLICY, 3, "UANA", desk_world.now)
    with reading(desk_world.engine) as session:
        counts = precision.risk_counts(session)
        [row] = precision.by_channel(session)
    assert row.corrections == {"risks": 1}
    assert set(counts) == set(Risk)
    told = {risk: (c.said, c.added, c.removed) for risk, c in counts.items()}
    assert told.pop("safety") == (2, 0, 1)
    assert told.pop("churn") == (1, 0, 0)
    assert told.pop("legal") == (0, 1, 0)
    assert set(told.values()) == {(0, 0, 0)}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_a_share(pair: tuple[int, int]) -> None:
    right, count = pair
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1


judged_cases = st.lists(
    st.builds(Judged, st.just("import"), st.just("en"), st.floats(0.5, 1), st.booleans()),
    max_size=80,
)


@given(judged_cases, st.floats(0.5, 0.99))
def test_a_suggested_threshold_keeps_its_promise(cases: list[Judged], wanted: float) -> None:
    found = threshold(cases, wanted)
    if found is not None:
        above = [case.right for case in cases if case.complaint >= found]
        assert len(above) >= precision.LEAST
        assert sum(above) / len(above) >= wanted
