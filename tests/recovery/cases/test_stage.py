"""The stage takes one post at a time: what is wrong with one holds up no other."""

from typing import Any

import pytest
from sqlalchemy import text

from models.database import writing
from models.tables import Post
from recovery.cases import stage
from recovery.cases.stage import PostsFailed
from tests.recovery.world import Desk


def test_a_bad_post_holds_up_no_other_and_is_told(desk_world: Desk) -> None:
    bad = desk_world.post("p1")
    desk_world.judge(bad)
    desk_world.judge(desk_world.post("p2", author_id="u2"))
    with writing(desk_world.engine) as session:
        session.get_one(Post, bad).customer_id = None
    with pytest.raises(PostsFailed, match="could not be looked at: 1") as told:
        desk_world.consider()
    assert told.value.exceptions[0].__notes__ == [f"This happened at post {bad}."]
    assert [case.customer_id for case in desk_world.cases()] == [2]
    with desk_world.session() as session:
        assert session.get_one(Post, bad).pending
        session.get_one(Post, bad).customer_id = 1
        session.commit()
    assert desk_world.consider() == 1
    assert len(desk_world.cases()) == 2


def test_nothing_of_a_failed_post_is_kept(desk_world: Desk) -> None:
    if desk_world.engine.dialect.name != "sqlite":
        pytest.skip("the trigger is written for SQLite")
    with writing(desk_world.engine) as session:
        session.execute(
            text(
                "CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN NEW.case_id = 1 "
                "BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    desk_world.judge(desk_world.post("p1"))
    with pytest.raises(PostsFailed):
        desk_world.consider()
    assert desk_world.cases() == []
    assert desk_world.events() == []


def test_a_post_edited_a_moment_ago_is_left_for_its_new_verdict(
    desk_world: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collector may write between the look for pending posts and the work on them."""
    edited = desk_world.post("p1")
    desk_world.judge(edited)
    desk_world.judge(desk_world.post("p2", author_id="u2"))
    waiting = stage._waiting

    def with_an_edit(*arguments: Any) -> list[int]:
        found = waiting(*arguments)
        if found:
            desk_world.post("p1", "My train never came. Edit: my bag is gone, too.")
        return found

    monkeypatch.setattr(stage, "_waiting", with_an_edit)
    assert desk_world.consider() == 1
    assert [case.customer_id for case in desk_world.cases()] == [2]
    with desk_world.session() as session:
        assert session.get_one(Post, edited).pending
