"""Schema 0016: numbers bound to village boxes, caps of a box's day, texts that no box carries."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime
from services.storage.vault import Sealed

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COUNTS = {"bound_version": "1", "window_days": "1"} | dict.fromkeys(
    ("window_texts", "window_asked", "window_refused"), "0"
)


def upgrade() -> None:
    """Bind no number: the phones of before are asked when they next write."""
    false = sa.false()
    op.add_column("message", sa.Column("direct", sa.Boolean, nullable=False, server_default=false))
    for name in ("statuses_at", "window_from"):
        op.add_column("village_box", sa.Column(name, UtcTime))
    for name, default in _COUNTS.items():
        column = sa.Column(name, BigKey, nullable=False, server_default=default)
        op.add_column("village_box", column)
    op.add_column("village_box", sa.Column("window_reason", sa.String))
    of_boxes = sa.text("channel = 'village-sms'")
    op.create_index(
        "ix_envelope_village",
        "envelope",
        ["content_digest"],
        sqlite_where=of_boxes,
        postgresql_where=of_boxes,
    )
    _make_lists()
    _make_bindings()


def _make_lists() -> None:
    op.create_table(
        "village_list",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("public_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("device_id", BigKey, sa.ForeignKey("device.id"), nullable=False, index=True),
        sa.Column("province", sa.String, nullable=False),
        sa.Column("proposed_by", BigKey, sa.ForeignKey("party.id"), nullable=False),
        sa.Column("proposed_at", UtcTime, nullable=False),
        sa.Column("decided_by", BigKey, sa.ForeignKey("party.id")),
        sa.Column("decided_at", UtcTime),
        sa.Column("approved", sa.Boolean),
    )


def _make_bindings() -> None:
    op.create_table(
        "village_binding",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("device_id", BigKey, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("number_index", Octets, nullable=False, index=True),
        sa.Column("number", Sealed, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("how", sa.String),
        sa.Column("list_id", BigKey, sa.ForeignKey("village_list.id"), index=True),
        sa.Column("seen_at", UtcTime),
        sa.Column("asked_at", UtcTime),
        sa.Column("changed_at", UtcTime, nullable=False),
        sa.UniqueConstraint("device_id", "number_index"),
        sa.Index("ix_village_binding_seen", "device_id", "seen_at"),
    )
