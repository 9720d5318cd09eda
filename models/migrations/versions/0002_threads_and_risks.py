"""A verdict says by a column of its own that it rests on earlier posts; risks can be corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

SUFFIX = "+thread"  # what stood behind the model's name before
VERDICT = sa.table(
    "verdict", sa.column("model", sa.String()), sa.column("with_thread", sa.Boolean())
)


def upgrade() -> None:
    # Adds the column in place: SQLite could not put a new table where corrections point to.
    op.add_column(
        "verdict",
        sa.Column("with_thread", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    plain = sa.func.substr(VERDICT.c.model, 1, sa.func.length(VERDICT.c.model) - len(SUFFIX))
    op.execute(
        VERDICT.update()
        .where(sa.func.substr(VERDICT.c.model, _place_of_suffix()) == SUFFIX)
        .values(model=plain, with_thread=sa.true())
    )
    _allow_corrections_of("'complaint', 'urgency', 'category', 'anger', 'risks'")


def downgrade() -> None:
    # What the older version has no word for cannot stay.
    op.execute(sa.text("DELETE FROM correction WHERE field = 'risks'"))
    _allow_corrections_of("'complaint', 'urgency', 'category', 'anger'")
    op.execute(VERDICT.update().where(VERDICT.c.with_thread).values(model=VERDICT.c.model + SUFFIX))
    op.drop_column("verdict", "with_thread")


def _place_of_suffix() -> sa.ColumnElement[int]:
    return sa.func.length(VERDICT.c.model) - len(SUFFIX) + 1


def _allow_corrections_of(fields: str) -> None:
    with op.batch_alter_table("correction") as batch_op:
        batch_op.drop_constraint("ck_correction_field", type_="check")
        batch_op.create_check_constraint("ck_correction_field", f"field IN ({fields})")
