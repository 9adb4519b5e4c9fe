"""Schema 0046: when a person's texts reached the ceiling of cost of their course."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import UtcTime

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has reached a ceiling yet."""
    op.add_column("subscription", sa.Column("capped_at", UtcTime))
