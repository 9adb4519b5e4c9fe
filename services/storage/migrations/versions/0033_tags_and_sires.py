"""Schema 0033: the sire of an animal, and ranges of tags that are ordered and not issued yet."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0033"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table; no earlier event tells of a sire or an order."""
    key = BigKey.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE animal ADD COLUMN sire_id {key} "
        "CONSTRAINT fk_animal_sire_id_animal REFERENCES animal (id)"
    )
    op.create_table(
        "tag_order",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("last", sa.String, nullable=False),
        sa.Column("premises_id", BigKey, nullable=False),
        sa.Column("journal_id", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tag_order"),
        sa.UniqueConstraint("first", name="uq_tag_order_first"),
        sa.UniqueConstraint("last", name="uq_tag_order_last"),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name="fk_tag_order_premises_id_premises"
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name="fk_tag_order_journal_id_journal"
        ),
    )
    op.create_index("ix_tag_order_premises_id", "tag_order", ["premises_id"])
