"""Schema 0058: passkeys of accounts, and sign-ins at the ministry's own provider."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0058"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "passkey",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("party_id", BigKey, nullable=False),
        *(sa.Column(name, Octets, nullable=False) for name in ("credential_id", "public_key")),
        sa.Column("sign_count", BigKey, nullable=False),
        *(sa.Column(name, UtcTime, nullable=False) for name in ("made_at", "challenged_at")),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name="fk_passkey_party_id_party"),
    )
    op.create_index("ix_passkey_party_id", "passkey", ["party_id"])
    op.create_table(
        "linked_sign_in",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("party_id", BigKey, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_linked_sign_in"),
        sa.UniqueConstraint("digest", name="uq_linked_sign_in_digest"),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name="fk_linked_sign_in_party_id_party"
        ),
    )
    op.create_index("ix_linked_sign_in_party_id", "linked_sign_in", ["party_id"])
