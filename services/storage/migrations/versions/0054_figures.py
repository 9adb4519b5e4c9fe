"""Schema 0054: targets of indicators, what goes where in DHIS2, and what was sent there."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, UtcTime

revision = "0054"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; there was no target, and no history of what was sent."""
    _create("indicator_target", "set", *_texts("indicator"), sa.Column("goal", BigKey))
    op.create_index("ix_indicator_target_programme", "indicator_target", ["programme"])
    _create("dhis2_link", "saved", *_documents("document", "names"))
    op.create_index("ix_dhis2_link_programme", "dhis2_link", ["programme"])
    op.create_table(
        "dhis2_sending",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        *_texts("key", "programme", "system", "data_set", "period", "state"),
        sa.Column("kind", sa.String),
        *_documents("counts", "conflicts"),
        sa.Column("sent_by_id", BigKey),
        sa.Column("began_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_dhis2_sending"),
        *(
            sa.UniqueConstraint(name, name=f"uq_dhis2_sending_{name}")
            for name in ("public_id", "key")
        ),
        _by_party("dhis2_sending", "sent_by_id"),
    )
    op.create_index("ix_dhis2_sending_programme_id", "dhis2_sending", ["programme", "id"])


def _create(table: str, act: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", BigKey, nullable=False),
        *_texts("programme"),
        *columns,
        sa.Column(f"{act}_by_id", BigKey, nullable=False),
        sa.Column(f"{act}_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        _by_party(table, f"{act}_by_id"),
    )


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _documents(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.JSON, nullable=False) for name in names]


def _by_party(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["party.id"], name=f"fk_{table}_{column}_party")
