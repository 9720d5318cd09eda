"""Settings of one installation: AMENDS_* variables, typed, checked, secrets hidden."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.errors import SettingsError
from config.wording import reason, stopped, suggestion

PREFIX = "AMENDS_"
# Without a name and password before the host: they would take the place of the token.
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+(/\S*)?$")]
AN_ADDRESS = "an address such as https://gateway.example.com/x, without a name or password in it"
A_DAY = 86_400


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class XSettings(_Section):
    """X API v2. Reading needs the bearer token and `account_id`; replying the OAuth 1.0a keys."""

    base_url: Url = Field("https://api.x.com", description=AN_ADDRESS)
    bearer_token: SecretStr | None = None
    consumer_key: SecretStr | None = None
    consumer_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    access_token_secret: SecretStr | None = None
    account_id: str | None = Field(
        None, pattern=r"^[0-9]{1,19}$", description="the account's number on X, digits only"
    )
    handle: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_]{1,15}$", description="the account's name on X, without the @"
    )
    search_query: str | None = None
    poll_seconds: float = Field(60, gt=0, le=A_DAY)
    page_size: int = Field(100, ge=10, le=100)

    @property
    def reads(self) -> bool:
        """True when mentions can be read."""
        return self.bearer_token is not None and self.account_id is not None

    @property
    def writes(self) -> bool:
        """True when replies can be sent through the API."""
        keys = (
            self.consumer_key,
            self.consumer_secret,
            self.access_token,
            self.access_token_secret,
        )
        return all(key is not None for key in keys)


class RedditSettings(_Section):
    """Reddit Data API. `base_url`, when set, replaces both of Reddit's hosts (gateway, tests)."""

    base_url: Url | None = Field(None, description=AN_ADDRESS)
    client_id: str | None = None
    client_secret: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    subreddit: str | None = None
    search_query: str | None = None
    poll_seconds: float = Field(60, gt=0, le=A_DAY)
    user_agent: str = "linux:amends:v0.1 (brand care desk)"

    @property
    def reads(self) -> bool:
        """True when the subreddit can be read."""
        return None not in (self.client_id, self.client_secret, self.subreddit)

    @property
    def writes(self) -> bool:
        """True when comments can be posted as the brand's account."""
        return self.reads and self.username is not None and self.password is not None


class SlackSettings(_Section):
    """Slack app in Socket Mode: a bot token (xoxb-), an app-level token (xapp-), a channel id."""

    base_url: Url = Field("https://slack.com/api/", description=AN_ADDRESS)
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    channel: str | None = Field(
        None,
        pattern=r"^[CG][A-Z0-9]{2,}$",
        description="the channel's id, such as C0123456789 (Slack shows it at the end of the "
        "channel's details), not its name",
    )

    @property
    def posts(self) -> bool:
        """True when alerts can be posted."""
        return self.bot_token is not None and self.channel is not None

    @property
    def listens(self) -> bool:
        """True when clicks can be heard."""
        return self.posts and self.app_token is not None


class ClassifierSettings(_Section):
    """How posts are judged."""

    sentiment_model: str | None = None
    threads: int = Field(2, ge=1, le=64)
    batch: int = Field(256, ge=1, le=4096)
    critical_miss_rate: float = Field(0.05, gt=0, lt=1)


class HttpSettings(_Section):
    """Where the desk and its health page listen."""

    host: str = "127.0.0.1"
    port: int = Field(8717, ge=0, le=65535)


class LogSettings(_Section):
    """Log lines on standard error."""

    level: str = Field(
        "INFO",
        pattern=r"^(DEBUG|INFO|WARNING|ERROR)$",
        description="DEBUG, INFO, WARNING or ERROR",
    )
    form: str = Field("text", pattern=r"^(text|json)$", description="text or json")


class Settings(BaseSettings):
    """All settings. Variables are `AMENDS_` and the names below, nested ones joined by `__`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )

    home: Path = Path("var")
    database_url: SecretStr | None = None
    config_dir: Path | None = None
    tick_seconds: float = Field(5, gt=0, le=A_DAY)
    x: XSettings = XSettings()
    reddit: RedditSettings = RedditSettings()
    slack: SlackSettings = SlackSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the base class names all of them
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from `load_settings` alone, so that a test's or a demo's are complete."""
        return (init_settings,)

    @property
    def database(self) -> str:
        """The database URL, by default a SQLite file in `home`; it may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'amends.db'}"


class _Variables(EnvSettingsSource):
    """The settings that a mapping of variables holds."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        # A token that was pasted with its line end would be refused, or break a header.
        return {
            name.lower(): value.strip()
            for name, value in self._environ.items()
            if value.strip() and name.upper().startswith(PREFIX)
        }


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from the environment.

    Raises SettingsError that names the variable, for an unknown one or a wrong value.
    """
    variables = os.environ if environ is None else environ
    _refuse_unknown(variables)
    try:
        return Settings(**_Variables(variables)())
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        variable = PREFIX + "__".join(str(part).upper() for part in first["loc"])
        raise SettingsError(stopped(f"{variable} is wrong: {reason(first, Settings)}")) from None


def known_variables() -> list[str]:
    """Every AMENDS_* variable that has a meaning, sorted."""
    return sorted(_variables(Settings, PREFIX))


def _variables(model: type[BaseModel], prefix: str) -> Iterable[str]:
    for name, field in model.model_fields.items():
        variable = prefix + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, _Section):
            yield from _variables(field.annotation, variable + "__")
        else:
            yield variable


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = known_variables()
    for name in sorted(environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            hint = _hint(name.upper(), known)
            raise SettingsError(stopped(f"{name} is not a setting of amends{hint}"))


def _hint(name: str, known: list[str]) -> str:
    # What all names begin with would make any two of them look alike.
    group, nested, _ = name.removeprefix(PREFIX).partition("__")
    beginning = f"{PREFIX}{group}__"
    rest = [each.removeprefix(beginning) for each in known if each.startswith(beginning)]
    if rest and nested:
        hint = suggestion(name.removeprefix(beginning), rest)
        return hint.replace("did you mean ", f"did you mean {beginning}") + (
            "" if "did you mean" in hint else f", each after {beginning}"
        )
    if rest:
        return f"; it is a group, of which each is set by itself, such as {beginning}{rest[0]}"
    near = suggestion(name.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known])
    if "did you mean" in near:
        return near.replace("did you mean ", f"did you mean {PREFIX}")
    single = [each for each in known if "__" not in each]
    groups = sorted({each.split("__")[0] + "__…" for each in known if "__" in each})
    return f"; known are {', '.join(single + groups)}"
