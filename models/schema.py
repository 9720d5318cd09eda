"""The schema: migrations run from the package, and a word when the database is not up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from config.errors import AmendsError


def upgrade(engine: Engine) -> str:
    """Bring the database to the newest schema and return its revision.

    Raises AmendsError for a database of something else or of a newer amends.
    """
    if current(engine) not in (None, *_revisions()) or _is_foreign(engine):
        refuse_other_schema(engine)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head()


def ensure(engine: Engine) -> None:
    """Make the schema in an empty database; refuse one of another version.

    Raises AmendsError that says what to do.
    """
    found = current(engine)
    if found == head():
        return
    if found is None and not inspect(engine).get_table_names():
        upgrade(engine)
        return
    refuse_other_schema(engine)


def refuse_other_schema(engine: Engine) -> None:
    """Raise AmendsError, which says what to do, for a schema that is not this version's."""
    found = current(engine)
    if found == head():
        return
    if found is None:
        if not inspect(engine).get_table_names():
            raise AmendsError("The database is empty; `amends db upgrade` makes its tables.")
        raise AmendsError(
            "The database holds tables that are not of amends. Point AMENDS_HOME or "
            "AMENDS_DATABASE_URL at a database of its own."
        )
    if found not in _revisions():
        raise AmendsError(
            f"The database is at schema {found}, which a newer amends has made; this one knows "
            f"{head()}. Install the newer version again, or restore a backup from before it."
        )
    raise AmendsError(
        f"The database is at schema {found}, this version needs {head()}. "
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


def _is_foreign(engine: Engine) -> bool:
    return current(engine) is None and bool(inspect(engine).get_table_names())


def _revisions() -> frozenset[str]:
    script = ScriptDirectory.from_config(_config())
    return frozenset(each.revision for each in script.walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
