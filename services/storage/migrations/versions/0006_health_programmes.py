"""Health programmes: versions, approvals, people, subscriptions, questions, campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _version()
    _people()
    _campaign()
    _subscription()
    _asking()
    _message()
    _forbid_change("programme_version")


def _version() -> None:
    op.create_table(
        "programme_version",
        sa.Column("id", KEY, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("number", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["party.id"], name=op.f("fk_programme_version_created_by_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_version")),
        sa.UniqueConstraint("code", "digest", name="uq_programme_version_digest"),
        sa.UniqueConstraint("code", "number", name=op.f("uq_programme_version_code")),
    )
    op.create_table(
        "programme_approval",
        sa.Column("id", KEY, nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("approved_by_id", KEY, nullable=False),
        sa.Column("approved_at", TIME, nullable=False),
        sa.Column("journal_id", KEY, nullable=False),
        sa.Column("withdrawn_at", TIME, nullable=True),
        sa.Column("withdrawn_by_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by_id"],
            ["party.id"],
            name=op.f("fk_programme_approval_approved_by_id_party"),
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_programme_approval_journal_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["programme_version.id"],
            name=op.f("fk_programme_approval_version_id_programme_version"),
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"],
            ["party.id"],
            name=op.f("fk_programme_approval_withdrawn_by_id_party"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_approval")),
        sa.UniqueConstraint(
            "version_id", "language", name=op.f("uq_programme_approval_version_id")
        ),
    )


def _people() -> None:
    op.create_table(
        "exported",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_exported")),
    )
    op.create_table(
        "clinician",
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("party_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_clinician_party_id_party")
        ),
        sa.PrimaryKeyConstraint("programme", "province", name=op.f("pk_clinician")),
    )
    op.create_index(op.f("ix_clinician_party_id"), "clinician", ["party_id"])
    op.create_table(
        "listed",
        sa.Column("id", KEY, nullable=False),
        sa.Column("list_name", sa.String(), nullable=False),
        sa.Column("party_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_listed_party_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed")),
        sa.UniqueConstraint("list_name", "party_id", name=op.f("uq_listed_list_name")),
    )
    op.create_index(op.f("ix_listed_party_id"), "listed", ["party_id"])
    op.create_table(
        "person",
        sa.Column("party_id", KEY, nullable=False),
        sa.Column("province", sa.String(), nullable=True),
        sa.Column("district", sa.String(), nullable=True),
        sa.Column("sex", sa.String(), nullable=True),
        sa.Column("birth_year", KEY, nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_person_party_id_party")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_person")),
    )


def _campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("programme", sa.String(), nullable=True),
        sa.Column("version_id", KEY, nullable=True),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("opens_at", TIME, nullable=False),
        sa.Column("closes_at", TIME, nullable=False),
        sa.Column("rate", KEY, nullable=False),
        sa.Column("payer", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("drafted_by_id", KEY, nullable=False),
        sa.Column("drafted_at", TIME, nullable=False),
        sa.Column("approved_by_id", KEY, nullable=True),
        sa.Column("approved_at", TIME, nullable=True),
        sa.Column("people", KEY, nullable=True),
        sa.Column("segments", KEY, nullable=True),
        sa.Column("cost", KEY, nullable=True),
        sa.Column("cursor", KEY, server_default="0", nullable=False),
        sa.Column("last_id", KEY, nullable=True),
        sa.Column("last_listed_id", KEY, nullable=True),
        sa.Column("queued", KEY, server_default="0", nullable=False),
        sa.Column("ran_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["party.id"], name=op.f("fk_campaign_approved_by_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["party.id"], name=op.f("fk_campaign_drafted_by_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["programme_version.id"],
            name=op.f("fk_campaign_version_id_programme_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("public_id", name=op.f("uq_campaign_public_id")),
    )
    op.create_index(op.f("ix_campaign_state"), "campaign", ["state"])


def _subscription() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", KEY, nullable=False),
        sa.Column("programme", sa.String(), nullable=False),
        sa.Column("version_id", KEY, nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("cohort", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("discreet", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("anchors", sa.JSON(), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("campaign_id", KEY, nullable=True),
        sa.Column("since", TIME, nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("invited_at", TIME, nullable=False),
        sa.Column("screened_at", TIME, nullable=True),
        sa.Column("consented_at", TIME, nullable=True),
        sa.Column("activated_at", TIME, nullable=True),
        sa.Column("paused_at", TIME, nullable=True),
        sa.Column("resumes_on", sa.Date(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_subscription_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_subscription_party_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["programme_version.id"],
            name=op.f("fk_subscription_version_id_programme_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("public_id", name=op.f("uq_subscription_public_id")),
    )
    op.create_index(op.f("ix_subscription_campaign_id"), "subscription", ["campaign_id"])
    op.create_index(
        "ix_subscription_due",
        "subscription",
        ["next_on", "id"],
        sqlite_where=sa.text("next_on IS NOT NULL"),
        postgresql_where=sa.text("next_on IS NOT NULL"),
    )
    op.create_index(op.f("ix_subscription_number_index"), "subscription", ["number_index"])
    op.create_index(op.f("ix_subscription_party_id"), "subscription", ["party_id"])
    op.create_index("ix_subscription_programme", "subscription", ["programme", "state"])
    op.create_index(
        "ix_subscription_resuming",
        "subscription",
        ["resumes_on"],
        sqlite_where=sa.text("resumes_on IS NOT NULL"),
        postgresql_where=sa.text("resumes_on IS NOT NULL"),
    )
    op.create_index(
        "uq_subscription_open",
        "subscription",
        ["programme", "party_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('invited', 'screened', 'consented', 'active', 'paused')"),
        postgresql_where=sa.text(
            "state IN ('invited', 'screened', 'consented', 'active', 'paused')"
        ),
    )
    op.create_table(
        "subscription_change",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_subscription_change_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_change")),
    )
    op.create_index(
        op.f("ix_subscription_change_subscription_id"), "subscription_change", ["subscription_id"]
    )


def _asking() -> None:
    op.create_table(
        "asking",
        sa.Column("id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("closes_at", TIME, nullable=False),
        sa.Column("remind_at", TIME, nullable=True),
        sa.Column("reminded", KEY, server_default="0", nullable=False),
        sa.Column("reminded_at", TIME, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("answered_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_asking_subscription_id_subscription"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asking")),
        sa.UniqueConstraint(
            "subscription_id", "item", "asked_at", name=op.f("uq_asking_subscription_id")
        ),
    )
    op.create_index(
        "ix_asking_closing",
        "asking",
        ["closes_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_asking_open",
        "asking",
        ["number_index", "asked_at"],
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_asking_reminding",
        "asking",
        ["remind_at"],
        sqlite_where=sa.text("state = 'open' AND remind_at IS NOT NULL"),
        postgresql_where=sa.text("state = 'open' AND remind_at IS NOT NULL"),
    )
    op.create_table(
        "concern",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", KEY, nullable=False),
        sa.Column("subscription_id", KEY, nullable=True),
        sa.Column("programme", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("told_id", KEY, nullable=True),
        sa.Column("handled_at", TIME, nullable=True),
        sa.Column("handled_by_id", KEY, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["handled_by_id"], ["party.id"], name=op.f("fk_concern_handled_by_id_party")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_concern_party_id_party")),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_concern_subscription_id_subscription"),
        ),
        sa.ForeignKeyConstraint(["told_id"], ["party.id"], name=op.f("fk_concern_told_id_party")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint("public_id", name=op.f("uq_concern_public_id")),
    )
    op.create_index(
        "ix_concern_open",
        "concern",
        ["id"],
        sqlite_where=sa.text("handled_at IS NULL"),
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_index(op.f("ix_concern_party_id"), "concern", ["party_id"])
    op.create_index(op.f("ix_concern_subscription_id"), "concern", ["subscription_id"])


def _message() -> None:
    op.add_column("message", sa.Column("subscription_id", KEY, nullable=True))
    op.add_column("message", sa.Column("campaign_id", KEY, nullable=True))
    op.add_column("message", sa.Column("version_id", KEY, nullable=True))
    op.add_column("message", sa.Column("item", sa.String(), nullable=True))
    op.add_column("message", sa.Column("language", sa.String(), nullable=True))
    op.create_index(
        "ix_message_campaign",
        "message",
        ["campaign_id", "state"],
        sqlite_where=sa.text("campaign_id IS NOT NULL"),
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.create_index(
        "ix_message_subscription",
        "message",
        ["subscription_id"],
        sqlite_where=sa.text("subscription_id IS NOT NULL"),
        postgresql_where=sa.text("subscription_id IS NOT NULL"),
    )
    # ### end Alembic commands ###


def _forbid_change(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change} BEFORE {change.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
