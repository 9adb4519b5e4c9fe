"""Schema 0074: the root of a batch's leaves, where the contract was given another."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, which is empty in every batch of before."""
    op.add_column("ledger_batch", sa.Column("leaves_root", sa.LargeBinary, nullable=True))
