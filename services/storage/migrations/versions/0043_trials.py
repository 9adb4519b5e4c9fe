"""Schema 0043: trials, and which arm the texts of a course are of."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; nobody who is in a course is in a trial."""
    op.add_column("subscription", sa.Column("arm", sa.String))
    op.create_table(
        "trial",
        sa.Column("id", BigKey, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("programme", "code")),
        *(sa.Column(name, Octets, nullable=False) for name in ("design", "seed", "seed_digest")),
        sa.Column("opened_at", UtcTime, nullable=False),
        sa.Column("journal_id", BigKey, nullable=False),
        sa.Column("closed_at", UtcTime),
        sa.Column("closing_id", BigKey),
        sa.Column("revealed", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_trial"),
        sa.UniqueConstraint("programme", "code", name="uq_trial_programme"),
        *(
            sa.ForeignKeyConstraint([name], ["journal.id"], name=f"fk_trial_{name}_journal")
            for name in ("journal_id", "closing_id")
        ),
    )
    numbers = ("id", "trial_id", "number", "block", "slot", "person_id", "subscription_id")
    op.create_table(
        "trial_allocation",
        *(sa.Column(name, BigKey, nullable=False) for name in numbers),
        *(sa.Column(name, sa.String, nullable=False) for name in ("stratum", "arm", "salt")),
        sa.Column("allocated_at", UtcTime, nullable=False),
        sa.Column("mark", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_trial_allocation"),
        sa.UniqueConstraint("trial_id", "number", name="uq_trial_allocation_trial_id"),
        sa.UniqueConstraint("trial_id", "person_id", name="uq_trial_allocation_person"),
        sa.UniqueConstraint("trial_id", "mark", name="uq_trial_allocation_mark"),
        sa.UniqueConstraint(
            "trial_id", "stratum", "block", "slot", name="uq_trial_allocation_place"
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{to}_id"], [f"{to}.id"], name=f"fk_trial_allocation_{to}_id_{to}"
            )
            for to in ("trial", "person", "subscription")
        ),
    )
    op.create_index("ix_trial_allocation_person_id", "trial_allocation", ["person_id"])
