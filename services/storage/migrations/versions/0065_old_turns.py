"""Schema 0065: rows of devices' requests are deleted by age.

An envelope's deletion looks for the requests that name it.
"""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index."""
    oldest = sa.Column("oldest_counter", BigKey, nullable=False, server_default="1")
    op.add_column("device", oldest)
    op.create_index("ix_device_turn_key_digest", "device_turn", ["key_digest"])
