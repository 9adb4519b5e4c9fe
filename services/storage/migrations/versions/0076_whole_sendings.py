"""Schema 0076: whether a sending to DHIS2 was of everything, which its key stands for, too."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of sendings of before it says no."""
    column = sa.Column("everything", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("dhis2_sending", column)
