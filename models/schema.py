"""The schema: migrations run from the package, and a word when the database is not up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from config.errors import AmendsError


def upgrade(engine: Engine) -> str:
    """Bring the database to the newest schema and return its revision."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head()


def ensure(engine: Engine) -> None:
    """Make the schema in an empty database; refuse one of another version.

    Raises AmendsError that names the command to run.
    """
    found = current(engine)
    if found == head():
        return
    if found is None and not inspect(engine).get_table_names():
        upgrade(engine)
        return
    raise AmendsError(
        f"The database is at schema {found or 'unknown'}, this version needs {head()}. "
        "Back it up, then run `amends db upgrade`."
    )


def current(engine: Engine) -> str | None:
    """The database's revision, or None for a database without one."""
    with engine.execution_options(amends_read=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest revision that this package knows."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    assert newest is not None, "the package ships at least one migration"
    return newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
