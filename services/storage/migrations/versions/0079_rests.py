"""Schema 0079: the day on which a person's own pause ends, while a red flag holds the course."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: of the pauses that are held by now the day is lost."""
    op.add_column("subscription", sa.Column("rests_until", sa.Date, nullable=True))
