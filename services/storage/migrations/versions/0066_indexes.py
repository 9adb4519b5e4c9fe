"""Schema 0066: indexes that statements lack at the size of a country."""

from services.storage.migrations.adding import create_index

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
        create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    for name, told in _PARTIAL.items():
        create_index(name, *told)
