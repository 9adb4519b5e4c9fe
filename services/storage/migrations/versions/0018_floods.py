"""Schema 0018: answers counted by number, costs by day, alarms by place."""

import sqlalchemy as sa
from alembic import op

from services.storage.models.base import BigKey, Octets, UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counters; what is queued already is no answer that a ceiling must let through."""
    op.create_table(
        "answer_count",
        sa.Column("number_index", Octets, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("answers", BigKey, nullable=False),
        sa.Column("digest", Octets, nullable=False),
        sa.Column("run", BigKey, nullable=False),
        sa.Column("run_since", UtcTime, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("dangers", BigKey, nullable=False),
        sa.Column("stops", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("number_index", name="pk_answer_count"),
    )
    op.create_index("ix_answer_count_day", "answer_count", ["day"])
    op.create_table(
        "daily_cost",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("cost", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_daily_cost"),
    )
    op.create_table(
        "place_alarm",
        sa.Column("premises_id", BigKey, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
        sa.Column("severity", BigKey, nullable=False),
        sa.Column("untold", BigKey, nullable=False),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name="fk_place_alarm_premises_id_premises"
        ),
        sa.PrimaryKeyConstraint("premises_id", name="pk_place_alarm"),
    )
    op.add_column(
        "message", sa.Column("vital", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_message_silenced",
        "message",
        ["created_at"],
        sqlite_where=sa.text("reason IN ('loop', 'too_many')"),
        postgresql_where=sa.text("reason IN ('loop', 'too_many')"),
    )
