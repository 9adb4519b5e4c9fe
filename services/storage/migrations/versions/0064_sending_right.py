"""Schema 0064: the right to send, which no backup carries."""

import sqlalchemy as sa
from alembic import op

from services.core.clock import utc_now
from services.storage.models.base import BigKey, UtcTime

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; this database, where it is now, may send."""
    made = op.create_table(
        "sending_right",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("by_id", BigKey, nullable=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["party.id"], name="fk_sending_right_by_id_party"),
        sa.PrimaryKeyConstraint("id", name="pk_sending_right"),
    )
    # The place stays open until something is sent: see `storage.sending_right`.
    op.bulk_insert(made, [{"kind": "made", "mark": "", "at": utc_now()}])
