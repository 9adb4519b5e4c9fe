"""Schema 0077: messages that are not tried again, since what they were for has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: nothing was called off before."""
    op.add_column("message", sa.Column("called_off", sa.String, nullable=True))
