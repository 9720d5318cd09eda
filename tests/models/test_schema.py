"""The schema: migrations build what the tables say, and a strange database is told apart."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.schema import CheckConstraint
from sqlmodel import SQLModel

import models.tables  # noqa: F401  fills SQLModel.metadata
from config.errors import AmendsError
from models.database import connect
from models.schema import current, ensure, head, refuse_other_schema, upgrade


def at(path: Path) -> Engine:
    return connect(f"sqlite:///{path / 'amends.db'}")


def test_migrations_build_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    # Alembic does not compare these.
    found = inspect(engine)
    for table in SQLModel.metadata.sorted_tables:
        declared = {
            str(check.name): str(check.sqltext)
            for check in table.constraints
            if isinstance(check, CheckConstraint)
        }
        built = {
            str(each["name"]): each["sqltext"] for each in found.get_check_constraints(table.name)
        }
        assert built == declared
        named = {
            str(index.name): str(index.dialect_options["sqlite"]["where"])
            for index in table.indexes
        }
        wheres = {
            str(each["name"]): str(each.get("dialect_options", {}).get("sqlite_where"))
            for each in found.get_indexes(table.name)
            if not each.get("duplicates_constraint")
        }
        assert {name: wheres.get(name) for name in named} == named


def test_an_empty_database_gets_its_schema(tmp_path: Path) -> None:
    engine = at(tmp_path)
    assert current(engine) is None
    with pytest.raises(AmendsError, match="is empty; `amends db upgrade`"):
        refuse_other_schema(engine)
    ensure(engine)
    assert current(engine) == head()
    ensure(engine)
    refuse_other_schema(engine)
    engine.dispose()


def test_upgrading_twice_is_upgrading_once(tmp_path: Path) -> None:
    engine = at(tmp_path)
    assert upgrade(engine) == head()
    tables = inspect(engine).get_table_names()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO cursor VALUES ('a', '1', '2026-01-01 00:00:00')"))
    assert upgrade(engine) == head()
    assert inspect(engine).get_table_names() == tables
    with engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM cursor")).scalar() == "1"
    engine.dispose()


def test_a_newer_database_is_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (ensure, upgrade):
        with pytest.raises(AmendsError, match="schema 9999, which a newer amends has made"):
            act(engine)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "amends.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE films (title TEXT)")
    connection.close()
    engine = at(tmp_path)
    for act in (ensure, upgrade):
        with pytest.raises(AmendsError, match="tables that are not of amends"):
            act(engine)
    assert inspect(engine).get_table_names() == ["films"]
    engine.dispose()
