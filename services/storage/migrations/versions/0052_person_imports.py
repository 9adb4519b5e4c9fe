"""Schema 0052: lists of people that planners import."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_RUNNING = sa.text("state = 'running'")
_COUNTS = ("total", "taken", "people", "changed", "enrolled", "unchanged")


def upgrade() -> None:
    """Create the tables; nothing was imported by a page before."""
    op.create_table(
        "person_import",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("party_id", BigKey, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("programme", "state")),
        *(
            sa.Column(name, Octets, nullable=False)
            for name in ("file_name", "digest", "options", "summary")
        ),
        *(sa.Column(name, BigKey, nullable=False, server_default="0") for name in _COUNTS),
        *(sa.Column(name, UtcTime, nullable=False) for name in ("created_at", "ends_at")),
        *(sa.Column(name, UtcTime) for name in ("started_at", "finished_at")),
        sa.PrimaryKeyConstraint("id", name="pk_person_import"),
        sa.UniqueConstraint("public_id", name="uq_person_import_public_id"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name="fk_person_import_party_id_party"),
    )
    op.create_index("ix_person_import_party_id", "person_import", ["party_id"])
    op.create_index("ix_person_import_ends_at", "person_import", ["ends_at"])
    op.create_index(
        "ix_person_import_running",
        "person_import",
        ["id"],
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    op.create_table(
        "person_import_row",
        *(sa.Column(name, BigKey, nullable=False) for name in ("id", "import_id", "line")),
        sa.Column("cells", Octets, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        *(sa.Column(name, Octets) for name in ("number_index", "fault")),
        sa.PrimaryKeyConstraint("id", name="pk_person_import_row"),
        sa.UniqueConstraint("import_id", "line", name="uq_person_import_row_import_id"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["person_import.id"], name="fk_person_import_row_import_id_person_import"
        ),
    )
    op.create_index("ix_person_import_row_number_index", "person_import_row", ["number_index"])
    op.create_index(
        "ix_person_import_row_state", "person_import_row", ["import_id", "state", "line"]
    )
