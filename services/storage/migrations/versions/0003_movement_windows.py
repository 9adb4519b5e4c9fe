"""Movements and animals of a premises from one index in each direction; those still open."""

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_movement_outgoing",
        "movement",
        ["origin_id", "departed_on", "arrived_on", "destination_id"],
    )
    op.create_index(
        "ix_movement_ingoing",
        "movement",
        ["destination_id", "arrived_on", "departed_on", "origin_id"],
    )
    # The new ones begin with the same columns.
    op.drop_index(op.f("ix_movement_origin_id"), table_name="movement")
    op.drop_index(op.f("ix_movement_destination_id"), table_name="movement")
    op.create_index(op.f("ix_animal_registered_at_id"), "animal", ["registered_at_id"])
    # What an arrival completed, and what has not arrived.
    op.create_index(op.f("ix_movement_arrival_id"), "movement", ["arrival_id"])
    op.create_index(
        "ix_movement_open",
        "movement",
        ["departed_on"],
        postgresql_where=text("arrived_on IS NULL"),
        sqlite_where=text("arrived_on IS NULL"),
    )
