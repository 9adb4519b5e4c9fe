"""Schema 0053: drafts of campaigns, and the figures that a second person sees."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the columns; of campaigns of before no figures are kept."""
    op.create_table(
        "campaign_draft",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("public_id", sa.Uuid, nullable=False),
        sa.Column("author_id", BigKey, nullable=False),
        sa.Column("content", Octets, nullable=False),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.Column("figures", sa.JSON),
        sa.Column("counted_at", UtcTime),
        sa.Column("counted_digest", Octets),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_draft"),
        sa.UniqueConstraint("public_id", name="uq_campaign_draft_public_id"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["party.id"], name="fk_campaign_draft_author_id_party"
        ),
    )
    op.create_index("ix_campaign_draft_author_id", "campaign_draft", ["author_id"])
    op.add_column("campaign", sa.Column("figures", sa.JSON))
    op.add_column("campaign", sa.Column("counted_at", UtcTime))
