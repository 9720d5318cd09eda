"""The story holds together."""

from playground.story import load


def test_it_loads() -> None:
    assert load().posts
