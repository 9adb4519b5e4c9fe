"""Sessions of RFID readers and what was scanned in them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reader_session",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("device_id", KEY, sa.ForeignKey("device.id"), nullable=False),
        sa.Column("public_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("started_at", sa.String(), nullable=True),
        sa.Column("ahead_seconds", KEY, nullable=True),
        sa.Column("parts", KEY, nullable=False),
        sa.Column("confirmed_as", sa.String(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.UniqueConstraint("device_id", "public_id"),
    )
    op.create_table(
        "reader_scan",
        sa.Column("session_id", KEY, sa.ForeignKey("reader_session.id"), primary_key=True),
        sa.Column("place", KEY, primary_key=True, autoincrement=False),
        sa.Column("part", KEY, nullable=False),
        sa.Column("line", KEY, nullable=False),
        sa.Column("tag", sa.String(), nullable=True),
        sa.Column("fault", sa.String(), nullable=True),
        sa.Column("count", KEY, nullable=True),
        sa.Column("at", sa.String(), nullable=True),
        sa.Column("kilograms", sa.Double(), nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=True),
    )
    said = sa.text("said IS NOT NULL")
    op.create_index(
        "ix_reader_scan_said",
        "reader_scan",
        ["session_id"],
        sqlite_where=said,
        postgresql_where=said,
    )
