"""Policy: the rules that a manager edits, in TOML files beside this module or in `config_dir`."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from config.errors import SettingsError
from config.wording import reason, stopped, suggestion

HERE = Path(__file__).parent

# The words of models.labels, which this room may not import; a test holds the two together.
Urgency = Literal["critical", "high", "normal", "low", "none"]
Risk = Literal[
    "safety", "legal", "press", "fraud", "vulnerable", "selfharm", "discrimination", "churn"
]
Category = Literal[
    "delay", "lost_damaged", "quality", "technical", "billing", "order", "staff", "support",
    "policy", "safety", "security", "other", "none",
]  # fmt: skip

# With these a person writes from nothing, unless a policy file says otherwise.
GRAVE: tuple[Risk, ...] = (
    "selfharm", "safety", "legal", "press", "discrimination", "vulnerable", "fraud",
)  # fmt: skip
A_YEAR_OF_MINUTES = 366 * 24 * 60
PLACEHOLDERS = ("{handle}", "{issue}")


def _with_selfharm(risks: tuple[Risk, ...]) -> tuple[Risk, ...]:
    if "selfharm" not in risks:
        raise ValueError("it must hold selfharm: no template and no gift fits such a post")
    return risks


GraveRisks = Annotated[tuple[Risk, ...], AfterValidator(_with_selfharm)]


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
    urgencies: tuple[Urgency, ...] = ("critical", "high")
    any_risk: bool = True
    keep_promise: bool = True
    max_age_hours: float = Field(48, gt=0, le=87_600)


class CasePolicy(_Rules):
    """Opening and alerting."""

    opening: Opening = Opening()
    alerting: Alerting = Alerting()


class Deadlines(_Rules):
    """Minutes to an answer by urgency, and days after which a quiet case closes."""

    answer_minutes: dict[Urgency, Annotated[float, Field(gt=0, le=A_YEAR_OF_MINUTES)]]
    close_quiet_after_days: float = Field(7, gt=0, le=3660)

    def minutes(self, urgency: str) -> float | None:
        """Minutes to an answer, None for a word that is no urgency."""
        return {str(name): value for name, value in self.answer_minutes.items()}.get(urgency)

    @field_validator("answer_minutes")
    @classmethod
    def _complete(cls, minutes: dict[str, float]) -> dict[str, float]:
        missing = [urgency for urgency in get_args(Urgency) if urgency not in minutes]
        if missing:
            raise ValueError(f"it has no {' and no '.join(missing)}; each urgency needs its time")
        return minutes


class Gesture(_Rules):
    """One goodwill gesture: when it fits, what it costs, who may grant it."""

    key: str = Field(
        pattern=r"^[a-z0-9_]+$", description="small letters, digits and _, such as voucher_small"
    )
    name: str = Field(min_length=1)
    cost: float = Field(ge=0, le=1_000_000)
    grant: Literal["agent", "lead", "manager"]
    reason: str
    categories: tuple[Category, ...] = ()
    min_anger: int = Field(0, ge=0, le=3)
    max_anger: int = Field(3, ge=0, le=3)
    min_severity: int = Field(0, ge=0, le=4)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.min_anger > self.max_anger:
            raise ValueError(f"min_anger is above max_anger, so {self.key} would never be offered")
        return self


class Gestures(_Rules):
    """The catalogue and its limits."""

    currency: str = Field(
        "EUR", pattern=r"^[A-Z]{3}$", description="the three capitals of a currency, such as EUR"
    )
    at_most: int = Field(3, ge=0, le=3)
    never_with_risks: GraveRisks = GRAVE
    gesture: tuple[Gesture, ...] = ()

    @model_validator(mode="after")
    def _unique(self) -> Self:
        keys = [gesture.key for gesture in self.gesture]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"two gestures have the key {twice[0]}")
        return self


def _only_known_placeholders(text: str) -> str:
    for found in re.findall(r"\{[^{}]*\}", text):
        if found not in PLACEHOLDERS:
            raise ValueError(
                f"{found} would reach the customer as it stands; only {' and '.join(PLACEHOLDERS)} "
                "are filled in"
            )
    return text


Words = Annotated[str, Field(min_length=1), AfterValidator(_only_known_placeholders)]
Variants = Annotated[
    tuple[Words, ...],
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

    never_with_risks: GraveRisks = GRAVE
    languages: tuple[str, ...] = ("en",)
    category_at_least: float = Field(0.4, ge=0, le=1)
    opening: Variants
    again: Variants
    content: Variants
    issues: dict[Category, Variants]
    asks: dict[Category, Variants]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for name, table in (("issues", self.issues), ("asks", self.asks)):
            if "other" not in table:
                raise ValueError(f"{name} needs an entry 'other'")
        return self


class Terms(_Rules):
    """What a channel allows to be done with its content."""

    train: bool = False


class Channels(_Rules):
    """Where replies go out through the channel's API, and the channels' terms.

    A channel without terms allows nothing.
    """

    reply: tuple[Literal["x", "reddit"], ...] = ("x", "reddit")
    terms: dict[str, Terms] = {}

    def may_train(self, channel: str) -> bool:
        """Whether what people correct on this channel may be learnt from."""
        return self.terms.get(channel, Terms()).train


class Policy(_Rules):
    """All policy files together."""

    brand: Brand
    cases: CasePolicy
    deadlines: Deadlines
    gestures: Gestures
    drafts: Drafts
    channels: Channels


def load_policy(directory: Path | None = None) -> Policy:
    """Read the policy files, each from `directory` where it stands there, else the packaged one.

    Raises SettingsError that names the file and the key.
    """
    if directory is not None:
        _refuse_unknown(directory)
    parts: dict[str, Any] = {}
    for name, model in Policy.model_fields.items():
        own = directory / f"{name}.toml" if directory else None
        path = own if own is not None and own.exists() else HERE / f"{name}.toml"
        assert isinstance(model.annotation, type)
        parts[name] = _read(path, model.annotation)
    return Policy(**parts)


def _refuse_unknown(directory: Path) -> None:
    if not directory.is_dir():
        raise SettingsError(f"AMENDS_CONFIG_DIR names {directory}, which is no folder.")
    known = [f"{name}.toml" for name in Policy.model_fields]
    for path in sorted(directory.glob("*.toml")):
        # A misspelt file would be passed over, and the packaged rules would hold instead.
        if path.name not in known:
            hint = suggestion(path.name, known)
            raise SettingsError(stopped(f"{path} is no policy file of amends{hint}"))


def _read(path: Path, model: type[BaseModel]) -> BaseModel:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not written in UTF-8; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        key = _key(first["loc"])
        where = f"{path}: {key} is wrong" if key else f"{path} is wrong"
        raise SettingsError(stopped(f"{where}: {reason(first, model)}")) from None


def _key(location: tuple[int | str, ...]) -> str:
    """The key as a person counts: `gesture 3, cost` for the third [[gesture]]."""
    words = ""
    for part in location:
        if isinstance(part, int):
            words += f" {part + 1}"
        elif part != "[key]":
            words += (", " if words and words[-1].isdigit() else "." if words else "") + part
    return words
