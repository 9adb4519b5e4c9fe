"""Schema 0026: questions about evidence that nobody answered are found by the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

_UNANSWERED = sa.text(
    "kind IN ('evidence', 'evidence_code') AND state IN ('open', 'expired', 'spent')"
)


def upgrade() -> None:
    """Index what waits for an officer."""
    op.create_index(
        "ix_claim_unanswered",
        "claim",
        ["expires_at"],
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )
