"""The house: settings, policy and database of one installation, put together once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from config.policy import Policy, load_policy
from config.settings import Settings
from models.database import connect
from models.schema import ensure


def utc_now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """What every command works with."""

    settings: Settings
    policy: Policy
    engine: Engine
    clock: Callable[[], datetime] = utc_now

    @classmethod
    def build(cls, settings: Settings) -> "House":
        """Read the policy and open the database, making its schema where it is empty.

        Raises SettingsError or AmendsError.
        """
        policy = _with_keys(load_policy(settings.config_dir), settings)
        engine = connect(settings.database)
        ensure(engine)
        return cls(settings, policy, engine)


def _with_keys(policy: Policy, settings: Settings) -> Policy:
    """The policy with replies only where there are keys to send them.

    Without this a reply that nobody can send would be on its way for ever.
    """
    has_keys = {"x": settings.x.writes, "reddit": settings.reddit.writes}
    reply = tuple(channel for channel in policy.channels.reply if has_keys[channel])
    channels = policy.channels.model_copy(update={"reply": reply})
    return policy.model_copy(update={"channels": channels})
