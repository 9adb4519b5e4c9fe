"""Schema 0047: the hour that a person chose for the texts of a course."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0047"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has chosen yet."""
    op.add_column("subscription", sa.Column("hour", BigKey))
