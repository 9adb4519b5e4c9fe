"""Schema 0042: the lexicon of danger that a language of a programme was approved with."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave earlier approvals without one: they were given before it had versions."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.add_column("programme_approval", sa.Column("lexicon_version", number))
    op.add_column("programme_approval", sa.Column("lexicon_digest", sa.LargeBinary))
