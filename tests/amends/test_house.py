"""What a house makes of settings and policy together."""

from pathlib import Path

from amends.house import House
from config.settings import load_settings

KEYS = ("CONSUMER_KEY", "CONSUMER_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")


def test_replies_go_out_only_where_there_are_keys(tmp_path: Path) -> None:
    reading = {
        "AMENDS_HOME": str(tmp_path),
        "AMENDS_X__BEARER_TOKEN": "b",
        "AMENDS_X__ACCOUNT_ID": "1",
    }
    assert House.build(load_settings(reading)).policy.channels.reply == ()
    writing = reading | {f"AMENDS_X__{key}": "k" for key in KEYS}
    assert House.build(load_settings(writing)).policy.channels.reply == ("x",)
