"""Schema 0025: the service and the province of the staff that must read a message."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; what named a disease was of pigs, and the rest stays with those who could read it.

    Only clinicians could read the inbox until now. Texts that nobody understood may tell of their
    sender's health, and which ones do cannot be seen without the key.
    """
    op.add_column("envelope", sa.Column("service", sa.String))
    op.add_column("envelope", sa.Column("province", sa.String))
    op.execute("UPDATE envelope SET service = 'livestock' WHERE outcome = 'disease'")
    op.execute("UPDATE envelope SET service = 'health' WHERE outcome = 'not_understood'")
    op.create_index(
        "ix_envelope_inbox",
        "envelope",
        ["service", "received_at"],
        sqlite_where=sa.text("service IS NOT NULL"),
        postgresql_where=sa.text("service IS NOT NULL"),
    )
