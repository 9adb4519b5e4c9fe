"""Schema 0059: figures of large programmes as a worker counted them; indexes for wide areas."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0059"
down_revision = "0062"
branch_labels = None
depends_on = None

_ALIVE = sa.text("ended_on IS NULL")


def upgrade() -> None:
    """Create the table, and what the places and pigs of an area are found by."""
    op.create_table(
        "indicator_count",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("programme", sa.String, nullable=False),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("first_on", "last_on")),
        *(sa.Column(name, UtcTime) for name in ("asked_at", "leased_until", "counted_at")),
        sa.Column("sums", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_indicator_count"),
        sa.UniqueConstraint(
            "programme", "first_on", "last_on", name="uq_indicator_count_programme"
        ),
    )
    op.drop_index("ix_animal_seen_at", "animal")
    op.create_index(
        "ix_animal_seen_at",
        "animal",
        ["seen_at_id", "kind", "head_count"],
        sqlite_where=_ALIVE,
        postgresql_where=_ALIVE,
    )
    op.create_index("ix_premises_point", "premises", ["latitude", "longitude"])
