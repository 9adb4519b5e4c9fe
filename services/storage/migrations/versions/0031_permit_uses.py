"""Schema 0031: pigs that used up a permit, by their arrivals."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0031"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what closed before this version has no rows in it, and stays closed."""
    op.create_table(
        "permit_use",
        sa.Column("journal_id", BigKey, nullable=False),
        sa.Column("animal_id", BigKey, nullable=False),
        sa.Column("permit_id", BigKey, nullable=False),
        sa.Column("heads", BigKey, nullable=False),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], "fk_permit_use_journal_id_journal"),
        sa.ForeignKeyConstraint(["animal_id"], ["animal.id"], "fk_permit_use_animal_id_animal"),
        sa.ForeignKeyConstraint(["permit_id"], ["permit.id"], "fk_permit_use_permit_id_permit"),
        sa.PrimaryKeyConstraint("journal_id", "animal_id", name="pk_permit_use"),
    )
    op.create_index("ix_permit_use_permit_id", "permit_use", ["permit_id"])
    op.create_index("ix_permit_use_animal_id", "permit_use", ["animal_id"])
