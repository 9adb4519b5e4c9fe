"""Sessions of USSD and the PINs that confirm in them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ussd_session",
        sa.Column("id", KEY, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("first_step", KEY, nullable=False),
        sa.Column("step", KEY, nullable=True),
        sa.Column("kept", KEY, nullable=True),
        sa.Column("saved_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ussd_session"),
        sa.UniqueConstraint("channel", "session", name="uq_ussd_session_channel_session"),
    )
    op.create_index("ix_ussd_session_number_index", "ussd_session", ["number_index"])
    op.create_index("ix_ussd_session_saved_at", "ussd_session", ["saved_at"])
    op.create_table(
        "pin",
        sa.Column("party_id", KEY, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("tries", KEY, nullable=False),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("code_tries", KEY, nullable=False),
        sa.Column("code_until", TIME, nullable=True),
        sa.Column("codes", KEY, nullable=False),
        sa.Column("codes_from", TIME, nullable=True),
        sa.PrimaryKeyConstraint("party_id", name="pk_pin"),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name="fk_pin_party_id_party"),
    )
