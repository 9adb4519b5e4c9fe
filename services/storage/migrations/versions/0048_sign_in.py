"""Schema 0048: sign-in to the console, invitations to it, and sessions among the tokens."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; every token of before is one of the API."""
    op.add_column("token", sa.Column("seen_at", UtcTime))
    op.create_table(
        "account",
        sa.Column("party_id", BigKey, nullable=False, autoincrement=False),
        *(_sealed(name) for name in ("password", "totp_secret")),
        sa.Column("totp_step", BigKey, nullable=False),
        _sealed("recovery"),
        sa.Column("made_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("party_id", name="pk_account"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name="fk_account_party_id_party"),
    )
    op.create_table(
        "invitation",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("party_id", BigKey, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        _sealed("totp_secret"),
        *(sa.Column(name, UtcTime, nullable=False) for name in ("made_at", "expires_at")),
        sa.Column("used_at", UtcTime),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("digest", name="uq_invitation_digest"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name="fk_invitation_party_id_party"),
    )
    op.create_index("ix_invitation_party_id", "invitation", ["party_id"])


def _sealed(name: str) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary, nullable=False)
