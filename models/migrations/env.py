"""Alembic's environment: the connection comes from models.schema, never from a file."""

from alembic import context
from sqlmodel import SQLModel

import models.tables  # noqa: F401  fills SQLModel.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
