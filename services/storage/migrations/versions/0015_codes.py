"""Schema 0015: wrong codes with their time, erasures that wait; a PIN's code is a confirmation."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, UtcTime
from services.storage.vault import Sealed

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

_PIN_CODE = ("code_digest", "code_tries", "code_until", "codes", "codes_from")


def upgrade() -> None:
    """Add both tables; a code that was sent to set a PIN just now counts no more."""
    op.create_table(
        "wrong_code",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("party_id", BigKey, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], op.f("fk_wrong_code_party_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_code")),
    )
    op.create_index("ix_wrong_code_at", "wrong_code", ["at"])
    op.create_index("ix_wrong_code_party_id", "wrong_code", ["party_id", "at"])
    op.create_table(
        "pending_erasure",
        sa.Column("party_id", BigKey, nullable=False, autoincrement=False),
        sa.Column("number", Sealed, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], op.f("fk_pending_erasure_party_id_party")
        ),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_pending_erasure")),
    )
    op.create_index("ix_pending_erasure_due_at", "pending_erasure", ["due_at"])
    with op.batch_alter_table("pin") as pin:
        for column in _PIN_CODE:
            pin.drop_column(column)
