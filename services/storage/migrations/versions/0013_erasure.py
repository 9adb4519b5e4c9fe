"""Content of the journal can be erased, by an erasure that is an event itself."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Content goes, nothing else changes, and an erasure names each leaf of the event.
_ERASES = """
    NEW.id = OLD.id AND NEW.event_id = OLD.event_id AND NEW.type = OLD.type
    AND NEW.occurred_on = OLD.occurred_on AND NEW.recorded_at = OLD.recorded_at
    AND NEW.content IS NULL AND OLD.content IS NOT NULL AND OLD.type <> 'erasure'
    AND EXISTS (SELECT 1 FROM ledger_leaf WHERE ledger_leaf.journal_id = OLD.id)
    AND NOT EXISTS (
        SELECT 1 FROM ledger_leaf WHERE ledger_leaf.journal_id = OLD.id AND NOT EXISTS (
            SELECT 1 FROM erasure JOIN journal AS act ON act.id = erasure.erased_by_id
            WHERE erasure.leaf_index = ledger_leaf.leaf_index AND erasure.journal_id = OLD.id
            AND act.type = 'erasure'
        )
    )
"""


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("leaf_index", KEY, autoincrement=False, nullable=False),
        sa.Column("journal_id", KEY, nullable=False),
        sa.Column("erased_by_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["journal_id"], ["journal.id"], name=op.f("fk_erasure_journal_id_journal")
        ),
        sa.ForeignKeyConstraint(
            ["erased_by_id"], ["journal.id"], name=op.f("fk_erasure_erased_by_id_journal")
        ),
        sa.PrimaryKeyConstraint("leaf_index", name=op.f("pk_erasure")),
        sa.UniqueConstraint("erased_by_id", name=op.f("uq_erasure_erased_by_id")),
    )
    op.create_index(op.f("ix_erasure_journal_id"), "erasure", ["journal_id"])
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _upgrade_sqlite() -> None:
    _let_content_go()
    for change in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER erasure_no_{change} BEFORE {change.upper()} ON erasure "
            "BEGIN SELECT RAISE(ABORT, 'erasure is append-only'); END"
        )
    op.execute("DROP TRIGGER journal_no_update")
    op.execute(
        f"CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal WHEN NOT ({_ERASES}) "
        "BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END"
    )


def _let_content_go() -> None:
    """Take NOT NULL from `journal.content` where it stands: all tables refer to the journal.

    As https://sqlite.org/lang_altertable.html, section 7, tells for constraints: the text of the
    table is written again, rows and triggers stay.
    """
    connection = op.get_bind()
    before = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'journal'"
    ).scalar_one()
    after = before.replace("content BLOB NOT NULL", "content BLOB")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'journal'", (after,)
    )
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def _upgrade_postgresql() -> None:
    op.alter_column("journal", "content", nullable=True)
    op.execute(
        "CREATE TRIGGER erasure_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_all_but_erasure() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {_ERASES} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute("DROP TRIGGER journal_no_change ON journal")
    op.execute(
        "CREATE TRIGGER journal_no_change BEFORE DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal "
        "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_erasure()"
    )
