"""Answers go before mailings: messages have a priority."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("message", sa.Column("priority", KEY, server_default="0", nullable=False))
    op.drop_index("ix_message_due", table_name="message")
    op.create_index("ix_message_due", "message", ["state", "priority", "due_at"])
