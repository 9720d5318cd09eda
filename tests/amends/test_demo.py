"""The demo's summary."""

from datetime import datetime

from sqlalchemy import Engine

from amends.demo import summarise
from tests.recovery.world import Desk


def test_the_summary_counts_what_posts_say_now(engine: Engine, now: datetime) -> None:
    desk = Desk(engine, now)
    desk.judge(desk.post("kept"))
    desk.judge(desk.post("softened"), urgency="critical")
    desk.judge(desk.post("softened", text="All is well again, thank you."), **desk.content())
    summary = summarise(engine)
    assert (summary["posts"], summary["complaints"]) == (2, 1)
    assert summary["urgency"] == {"critical": 0, "high": 1, "normal": 0, "low": 1, "none": 0}
