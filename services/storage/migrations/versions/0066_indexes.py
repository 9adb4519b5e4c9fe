"""Schema 0066: indexes that statements lack at the size of a country."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_WHOLE = {
    "access": ["actor_id"],
    "flag": ["animal_id"],
    "status": ["kind"],
}
_PARTIAL = {
    "ix_animal_kind": ("animal", ["kind", "id"], "kind <> 'animal'"),
    "ix_envelope_conflict_kept": ("envelope_conflict", ["received_at"], "sender IS NOT NULL"),
    "ix_ledger_batch_open": ("ledger_batch", ["first_index"], "state <> 'final'"),
    "ix_premises_kind": ("premises", ["kind", "id"], "kind <> 'household'"),
    "ix_task_entry_text": ("task_entry", ["task_id"], "text IS NOT NULL"),
    "ix_token_api": ("token", ["id"], "seen_at IS NULL"),
}


def upgrade() -> None:
    """Create the indexes."""
    for table, columns in _WHOLE.items():
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    for name, (table, columns, where) in _PARTIAL.items():
        told = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=told, postgresql_where=told)
