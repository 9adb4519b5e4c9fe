"""Messages in full: kinds, consent, lateness, reasons; channels, spending, look-ups, accesses."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
LONG_AGO = sa.text("'1970-01-01 00:00:00.000000'")


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.String(), server_default="answer", nullable=False),
        sa.Column("scope", sa.String(), nullable=True),
        sa.Column("zone", sa.String(), server_default="Pacific/Port_Moresby", nullable=False),
        sa.Column("late", sa.String(), server_default="send", nullable=False),
        sa.Column("double_ok", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("via", sa.String(), nullable=True),
        sa.Column("lane", sa.String(), server_default="", nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("planned_at", TIME, server_default=LONG_AGO, nullable=False),
        sa.Column("tries", KEY, server_default="0", nullable=False),
        sa.Column("tried_at", TIME, nullable=True),
    ):
        op.add_column("message", column)
    op.execute("UPDATE message SET planned_at = due_at")
    op.execute("UPDATE message SET kind = 'urgent', priority = 1 WHERE purpose <> 'reply'")
    op.execute(
        "UPDATE message SET tries = "
        "(SELECT count(*) FROM attempt WHERE attempt.message_id = message.id)"
    )
    for column in (
        sa.Column("segments", KEY, server_default="1", nullable=False),
        sa.Column("cost", KEY, server_default="0", nullable=False),
        sa.Column("looks", KEY, server_default="0", nullable=False),
        sa.Column("look_at", TIME, nullable=True),
    ):
        op.add_column("attempt", column)
    _tables()
    op.drop_index("ix_message_due", table_name="message")
    _partial("ix_message_due", "message", ["lane", "priority", "due_at", "id"], "state = 'queued'")
    _partial("ix_message_expiring", "message", ["expires_at"], "state = 'queued'")
    _partial("ix_message_in_flight", "message", ["leased_until"], "state = 'attempting'")
    op.create_index("ix_message_state", "message", ["state"])
    _partial("ix_attempt_doubtful", "attempt", ["look_at"], "state = 'uncertain'")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    predicate = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=predicate, postgresql_where=predicate)


def _tables() -> None:
    op.create_table(
        "channel",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("failures", KEY, server_default="0", nullable=False),
        sa.Column("trips", KEY, server_default="0", nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("opened_at", TIME, nullable=True),
        sa.Column("open_until", TIME, nullable=True),
        sa.Column("probed_until", TIME, nullable=True),
        sa.Column("paced_until", TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    op.create_table(
        "consent",
        sa.Column("id", KEY, nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_number_index"), "consent", ["number_index"])
    _partial("ix_consent_forgetting", "consent", ["id"], "source = 'forgetting'")
    op.create_table(
        "spending",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("segments", KEY, nullable=False),
        sa.Column("cost", KEY, nullable=False),
        sa.PrimaryKeyConstraint("month", "channel", "kind", name=op.f("pk_spending")),
    )
    op.create_table(
        "access",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_id", KEY, nullable=True),
        sa.Column("token_id", KEY, nullable=True),
        sa.Column("subject_id", KEY, nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["party.id"], name=op.f("fk_access_actor_id_party")),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name=op.f("fk_access_token_id_token")),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["party.id"], name=op.f("fk_access_subject_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
    )
    for column in ("at", "subject_id", "number_index"):
        op.create_index(op.f(f"ix_access_{column}"), "access", [column])
