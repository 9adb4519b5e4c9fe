"""Schema 0035: ends of lives beside movements, carcasses, and the pigs that pork came from."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

_CARCASS = sa.text("carcass IS NOT NULL")


def upgrade() -> None:
    """Add columns, table and indexes; states that ended by a slaughter are made again."""
    op.add_column("movement", sa.Column("ended_on", sa.Date))
    op.execute(
        "UPDATE movement SET ended_on = (SELECT animal.ended_on FROM animal "
        "WHERE animal.id = movement.animal_id AND animal.last_on <= animal.ended_on) "
        "WHERE animal_id IN (SELECT id FROM animal WHERE ended_on IS NOT NULL)"
    )
    op.create_index(
        "ix_movement_lives", "movement", ["destination_id", "ended_on", "arrived_on", "animal_id"]
    )
    op.create_index("ix_movement_animal", "movement", ["animal_id", "origin_id", "departed_on"])
    op.drop_index("ix_movement_animal_id", "movement")
    op.add_column("animal", sa.Column("carcass", sa.String))
    op.add_column("animal", sa.Column("carcass_kilograms", sa.Double))
    op.create_index(
        "ix_animal_carcass",
        "animal",
        ["carcass", "ended_on"],
        sqlite_where=_CARCASS,
        postgresql_where=_CARCASS,
    )
    op.create_table(
        "pork_source",
        sa.Column("consignment_id", BigKey, nullable=False),
        sa.Column("scheme", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.ForeignKeyConstraint(
            ["consignment_id"], ["animal.id"], "fk_pork_source_consignment_id_animal"
        ),
        sa.PrimaryKeyConstraint("consignment_id", "scheme", "value", name="pk_pork_source"),
    )
    op.create_index("ix_pork_source_number", "pork_source", ["scheme", "value"])
    op.execute(
        "UPDATE animal SET last_on = '9999-12-31' "
        "WHERE ended_by_id IN (SELECT id FROM journal WHERE type = 'slaughter')"
    )
