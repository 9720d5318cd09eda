"""Settings of one installation: AMENDS_* variables, typed, checked, secrets hidden."""

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from config.errors import SettingsError

PREFIX = "AMENDS_"
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class XSettings(_Section):
    """X API v2. Reading needs the bearer token and `account_id`; replying the OAuth 1.0a keys."""

    base_url: Url = "https://api.x.com"
    bearer_token: SecretStr | None = None
    consumer_key: SecretStr | None = None
    consumer_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    access_token_secret: SecretStr | None = None
    account_id: str | None = Field(None, pattern=r"^\d{1,19}$")
    handle: str | None = Field(None, pattern=r"^\w{1,15}$")
    search_query: str | None = None
    poll_seconds: float = Field(60, gt=0)
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

    base_url: Url | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    subreddit: str | None = None
    search_query: str | None = None
    poll_seconds: float = Field(60, gt=0)
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

    base_url: Url = "https://slack.com/api/"
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    channel: str | None = Field(None, pattern=r"^[CG][A-Z0-9]{2,}$")

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

    level: str = Field("INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")
    form: str = Field("text", pattern=r"^(text|json)$")


class Settings(BaseSettings):
    """All settings. Variables are `AMENDS_` and the names below, nested ones joined by `__`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
    )

    home: Path = Path("var")
    database_url: str | None = None
    config_dir: Path | None = None
    tick_seconds: float = Field(5, gt=0)
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
        """The database URL, by default a SQLite file in `home`."""
        return self.database_url or f"sqlite:///{self.home / 'amends.db'}"


class _Variables(EnvSettingsSource):
    """The settings that a mapping of variables holds."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {
            name.lower(): value
            for name, value in self._environ.items()
            if value and name.upper().startswith(PREFIX)
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
        first = error.errors()[0]
        raise SettingsError(_explain(first["loc"], first["msg"])) from None
    except ValueError as error:
        # pydantic-settings refuses a non-JSON value for a whole section (AMENDS_X=...).
        raise SettingsError(f"A setting cannot be read: {error}.") from None


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
        if not name.upper().startswith(PREFIX) or name.upper() in known:
            continue
        near = difflib.get_close_matches(name.upper(), known, n=1)
        hint = f" Did you mean {near[0]}?" if near else " `amends doctor` lists the known ones."
        raise SettingsError(f"{name} is not a setting of amends.{hint}")


def _explain(location: tuple[Any, ...], message: str) -> str:
    variable = PREFIX + "__".join(str(part).upper() for part in location)
    # The value itself is left out: it may be a secret in the wrong variable.
    return f"{variable} is wrong: {message[0].lower()}{message[1:]}."
