"""Schema 0070: an index of texts that may tell of danger, whose tasks wait for no others."""

from services.storage.migrations.adding import create_index

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    condition = "outcome = 'possible_danger' AND sender IS NOT NULL"
    create_index("ix_envelope_danger", "envelope", ["received_at"], condition)
