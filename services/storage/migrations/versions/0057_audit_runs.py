"""Schema 0057: audits as jobs, attempts to sign in that processes count together, list indexes."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime, WholeSecond

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and what lists of the newest records and messages are read by."""
    op.create_table(
        "audit_run",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("asked_by_id", BigKey),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("sample", BigKey),
        sa.Column("seed", Octets),
        sa.Column("among", BigKey),
        sa.Column("projections", sa.Boolean, nullable=False),
        *(sa.Column(name, UtcTime) for name in ("started_at", "leased_until")),
        *(sa.Column(name, BigKey, nullable=False) for name in ("tries", "done")),
        sa.Column("size", BigKey),
        sa.Column("ended_at", UtcTime),
        *(sa.Column(name, sa.String) for name in ("verdict", "report")),
        sa.PrimaryKeyConstraint("id", name="pk_audit_run"),
        sa.UniqueConstraint("public_id", name="uq_audit_run_public_id"),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["party.id"], name="fk_audit_run_asked_by_id_party"
        ),
    )
    op.create_index("ix_audit_run_asked_by_id", "audit_run", ["asked_by_id"])
    op.create_table(
        "sign_in_attempts",
        sa.Column("bucket", BigKey, nullable=False, autoincrement=False),
        sa.Column("since", WholeSecond, nullable=False),
        sa.Column("count", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_journal_type", "journal", ["type", "id"])
    op.drop_index("ix_journal_occurred_on", "journal")
    op.create_index("ix_journal_day", "journal", ["occurred_on", "id"])
    op.drop_index("ix_message_state", "message")
    op.create_index("ix_message_state", "message", ["state", "id"])
