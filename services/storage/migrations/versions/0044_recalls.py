"""Schema 0044: texts of programmes that were recalled, and corrections."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_IN_FORCE = sa.text("until IS NULL")
_WAITING = sa.text("done_at IS NULL")


def upgrade() -> None:
    """Create the tables; no text of before is recalled."""
    _recall()
    _recalled_text()
    _text_correction()


def _recall() -> None:
    op.create_table(
        "recall",
        _key("id"),
        sa.Column("public_id", sa.Uuid, nullable=False),
        *(_text(name) for name in ("programme", "text_id", "language")),
        _key("by_version_id"),
        *(
            sa.Column(name, Octets, nullable=False)
            for name in ("digest", "reason", "salt", "reason_digest")
        ),
        sa.Column("correct", sa.Boolean, nullable=False),
        _key("asked_by_id"),
        sa.Column("asked_at", UtcTime, nullable=False),
        sa.Column("reference", sa.String),
        sa.Column("approved_by_id", BigKey),
        sa.Column("approved_at", UtcTime),
        sa.Column("journal_id", BigKey),
        sa.Column("swept_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_recall"),
        sa.UniqueConstraint("public_id", name="uq_recall_public_id"),
        _to("recall", "by_version_id", "programme_version"),
        _to("recall", "asked_by_id", "party"),
        _to("recall", "approved_by_id", "party"),
        _to("recall", "journal_id", "journal"),
    )
    op.create_index("ix_recall_programme", "recall", ["programme"])


def _recalled_text() -> None:
    op.create_table(
        "recalled_text",
        *(_key(name) for name in ("id", "recall_id", "version_id")),
        *(_text(name) for name in ("language", "text_id")),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("until", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_recalled_text"),
        sa.UniqueConstraint("recall_id", "version_id", name="uq_recalled_text_recall_id"),
        _to("recalled_text", "recall_id", "recall"),
        _to("recalled_text", "version_id", "programme_version"),
    )
    op.create_index(
        "uq_recalled_text_in_force",
        "recalled_text",
        ["version_id", "text_id", "language"],
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    )


def _text_correction() -> None:
    op.create_table(
        "text_correction",
        *(_key(name) for name in ("id", "recall_id", "subscription_id")),
        sa.Column("done_at", UtcTime),
        sa.Column("outcome", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_text_correction"),
        sa.UniqueConstraint("recall_id", "subscription_id", name="uq_text_correction_recall_id"),
        _to("text_correction", "recall_id", "recall"),
        _to("text_correction", "subscription_id", "subscription"),
    )
    op.create_index("ix_text_correction_subscription_id", "text_correction", ["subscription_id"])
    op.create_index(
        "ix_text_correction_waiting",
        "text_correction",
        ["id"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def _key(name: str) -> "sa.Column[int]":
    return sa.Column(name, BigKey, nullable=False)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.String, nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")
