"""Schema 0073: indexes of what the clock and officers look for in tables that only grow."""

from services.storage.migrations.adding import create_index, drop_index

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_NEW = {
    "ix_message_evening": (
        "message",
        ["recipient_index", "purpose", "created_at"],
        "purpose IN ('evening', 'overdue', 'abattoir')",
    ),
    "ix_message_subscription_state": (
        "message",
        ["subscription_id", "state"],
        "subscription_id IS NOT NULL",
    ),
    "ix_message_waiting_text": (
        "message",
        ["version_id", "language", "item"],
        "state = 'queued' AND version_id IS NOT NULL",
    ),
    "ix_movement_unarrived": ("movement", ["departure_id"], "arrived_on IS NULL"),
    "ix_status_until": ("status", ["until"], None),
    "ix_subscription_version": ("subscription", ["version_id", "language"], "state = 'active'"),
}


def upgrade() -> None:
    """Create the indexes; then drop the one whose statements another serves."""
    for name, told in _NEW.items():
        create_index(name, *told)
    drop_index("ix_message_subscription", "message")
