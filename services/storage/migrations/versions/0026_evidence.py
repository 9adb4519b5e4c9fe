"""Schema 0026: questions about evidence that nobody answered, and senders whose reports alarmed."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, UtcTime

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

_UNANSWERED = sa.text(
    "kind IN ('evidence', 'evidence_code') AND state IN ('open', 'expired', 'spent')"
)


def upgrade() -> None:
    """Index what waits for an officer, and count alarms by sender."""
    op.create_index(
        "ix_claim_unanswered",
        "claim",
        ["expires_at"],
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )
    op.create_table(
        "alarm_sender",
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("sender_id", BigKey, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("day", UtcTime, nullable=False),
        sa.Column("places", BigKey, nullable=False),
        sa.Column("of_day", BigKey, nullable=False),
        sa.Column("untold", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("kind", "sender_id", name="pk_alarm_sender"),
    )
