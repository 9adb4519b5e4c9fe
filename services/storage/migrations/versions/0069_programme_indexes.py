"""Schema 0069: indexes by time and of courses that are over; whom a recall has still to note."""

import sqlalchemy as sa
from alembic import op

from services.storage.migrations.adding import create_index
from services.storage.models.base import BigKey

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes, then the columns: broken off, a step begins anew."""
    create_index("ix_message_course", "message", ["planned_at"], "purpose = 'course'", timed=True)
    create_index("ix_attempt_started_at", "attempt", ["started_at"], timed=True)
    over = "next_on IS NULL AND state = 'active'"
    create_index("ix_subscription_finishing", "subscription", ["id"], over)
    op.add_column("recall", sa.Column("wrong_versions", sa.JSON(), nullable=True))
    op.add_column("recall", sa.Column("noted_to", BigKey, nullable=True))
