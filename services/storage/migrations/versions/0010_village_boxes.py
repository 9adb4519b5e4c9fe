"""Boxes of villages: what each was told, the phones that it serves, the numbers that it gives."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "village_box",
        sa.Column(
            "device_id", KEY, sa.ForeignKey("device.id"), primary_key=True, autoincrement=False
        ),
        sa.Column("synced_at", TIME, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("queued", KEY, nullable=False),
        sa.Column("free_bytes", KEY, nullable=True),
        sa.Column("statuses_version", KEY, nullable=False),
        sa.Column("statuses_digest", sa.LargeBinary(), nullable=True),
        sa.Column("programmes_version", KEY, nullable=False),
        sa.Column("programmes_digest", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "village_answer",
        sa.Column(
            "key_digest", sa.LargeBinary(), sa.ForeignKey("envelope.key_digest"), primary_key=True
        ),
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), nullable=False),
    )
    op.create_index("ix_village_answer_device_id", "village_answer", ["device_id"])
    op.create_table(
        "village_phone",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("said_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("elsewhere", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("number_index"),
    )
    op.create_index("ix_village_phone_device_id", "village_phone", ["device_id"])
    op.create_table(
        "village_question",
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), primary_key=True),
        sa.Column("scheme", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), primary_key=True),
        sa.Column("asked_at", TIME, nullable=False),
    )
    op.create_table(
        "village_numbers",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("first", KEY, nullable=False),
        sa.Column("last", KEY, nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.UniqueConstraint("first"),
    )
    op.create_index("ix_village_numbers_device_id", "village_numbers", ["device_id"])
