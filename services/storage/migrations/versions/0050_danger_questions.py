"""Schema 0050: questions to people whose texts may tell of danger."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0050"
down_revision = "0046"
branch_labels = None
depends_on = None

_WAITING = sa.text("closed_at IS NULL AND passed_on_at IS NULL")


def upgrade() -> None:
    """Create the table; nobody was asked before."""
    op.create_table(
        "danger_question",
        *(sa.Column(name, BigKey, nullable=False) for name in ("id", "person_id")),
        sa.Column("subscription_id", BigKey),
        sa.Column("programme", sa.String),
        *(sa.Column(name, Octets, nullable=False) for name in ("arrival", "code")),
        *(sa.Column(name, UtcTime, nullable=False) for name in ("sent_at", "due_at")),
        *(sa.Column(name, UtcTime) for name in ("passed_on_at", "closed_at")),
        sa.Column("answer", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_danger_question"),
        *(
            sa.ForeignKeyConstraint(
                [f"{to}_id"], [f"{to}.id"], name=f"fk_danger_question_{to}_id_{to}"
            )
            for to in ("person", "subscription")
        ),
    )
    for name in ("person_id", "subscription_id"):
        op.create_index(f"ix_danger_question_{name}", "danger_question", [name])
    op.create_index(
        "ix_danger_question_due",
        "danger_question",
        ["due_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
