"""Every event, identity and order: mobs, permits, outbreaks, checks, claims, corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("claimant_id", KEY, nullable=False),
        sa.Column("answerer_id", KEY, nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=True),
        sa.Column("command", sa.LargeBinary(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("ask_again", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", KEY, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answerer_id"], ["party.id"], name=op.f("fk_claim_answerer_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["claimant_id"], ["party.id"], name=op.f("fk_claim_claimant_id_party")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("public_id", name=op.f("uq_claim_public_id")),
    )
    op.create_index("ix_claim_answerer", "claim", ["answerer_id", "state"])
    op.create_index("ix_claim_claimant", "claim", ["claimant_id", "state"])

    op.create_table(
        "correction",
        sa.Column("journal_id", KEY, nullable=False),
        sa.Column("corrected_by_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["journal.id"], name=op.f("fk_correction_corrected_by_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_correction_journal_id_journal")
        ),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_correction")),
    )
    op.create_table(
        "outbreak",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.LargeBinary(), nullable=False),
        sa.Column("disease", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("index_premises_id", KEY, nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("opened_by_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["index_premises_id"],
            ["premises.id"],
            name=op.f("fk_outbreak_index_premises_id_premises"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["journal.id"], name=op.f("fk_outbreak_opened_by_id_journal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbreak")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outbreak_public_id")),
        sa.UniqueConstraint("subject_key", name=op.f("uq_outbreak_subject_key")),
    )
    op.create_index(op.f("ix_outbreak_index_premises_id"), "outbreak", ["index_premises_id"])
    op.create_index(op.f("ix_outbreak_state"), "outbreak", ["state"])

    op.create_table(
        "permit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=True),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("origin_id", KEY, nullable=False),
        sa.Column("destination_id", KEY, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("head_count", KEY, nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["party.id"], name=op.f("fk_permit_asked_by_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["party.id"], name=op.f("fk_permit_decided_by_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["premises.id"], name=op.f("fk_permit_destination_id_premises")
        ),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["premises.id"], name=op.f("fk_permit_origin_id_premises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permit")),
        sa.UniqueConstraint("public_id", name=op.f("uq_permit_public_id")),
        sa.UniqueConstraint("subject_key", name=op.f("uq_permit_subject_key")),
    )
    op.create_index(op.f("ix_permit_asked_by_id"), "permit", ["asked_by_id"])
    op.create_index(op.f("ix_permit_destination_id"), "permit", ["destination_id"])
    op.create_index(op.f("ix_permit_last_day"), "permit", ["last_day"])
    op.create_index(op.f("ix_permit_origin_id"), "permit", ["origin_id"])
    op.create_index(op.f("ix_permit_state"), "permit", ["state"])

    op.create_table(
        "post",
        sa.Column("party_id", KEY, nullable=False),
        sa.Column("premises_id", KEY, nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_post_party_id_party")),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name=op.f("fk_post_premises_id_premises")
        ),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_premises_id"), "post", ["premises_id"])

    op.create_table(
        "tag_range",
        sa.Column("id", KEY, nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("premises_id", KEY, nullable=False),
        sa.Column("journal_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_tag_range_journal_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name=op.f("fk_tag_range_premises_id_premises")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag_range")),
        sa.UniqueConstraint("first", name=op.f("uq_tag_range_first")),
        sa.UniqueConstraint("last", name=op.f("uq_tag_range_last")),
    )
    op.create_index(op.f("ix_tag_range_premises_id"), "tag_range", ["premises_id"])

    op.create_table(
        "check_made",
        sa.Column("journal_id", KEY, nullable=False),
        sa.Column("animal_id", KEY, nullable=False),
        sa.Column("premises_id", KEY, nullable=True),
        sa.Column("permit_id", KEY, nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["animal_id"], ["animal.id"], name=op.f("fk_check_made_animal_id_animal")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_check_made_journal_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["permit_id"], ["permit.id"], name=op.f("fk_check_made_permit_id_permit")
        ),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name=op.f("fk_check_made_premises_id_premises")
        ),
        sa.PrimaryKeyConstraint("journal_id", "animal_id", name=op.f("pk_check_made")),
    )
    op.create_index(op.f("ix_check_made_animal_id"), "check_made", ["animal_id"])
    op.create_index(op.f("ix_check_made_permit_id"), "check_made", ["permit_id"])
    op.create_index(op.f("ix_check_made_premises_id"), "check_made", ["premises_id"])

    op.create_table(
        "control_order",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("disease", sa.String(), nullable=True),
        sa.Column("area", sa.JSON(), nullable=False),
        sa.Column("area_name", sa.String(), nullable=False),
        sa.Column("area_salt", sa.LargeBinary(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outbreak_id", KEY, nullable=True),
        sa.Column("declared_by_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["journal.id"], name=op.f("fk_control_order_declared_by_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["outbreak_id"], ["outbreak.id"], name=op.f("fk_control_order_outbreak_id_outbreak")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_order")),
        sa.UniqueConstraint("number", name=op.f("uq_control_order_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_control_order_public_id")),
        sa.UniqueConstraint("subject_key", name=op.f("uq_control_order_subject_key")),
    )
    op.create_index(op.f("ix_control_order_outbreak_id"), "control_order", ["outbreak_id"])
    op.create_index(op.f("ix_control_order_until"), "control_order", ["until"])

    op.create_table(
        "permit_animal",
        sa.Column("permit_id", KEY, nullable=False),
        sa.Column("animal_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["animal_id"], ["animal.id"], name=op.f("fk_permit_animal_animal_id_animal")
        ),
        sa.ForeignKeyConstraint(
            ["permit_id"], ["permit.id"], name=op.f("fk_permit_animal_permit_id_permit")
        ),
        sa.PrimaryKeyConstraint("permit_id", "animal_id", name=op.f("pk_permit_animal")),
    )
    op.create_index(op.f("ix_permit_animal_animal_id"), "permit_animal", ["animal_id"])

    op.create_table(
        "permit_route",
        sa.Column("permit_id", KEY, nullable=False),
        sa.Column("premises_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["permit_id"], ["permit.id"], name=op.f("fk_permit_route_permit_id_permit")
        ),
        sa.ForeignKeyConstraint(
            ["premises_id"], ["premises.id"], name=op.f("fk_permit_route_premises_id_premises")
        ),
        sa.PrimaryKeyConstraint("permit_id", "premises_id", name=op.f("pk_permit_route")),
    )
    op.create_index(op.f("ix_permit_route_premises_id"), "permit_route", ["premises_id"])

    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("draft_id", KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
        sa.Column("drafted_by_id", KEY, nullable=True),
        sa.Column("approved_by_id", KEY, nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drafted_recipients", KEY, nullable=False),
        sa.Column("recipients", KEY, nullable=False),
        sa.Column("segments", KEY, nullable=False),
        sa.Column("cost", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["party.id"], name=op.f("fk_notice_approved_by_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["journal.id"], name=op.f("fk_notice_draft_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["party.id"], name=op.f("fk_notice_drafted_by_id_party")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["control_order.id"], name=op.f("fk_notice_order_id_control_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("public_id", name=op.f("uq_notice_public_id")),
    )
    op.create_index(op.f("ix_notice_order_id"), "notice", ["order_id"])
    op.create_index(op.f("ix_notice_state"), "notice", ["state"])

    # Each in place: SQLite would otherwise copy the table, and refuse where rows point at it.
    op.add_column("animal", sa.Column("kind", sa.String(), server_default="animal", nullable=False))
    op.add_column("animal", sa.Column("born_on", sa.Date(), nullable=True))
    op.add_column("animal", sa.Column("sex", sa.String(), nullable=True))
    op.add_column("animal", sa.Column("breed", sa.String(), nullable=True))
    op.add_column("animal", sa.Column("colour", sa.String(), nullable=True))
    op.add_column(
        "animal",
        sa.Column(
            "dam_id",
            KEY,
            sa.ForeignKey("animal.id", name=op.f("fk_animal_dam_id_animal")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "animal",
        sa.Column(
            "part_of_id",
            KEY,
            sa.ForeignKey("animal.id", name=op.f("fk_animal_part_of_id_animal")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("animal", sa.Column("head_count", KEY, nullable=True))
    op.add_column("animal", sa.Column("kilograms", sa.Double(), nullable=True))
    op.add_column(
        "animal",
        sa.Column(
            "owner_id",
            KEY,
            sa.ForeignKey("party.id", name=op.f("fk_animal_owner_id_party")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("animal", sa.Column("withdrawal_until", sa.Date(), nullable=True))
    op.add_column("animal", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column(
        "animal",
        sa.Column(
            "ended_by_id",
            KEY,
            sa.ForeignKey("journal.id", name=op.f("fk_animal_ended_by_id_journal")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "identifier",
        sa.Column(
            "permit_id",
            KEY,
            sa.ForeignKey("permit.id", name=op.f("fk_identifier_permit_id_permit")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column(
        "identifier",
        sa.Column(
            "outbreak_id",
            KEY,
            sa.ForeignKey("outbreak.id", name=op.f("fk_identifier_outbreak_id_outbreak")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("identifier", sa.Column("retired_on", sa.Date(), nullable=True))
    op.add_column("party", sa.Column("province", sa.String(), nullable=True))
    op.add_column("premises", sa.Column("district", sa.String(), nullable=True))
    op.add_column("premises", sa.Column("llg", sa.String(), nullable=True))
    op.add_column("premises", sa.Column("ward", sa.String(), nullable=True))
    op.add_column("premises", sa.Column("village", sa.String(), nullable=True))
    op.add_column("premises", sa.Column("latitude", sa.Double(), nullable=True))
    op.add_column("premises", sa.Column("longitude", sa.Double(), nullable=True))
    op.add_column("premises", sa.Column("beyond_province", sa.String(), nullable=True))
    op.add_column("premises", sa.Column("beyond_district", sa.String(), nullable=True))
    op.add_column(
        "token",
        sa.Column(
            "party_id",
            KEY,
            sa.ForeignKey("party.id", name=op.f("fk_token_party_id_party")),
            nullable=True,
        ),
        inline_references=True,
    )
    op.create_index(op.f("ix_animal_owner_id"), "animal", ["owner_id"])
    op.create_index(op.f("ix_identifier_outbreak_id"), "identifier", ["outbreak_id"])
    op.create_index(op.f("ix_identifier_permit_id"), "identifier", ["permit_id"])
    op.create_index(op.f("ix_premises_province"), "premises", ["province"])
    op.create_index(op.f("ix_token_party_id"), "token", ["party_id"])
