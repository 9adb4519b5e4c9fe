"""Schema 0072: dead versions of rows that are updated a few times each go soon.

By itself PostgreSQL vacuums a table once a fifth of it is dead: of a hundred million messages, each
updated three times, after two days at 40 messages a second, with twenty million dead ones. A
fiftieth comes within five hours. See
https://www.postgresql.org/docs/current/runtime-config-autovacuum.html
"""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_UPDATED = ("attempt", "envelope", "ledger_leaf", "message")
_SOON = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000"


def upgrade() -> None:
    """Let autovacuum come for a fiftieth of them; SQLite leaves no dead rows."""
    if op.get_bind().dialect.name != "sqlite":
        for table in _UPDATED:
            op.execute(f"ALTER TABLE {table} SET ({_SOON})")
