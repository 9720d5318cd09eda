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
        policy = load_policy(settings.config_dir)
        engine = connect(settings.database)
        ensure(engine)
        return cls(settings, policy, engine)
