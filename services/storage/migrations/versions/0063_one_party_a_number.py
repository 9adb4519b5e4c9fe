"""Schema 0063: a phone number is one party's, which the database itself holds.

The writers' lock held it until now.
"""

from alembic import op

revision = "0063"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index of numbers unique."""
    with op.batch_alter_table("contact") as contact:
        contact.drop_index("ix_contact_number_index")
        contact.create_unique_constraint("uq_contact_number_index", ["number_index"])
