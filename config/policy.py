"""Policy: the rules that a manager edits, in TOML files beside this module or in `config_dir`."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from config.errors import SettingsError

HERE = Path(__file__).parent


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Brand(_Rules):
    """Who the desk speaks for."""

    name: str = Field(min_length=1)
    signature: str = ""
    similar_names: tuple[str, ...] = ()


class Opening(_Rules):
    """Which verdicts open a case."""

    complaint_at_least: float | None = Field(None, ge=0, le=1)
    risks_open: bool = True
    abstained: Literal["queue", "ignore"] = "queue"


class Alerting(_Rules):
    """Which of the opened cases alert at once; the others wait in the queue."""

    anger_at_least: int = Field(2, ge=0, le=4)
    urgencies: tuple[str, ...] = ("critical", "high")
    any_risk: bool = True
    max_age_hours: float = Field(48, gt=0)


class CasePolicy(_Rules):
    """Opening and alerting."""

    opening: Opening = Opening()
    alerting: Alerting = Alerting()


class Deadlines(_Rules):
    """Minutes to an answer by urgency, and days after which a quiet case closes."""

    answer_minutes: dict[str, float]
    close_quiet_after_days: float = Field(7, gt=0)


class Gesture(_Rules):
    """One goodwill gesture: when it fits, what it costs, who may grant it."""

    key: str = Field(pattern=r"^[a-z0-9_]+$")
    name: str
    cost: float = Field(ge=0)
    grant: Literal["agent", "lead", "manager"]
    reason: str
    categories: tuple[str, ...] = ()
    min_anger: int = Field(0, ge=0, le=3)
    max_anger: int = Field(3, ge=0, le=3)
    min_severity: int = Field(0, ge=0, le=4)


class Gestures(_Rules):
    """The catalogue and its limits."""

    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    at_most: int = Field(3, ge=0, le=3)
    never_with_risks: tuple[str, ...] = ()
    gesture: tuple[Gesture, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        keys = [gesture.key for gesture in self.gesture]
        if len(keys) != len(set(keys)):
            raise ValueError("two gestures have the same key")
        return self


Variants = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
]


class Drafts(_Rules):
    """Words of the draft reply: an opening, a request, then the brand's signature.

    Each is one text or several variants, of which a case gets one by its number. `{handle}` and
    `{issue}` are filled in. `again` opens a later reply in the same case, where a repeated apology
    would backfire; `content` is all that is said to a customer who is pleased by now. `issues` and
    `asks` are by category; `other` stands in where a category is missing or not sure enough.
    """

    never_with_risks: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    category_at_least: float = Field(0.4, ge=0, le=1)
    opening: Variants
    again: Variants
    content: Variants
    issues: dict[str, Variants]
    asks: dict[str, Variants]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, table in (("issues", self.issues), ("asks", self.asks)):
            if "other" not in table:
                raise ValueError(f"{name} needs an entry 'other'")
        return self


class Policy(_Rules):
    """All policy files together."""

    brand: Brand
    cases: CasePolicy
    deadlines: Deadlines
    gestures: Gestures
    drafts: Drafts


def load_policy(directory: Path | None = None) -> Policy:
    """Read the policy files, each from `directory` where it stands there, else the packaged one.

    Raises SettingsError that names the file and the key.
    """
    if directory is not None and not directory.is_dir():
        raise SettingsError(f"AMENDS_CONFIG_DIR names {directory}, which is no folder.")
    parts: dict[str, Any] = {}
    for name, model in Policy.model_fields.items():
        own = directory / f"{name}.toml" if directory else None
        path = own if own is not None and own.exists() else HERE / f"{name}.toml"
        assert isinstance(model.annotation, type)
        parts[name] = _read(path, model.annotation)
    return Policy(**parts)


def _read(path: Path, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        message = first["msg"][0].lower() + first["msg"][1:]
        raise SettingsError(f"{path}: {key} is wrong: {message}.") from None
