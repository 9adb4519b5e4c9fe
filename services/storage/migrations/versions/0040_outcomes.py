"""Schema 0040: first dates in courses, how far a person's clinic is, and who reads their phone."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a date that was moved earlier is not known any more."""
    op.add_column("subscription", sa.Column("first_dates", sa.LargeBinary))
    op.add_column("person", sa.Column("distance", sa.String))
    op.add_column("person", sa.Column("phone_shared", sa.Boolean))
