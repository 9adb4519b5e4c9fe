"""Schema 0051: drafts of programmes, who wrote them, and notes on what was submitted."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0051"
down_revision = "0054"
branch_labels = None
depends_on = None

_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Create the tables; nobody wrote here before."""
    op.create_table(
        "programme_draft",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("document", Octets, nullable=False),
        sa.Column("revision", BigKey, nullable=False),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("version_id", BigKey),
        *_keys("programme_draft", version_id="programme_version"),
    )
    op.create_index(
        "uq_programme_draft_open",
        "programme_draft",
        ["code"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("ix_programme_draft_version_id", "programme_draft", ["version_id"])
    op.create_table(
        "programme_draft_edit",
        *(
            sa.Column(name, BigKey, nullable=False)
            for name in ("id", "draft_id", "revision", "by_id")
        ),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("text_id", sa.String),
        *_keys("programme_draft_edit", draft_id="programme_draft", by_id="party"),
    )
    op.create_index("ix_programme_draft_edit_draft_id", "programme_draft_edit", ["draft_id"])
    op.create_table(
        "programme_note",
        *(sa.Column(name, BigKey, nullable=False) for name in ("id", "version_id", "by_id")),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("text", sa.LargeBinary, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        *_keys("programme_note", version_id="programme_version", by_id="party"),
    )
    op.create_index("ix_programme_note_version_id", "programme_note", ["version_id"])


def _keys(table: str, **others: str) -> "list[sa.schema.SchemaItem]":
    foreign = [
        sa.ForeignKeyConstraint([name], [f"{to}.id"], name=f"fk_{table}_{name}_{to}")
        for name, to in others.items()
    ]
    return [sa.PrimaryKeyConstraint("id", name=f"pk_{table}"), *foreign]
