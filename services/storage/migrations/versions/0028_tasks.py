"""Schema 0028: tasks of officers and clinicians. The clock makes those of what is open already."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "task",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("subject_key", Octets),
        sa.Column("number", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("service", sa.String, nullable=False),
        sa.Column("province", sa.String),
        sa.Column("programme", sa.String),
        sa.Column("code", sa.String),
        sa.Column("topic", Octets, nullable=False),
        sa.Column("party_id", BigKey),
        sa.Column("premises_id", BigKey),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("told_at", UtcTime),
        sa.Column("level", BigKey, nullable=False, server_default="0"),
        sa.Column("owner_id", BigKey),
        sa.Column("closed_at", UtcTime),
        sa.Column("closed_by_id", BigKey),
        sa.Column("outcome", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("public_id", name="uq_task_public_id"),
        sa.UniqueConstraint("subject_key", name="uq_task_subject_key"),
        sa.UniqueConstraint("number", name="uq_task_number"),
        *_references("task", party_id="party", premises_id="premises"),
        *_references("task", owner_id="party", closed_by_id="party"),
    )
    for name in ("party_id", "owner_id", "closed_at"):
        op.create_index(f"ix_task_{name}", "task", [name])
    _index("topic", "topic", unique=True)
    _index("open", "kind", "service", "province")
    _index("due", "due_at")
    _create_sources()
    op.create_table(
        "task_entry",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("by_id", BigKey),
        sa.Column("text", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_task_entry"),
        *_references("task_entry", task_id="task", by_id="party"),
    )
    op.create_index("ix_task_entry_task_id", "task_entry", ["task_id"])


def _create_sources() -> None:
    op.create_table(
        "task_source",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("task_id", BigKey, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("journal_id", BigKey),
        sa.Column("permit_id", BigKey),
        sa.Column("concern_id", BigKey),
        sa.Column("arrival", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_task_source"),
        *_references("task_source", task_id="task", journal_id="journal", permit_id="permit"),
        *_references("task_source", concern_id="concern"),
        sa.ForeignKeyConstraint(
            ["arrival"], ["envelope.key_digest"], name="fk_task_source_arrival_envelope"
        ),
    )
    op.create_index("ix_task_source_task_id", "task_source", ["task_id"])
    op.create_index("ix_task_source_journal_id", "task_source", ["journal_id", "kind"], unique=True)
    for name in ("permit_id", "concern_id", "arrival"):
        op.create_index(f"ix_task_source_{name}", "task_source", [name], unique=True)


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}_{to}")
        for column, to in columns.items()
    ]


def _index(name: str, *columns: str, unique: bool = False) -> None:
    op.create_index(
        f"ix_task_{name}",
        "task",
        list(columns),
        unique=unique,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
