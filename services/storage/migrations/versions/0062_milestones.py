"""Schema 0062: the time of the last backup."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import UtcTime

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "milestone",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_milestone"),
    )
