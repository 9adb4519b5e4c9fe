"""Schema 0030: statuses of animals and premises, made from the journal after the migration."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0030"
down_revision = "0031"
branch_labels = None
depends_on = None

_REFERENCES = {
    "animal_id": "animal",
    "premises_id": "premises",
    "source_id": "journal",
    "ended_by_id": "journal",
}


def upgrade() -> None:
    """Create the table; states with results, which make statuses, are made again."""
    op.create_table(
        "status",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("animal_id", BigKey),
        sa.Column("premises_id", BigKey),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("disease", sa.String),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("source_id", BigKey, nullable=False),
        sa.Column("ended_by_id", BigKey),
        sa.PrimaryKeyConstraint("id", name="pk_status"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_status_{column}_{table}")
            for column, table in _REFERENCES.items()
        ),
    )
    for name in ("animal_id", "premises_id"):
        op.create_index(f"ix_status_{name}", "status", [name])
    op.execute(
        "UPDATE animal SET last_on = '9999-12-31' "
        "WHERE EXISTS (SELECT 1 FROM journal WHERE type = 'result')"
    )
