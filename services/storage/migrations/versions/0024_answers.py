"""Schema 0024: answers, dates, reasons and concerns of people in programmes are sealed."""

import sqlalchemy as sa
from alembic import op

from services.storage.migrations.sealing import seal_columns, seal_new_column, write_anew
from services.storage.vault import SealedCode, SealedJson

revision = "0024"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep in clear what statements choose by: whether a subscription's invitation was sent."""
    op.add_column(
        "subscription",
        sa.Column("never_asked", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.execute(
        "UPDATE subscription SET never_asked = true, reason = NULL WHERE reason = 'never_asked'"
    )
    code, members = SealedCode(), SealedJson()
    seal_columns("asking", {"answer": code, "value": code})
    seal_columns("subscription", {"reason": code, "anchors": members, "turns": members})
    seal_columns("subscription_change", {"details": members})
    seal_columns("concern", {"code": code})
    _seal_replies()
    _name_no_programme()


def _seal_replies() -> None:
    """Move the item of a text that answered a keyword, an answer or a danger."""
    op.add_column("message", sa.Column("reply", sa.LargeBinary))
    asked = (
        "SELECT 1 FROM asking WHERE asking.subscription_id = message.subscription_id"
        " AND asking.item = message.item"
    )
    which = f"purpose = 'reply' AND item IS NOT NULL AND NOT EXISTS ({asked})"
    seal_new_column("message", "reply", SealedCode(), "item", which)


def _name_no_programme() -> None:
    """Take the programme and its word out of the outcomes of messages."""
    connection = op.get_bind()
    envelope = sa.table("envelope", sa.column("outcome", sa.String))
    codes = connection.execute(sa.text("SELECT DISTINCT code FROM programme_version")).scalars()
    for code in codes.all():
        for begin in ("", "unanswered.unbound."):
            join, outcome = f"{begin}{code}.join", envelope.c.outcome
            told = sa.case(
                (outcome == join, f"{begin}programme.join"), else_=f"{begin}programme.word"
            )
            of_it = outcome.startswith(f"{begin}{code}.", autoescape=True)
            connection.execute(sa.update(envelope).where(of_it).values(outcome=told))
    write_anew("envelope", "outcome", "varchar")
