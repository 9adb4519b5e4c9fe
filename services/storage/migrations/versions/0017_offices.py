"""Schema 0017: texts of an office, phones sealed in the journal, helpers that a keeper accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column(
        "message", sa.Column("office", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("contact", sa.Column("salt", sa.LargeBinary, nullable=True))
    op.add_column("party", sa.Column("subject_key", sa.LargeBinary, nullable=True))
    op.create_index("ix_party_role", "party", ["role"])
    op.create_table(
        "helper",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("keeper_id", _KEY, nullable=False),
        sa.Column("helper_id", _KEY, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_helper"),
        sa.ForeignKeyConstraint(["keeper_id"], ["party.id"], name="fk_helper_keeper_id_party"),
        sa.ForeignKeyConstraint(["helper_id"], ["party.id"], name="fk_helper_helper_id_party"),
    )
    op.create_index("ix_helper_keeper_id", "helper", ["keeper_id"])
    op.create_index("ix_helper_helper_id", "helper", ["helper_id"])
