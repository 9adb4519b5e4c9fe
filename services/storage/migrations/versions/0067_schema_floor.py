"""Schema 0067: the oldest program that runs on the schema.

From here on a step adds alone, and this program runs on what later ones add. A step that takes away
what older programs need names the oldest that does not: `oldest_program = "00NN"`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; programs from this one on run on the schema."""
    made = op.create_table(
        "schema_floor",
        sa.Column("revision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_floor"),
    )
    op.bulk_insert(made, [{"revision": revision}])
