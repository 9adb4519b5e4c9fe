"""Schema 0027: first, last and proving events of animals, whose state goes by order of days."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0027"
down_revision = "0023"
branch_labels = None
depends_on = None

_PART = sa.text("part_of_id IS NOT NULL")
_OUTDATED = sa.text("last_on = '9999-12-31'")


def upgrade() -> None:
    """Mark every state as outdated: it is made again from the journal after the migration."""
    for name in ("first_on", "last_on", "seen_on"):
        op.add_column("animal", sa.Column(name, sa.Date))
    # SQLite takes a reference with its column alone.
    key = BigKey.dialect_impl(op.get_bind().dialect).compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE animal ADD COLUMN seen_at_id {key} "
        "CONSTRAINT fk_animal_seen_at_id_premises REFERENCES premises (id)"
    )
    op.execute("UPDATE animal SET last_on = '9999-12-31'")
    for name, column, which in (
        ("ix_animal_part", "part_of_id", _PART),
        ("ix_animal_outdated", "id", _OUTDATED),
    ):
        op.create_index(name, "animal", [column], sqlite_where=which, postgresql_where=which)
