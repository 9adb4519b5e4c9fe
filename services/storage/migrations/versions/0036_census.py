"""Schema 0036: censuses of pigs, the keepers whom each asks, and an index of open tasks."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0036"
down_revision = "0038"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")
_UNANSWERED = sa.text("journal_id IS NULL")


def upgrade() -> None:
    """Create both tables and the index."""
    op.create_table(
        "census",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("subject_key", Octets, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("number", "state")),
        *(sa.Column(name, sa.String) for name in ("province", "district")),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("first_day", "last_day")),
        sa.Column("draft_id", BigKey, nullable=False),
        *(sa.Column(name, BigKey) for name in ("drafted_by_id", "approved_by_id")),
        sa.Column("drafted_at", UtcTime, nullable=False),
        *(sa.Column(name, UtcTime) for name in ("opened_at", "closed_at")),
        *(
            sa.Column(name, BigKey, nullable=False)
            for name in ("keepers", "without_phone", "segments", "cost")
        ),
        sa.Column("chosen_to", BigKey, nullable=False, server_default="0"),
        sa.Column("chosen_at", UtcTime),
        sa.Column("chased_to", BigKey, nullable=False, server_default="0"),
        *(sa.Column(name, UtcTime) for name in ("chased_at", "listed_at")),
        sa.PrimaryKeyConstraint("id", name="pk_census"),
        *(
            sa.UniqueConstraint(name, name=f"uq_census_{name}")
            for name in ("public_id", "subject_key", "number")
        ),
        *_references("census", draft_id="journal", drafted_by_id="party", approved_by_id="party"),
    )
    op.create_index("ix_census_state", "census", ["state"])
    _create_keepers()
    op.create_index(
        "ix_task_open_party",
        "task",
        ["party_id", "kind"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def _create_keepers() -> None:
    op.create_table(
        "census_keeper",
        *(
            sa.Column(name, BigKey, nullable=False)
            for name in ("census_id", "party_id", "premises_id")
        ),
        sa.Column("message_key", Octets),
        *(sa.Column(name, UtcTime) for name in ("asked_at", "chased_at", "which_at")),
        *(sa.Column(name, BigKey) for name in ("journal_id", "heads", "known")),
        sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("task_id", BigKey),
        sa.PrimaryKeyConstraint("census_id", "party_id", name="pk_census_keeper"),
        *_references("census_keeper", census_id="census", party_id="party", task_id="task"),
        *_references("census_keeper", premises_id="premises", journal_id="journal"),
    )
    for name in ("party_id", "premises_id"):
        op.create_index(f"ix_census_keeper_{name}", "census_keeper", [name])
    op.create_index(
        "ix_census_keeper_silent",
        "census_keeper",
        ["census_id", "task_id", "party_id"],
        sqlite_where=_UNANSWERED,
        postgresql_where=_UNANSWERED,
    )


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}")
        for column, to in columns.items()
    ]
