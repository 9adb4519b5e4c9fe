"""Schema 0061: the log's id of the message that caused a leaf or an answer."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0061"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which stay empty in rows of before."""
    for table in ("ledger_leaf", "message"):
        op.add_column(table, sa.Column("correlation", BigKey, nullable=True))
