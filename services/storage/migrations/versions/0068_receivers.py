"""Schema 0068: indexes of a receiver's newest texts, and of few rows among many.

The index of the receiver alone goes last: the new one begins with the same column, so that it
serves the statements of older programs too.
"""

from services.storage.migrations.adding import create_index, drop_index

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

_PARTIAL = {
    "ix_envelope_unanswered": (
        "envelope",
        ["received_at"],
        "sender IS NOT NULL AND outcome LIKE 'unanswered%'",
    ),
    "ix_message_waiting": ("message", ["recipient_index", "due_at"], "state = 'queued'"),
    "ix_ussd_session_resumable": ("ussd_session", ["saved_at"], "state IS NOT NULL"),
}


def upgrade() -> None:
    """Create the indexes; drop the one that another begins with."""
    for name, told in _PARTIAL.items():
        create_index(name, *told)
    create_index("ix_message_recipient", "message", ["recipient_index", "tried_at"])
    drop_index("ix_message_recipient_index", "message")
