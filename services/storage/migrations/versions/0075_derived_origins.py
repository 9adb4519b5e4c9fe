"""Schema 0075: where a movement began of which nobody told it."""

import sqlalchemy as sa
from alembic import op

from services.storage.migrations.adding import create_index
from services.storage.models.base import BigKey

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is filled after the migration, from rows alone."""
    op.add_column("movement", sa.Column("derived_origin_id", BigKey))
    create_index(
        "ix_movement_derived",
        "movement",
        ["derived_origin_id", "arrived_on", "destination_id"],
        "derived_origin_id IS NOT NULL",
    )
