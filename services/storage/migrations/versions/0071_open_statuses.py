"""Schema 0071: an index of the statuses that nothing has ended."""

from services.storage.migrations.adding import create_index

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    create_index("ix_status_open", "status", ["source_id", "since"], "until IS NULL")
