"""Schema 0045: a person's own words, which a course says back to them."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has given words yet."""
    op.add_column("subscription", sa.Column("kept", sa.LargeBinary))
