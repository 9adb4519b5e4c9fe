"""Texts of which parts are on their way."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "long_text",
        sa.Column("id", KEY, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("reference", KEY, nullable=False),
        sa.Column("total", KEY, nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_text")),
    )
    op.create_index("ix_long_text_number_index", "long_text", ["number_index", "reference"])
    op.create_index(op.f("ix_long_text_closed_at"), "long_text", ["closed_at"])
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_long_text_open",
        "long_text",
        ["opened_at"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "text_part",
        sa.Column("long_text_id", KEY, nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["long_text_id"],
            ["long_text.id"],
            name=op.f("fk_text_part_long_text_id_long_text"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("long_text_id", "number", name=op.f("pk_text_part")),
    )
