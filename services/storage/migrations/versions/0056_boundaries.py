"""Schema 0056: outlines of provinces and districts; indexes for what an order reaches."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0056"
down_revision = "0053"
branch_labels = None
depends_on = None

_ALIVE = sa.text("ended_on IS NULL")


def upgrade() -> None:
    """Create the table, empty until a file is imported, and the indexes."""
    op.create_table(
        "boundary",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("province", sa.String, nullable=False),
        sa.Column("district", sa.String),
        *(
            sa.Column(name, sa.Double, nullable=False)
            for name in ("west", "south", "east", "north")
        ),
        *(sa.Column(name, sa.String, nullable=False) for name in ("shape", "outline")),
        sa.PrimaryKeyConstraint("id", name="pk_boundary"),
    )
    op.create_index("ix_boundary_name", "boundary", ["province", "district"])
    op.create_index(
        "ix_animal_seen_at",
        "animal",
        ["seen_at_id"],
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    )
    op.create_index("ix_task_premises_id", "task", ["premises_id"])
