"""Field devices: keys to sign with, and the order of their requests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    kept = sa.text("sender IS NOT NULL")
    op.create_index(
        "ix_envelope_kept", "envelope", ["received_at"], sqlite_where=kept, postgresql_where=kept
    )
    op.create_table(
        "device",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("owner_id", KEY, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("next_counter", KEY, nullable=False),
        sa.Column("skew_seconds", KEY, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("code_until", TIME, nullable=True),
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("code_digest"),
    )
    op.create_index("ix_device_owner_id", "device", ["owner_id"])
    op.create_table(
        "device_key",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.UniqueConstraint("device_id", "key_id"),
    )
    op.create_table(
        "device_turn",
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("counter", KEY, primary_key=True, autoincrement=False),
        sa.Column(
            "key_digest", sa.LargeBinary(), sa.ForeignKey("envelope.key_digest"), nullable=False
        ),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("skew_seconds", KEY, nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
    )
    waiting = sa.text("waits")
    op.create_index(
        "ix_device_turn_waiting",
        "device_turn",
        ["device_id", "counter"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
