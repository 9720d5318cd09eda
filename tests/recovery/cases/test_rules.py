"""The rules of deadlines, as properties."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from recovery.cases import rules

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TIMES = st.none() | st.datetimes(
    datetime(2026, 3, 4),  # noqa: DTZ001  bounds are naive
    datetime(2026, 3, 5),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(TIMES, TIMES)
def test_a_wait_that_begins_anew_ends_no_later_and_never_where_the_last_had_run_out(
    due: datetime | None, present: datetime | None
) -> None:
    found = rules.renewed(due, present, NOW)
    if present is None or present <= NOW:
        assert found == due
    else:
        assert found is not None
        assert found <= present
        assert found in (due, present)
