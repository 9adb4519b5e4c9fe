"""Schema 0039: hours of clinicians, courses that rest, and second contacts after a red flag."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0039"
down_revision = "0040"
branch_labels = None
depends_on = None

_HELD = sa.text("state = 'paused' AND resumes_on IS NULL")
_WAITING = sa.text("closed_at IS NULL AND sent_at IS NULL")


def upgrade() -> None:
    """Add the columns and create the table; no flag of before gets a second contact."""
    op.add_column("clinician", sa.Column("opens", BigKey))
    op.add_column("clinician", sa.Column("closes", BigKey))
    op.add_column("clinician", sa.Column("weekdays", sa.String))
    op.create_table(
        "second_contact",
        *(
            sa.Column(name, BigKey, nullable=False)
            for name in ("id", "concern_id", "person_id", "step")
        ),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        *(sa.Column(name, UtcTime) for name in ("sent_at", "closed_at")),
        sa.Column("answer", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_second_contact"),
        sa.UniqueConstraint("concern_id", "step", name="uq_second_contact_concern_id"),
        *(
            sa.ForeignKeyConstraint(
                [f"{to}_id"], [f"{to}.id"], name=f"fk_second_contact_{to}_id_{to}"
            )
            for to in ("concern", "person")
        ),
    )
    for name in ("concern_id", "person_id"):
        op.create_index(f"ix_second_contact_{name}", "second_contact", [name])
    op.create_index(
        "ix_second_contact_due",
        "second_contact",
        ["due_at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )
    op.create_index(
        "ix_subscription_held",
        "subscription",
        ["id"],
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )
