"""Schema 0038: where an animal was seen before each departure, and how many arrived."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0038"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Mark what moved as outdated: it is made again from the journal after the migration."""
    op.add_column("movement", sa.Column("seen_on", sa.Date))
    op.add_column("movement", sa.Column("heads", BigKey))
    # SQLite takes a reference with its column alone.
    key = BigKey.dialect_impl(op.get_bind().dialect).compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE movement ADD COLUMN seen_at_id {key} "
        "CONSTRAINT fk_movement_seen_at_id_premises REFERENCES premises (id)"
    )
    op.execute(
        "UPDATE animal SET last_on = '9999-12-31' WHERE id IN (SELECT animal_id FROM movement)"
    )
