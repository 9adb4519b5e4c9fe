"""Schema 0078: parts of texts, each with the text that it is a part of."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index: of the parts of before nobody knows."""
    op.add_column("message", sa.Column("part_of", BigKey, nullable=True))
    there = sa.text("part_of IS NOT NULL")
    op.create_index(
        "ix_message_part_of", "message", ["part_of"], sqlite_where=there, postgresql_where=there
    )
