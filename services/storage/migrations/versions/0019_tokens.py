"""Schema 0019: expiry, last use and scopes of tokens; those of before are good for 90 days."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

from services.core.clock import utc_now
from services.storage.models.base import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_DAYS = 90


def upgrade() -> None:
    """Add the columns; a token of before may do all that its role may, as until now."""
    ends = utc_now() + timedelta(days=_DAYS)
    op.add_column("token", sa.Column("last_used_on", sa.Date))
    op.add_column("token", sa.Column("scopes", sa.String))
    # A row that were added without it would be one that expired.
    past = "1970-01-01 00:00:00.000000"
    op.add_column("token", sa.Column("expires_at", UtcTime, nullable=False, server_default=past))
    token = sa.table("token", sa.column("expires_at", UtcTime))
    op.execute(token.update().values(expires_at=ends))
