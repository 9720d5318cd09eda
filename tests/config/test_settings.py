"""Settings: a wrong one is named with what would be right, and no secret is ever shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.errors import SettingsError
from config.settings import PREFIX, Settings, known_variables, load_settings

SECRETS = [
    "AMENDS_X__BEARER_TOKEN",
    "AMENDS_X__CONSUMER_KEY",
    "AMENDS_X__CONSUMER_SECRET",
    "AMENDS_X__ACCESS_TOKEN",
    "AMENDS_X__ACCESS_TOKEN_SECRET",
    "AMENDS_REDDIT__CLIENT_SECRET",
    "AMENDS_REDDIT__PASSWORD",
    "AMENDS_SLACK__BOT_TOKEN",
    "AMENDS_SLACK__APP_TOKEN",
    "AMENDS_DATABASE_URL",
]


def refusal(**variables: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings({PREFIX + name: value for name, value in variables.items()})
    return str(caught.value)


def test_nothing_set_gives_the_defaults() -> None:
    settings = load_settings({"PATH": "/bin"})
    assert settings == Settings()
    assert settings.database == "sqlite:///var/amends.db"
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8717)
    assert not settings.x.reads
    assert not settings.slack.posts


@pytest.mark.parametrize("name", known_variables())
def test_an_empty_variable_is_an_unset_one(name: str) -> None:
    assert load_settings({name: ""}) == Settings()
    assert load_settings({name: " \n"}) == Settings()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("X__BEARER_TOKN", "did you mean AMENDS_X__BEARER_TOKEN?"),
        ("HOEM", "did you mean AMENDS_HOME?"),
        ("X", "it is a group, of which each is set by itself, such as AMENDS_X__ACCESS_TOKEN."),
        ("LOG__ZZZ", "known are FORM, LEVEL, each after AMENDS_LOG__."),
        ("QQQQQQ", "known are AMENDS_CONFIG_DIR, AMENDS_DATABASE_URL, AMENDS_HOME"),
    ],
)
def test_an_unknown_variable_gets_a_hint(name: str, expected: str) -> None:
    words = refusal(**{name: "hunter2"})
    assert words.startswith(f"AMENDS_{name} is not a setting of amends; ")
    assert expected in words
    assert "hunter2" not in words


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("HTTP__PORT", "eighty", "a whole number"),
        ("HTTP__PORT", "70000", "65535 or less"),
        ("TICK_SECONDS", "0", "more than 0"),
        ("TICK_SECONDS", "inf", "a finite number"),
        ("X__POLL_SECONDS", "1e300", "86400 or less"),
        ("X__BASE_URL", "api.x.com", "an address such as https://"),
        ("X__BASE_URL", "https://me:hunter2@gateway.example.com", "without a name or password"),
        ("X__ACCOUNT_ID", "@larkline", "digits only"),
        ("X__HANDLE", "@larkline", "without the @"),
        ("SLACK__CHANNEL", "#care", "the channel's id"),
        ("LOG__LEVEL", "LOUD", "DEBUG, INFO, WARNING or ERROR"),
        ("LOG__FORM", "xml", "text or json"),
        ("CLASSIFIER__CRITICAL_MISS_RATE", "1", "less than 1"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_right(name: str, value: str, right: str) -> None:
    words = refusal(**{name: value})
    assert words.startswith(f"AMENDS_{name} is wrong: it must be ")
    assert right in words
    assert "hunter2" not in words


@pytest.mark.parametrize("name", known_variables())
@hypothesis_settings(max_examples=25)
@given(value=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=5))
def test_any_value_is_taken_or_refused_by_name_without_being_shown(name: str, value: str) -> None:
    secret = f"zq{value}qz"
    words = name
    try:
        load_settings({name: secret})
    except SettingsError as error:
        words = str(error)
    assert name in words
    assert secret not in words


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_shows_in_no_repr(name: str) -> None:
    settings = load_settings({name: "postgresql://me:hunter2@db.example.com/amends"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in str(settings.model_dump())


def test_the_list_of_secrets_is_whole() -> None:
    hidden = [name for name in known_variables() if "SecretStr" in _annotation(name)]
    assert sorted(hidden) == sorted(SECRETS)


def _annotation(variable: str) -> str:
    model: object = Settings
    for part in variable.removeprefix(PREFIX).lower().split("__"):
        model = model.model_fields[part].annotation  # type: ignore[attr-defined]  # walks models
    return str(model)


def test_a_token_pasted_with_its_line_end_is_the_token() -> None:
    settings = load_settings({"AMENDS_SLACK__BOT_TOKEN": "xoxb-1\r\n"})
    assert settings.slack.bot_token is not None
    assert settings.slack.bot_token.get_secret_value() == "xoxb-1"


def test_names_may_be_written_small() -> None:
    assert load_settings({"amends_home": "/srv/amends"}).home == Path("/srv/amends")


def test_an_id_of_digits_stays_text() -> None:
    assert load_settings({"AMENDS_X__ACCOUNT_ID": "0042"}).x.account_id == "0042"
