"""The right to record as a lease, several offers for a nonce, repairs, and nodes taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
# A node goes only after every batch that reaches over all of its leaves.
COVERED = (
    "EXISTS (SELECT 1 FROM ledger_batch "
    "WHERE size >= ((OLD.node_index + 1) << CAST(OLD.level AS INTEGER)))"
)


def upgrade() -> None:
    op.create_table(
        "ledger_lease",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("token", KEY, nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_lease")),
    )
    op.execute("INSERT INTO ledger_lease (id, token) VALUES (1, 0)")
    op.create_table(
        "ledger_repair",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", KEY, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_ledger_repair")),
    )
    _move_offers()
    if op.get_bind().dialect.name == "sqlite":
        _guard_nodes_on_sqlite()
    else:
        _guard_nodes_on_postgresql()


def _move_offers() -> None:
    # First out of the way: where SQLite makes a table anew, what refers to its rows goes with it.
    op.execute("CREATE TEMPORARY TABLE kept AS SELECT id, hash, raw FROM ledger_transaction")
    with op.batch_alter_table("ledger_transaction") as batch:
        batch.drop_constraint(op.f("uq_ledger_transaction_hash"), type_="unique")
        batch.drop_column("raw")
        batch.drop_column("hash")
    op.create_table(
        "ledger_offer",
        sa.Column("id", KEY, nullable=False),
        sa.Column("transaction_id", KEY, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("offered_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transaction.id"],
            name=op.f("fk_ledger_offer_transaction_id_ledger_transaction"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_offer")),
        sa.UniqueConstraint("hash", name=op.f("uq_ledger_offer_hash")),
    )
    op.create_index(op.f("ix_ledger_offer_transaction_id"), "ledger_offer", ["transaction_id"])
    op.execute(
        "INSERT INTO ledger_offer (transaction_id, hash, raw, offered_at) "
        "SELECT id, hash, raw, CURRENT_TIMESTAMP FROM kept ORDER BY id"
    )
    op.execute("DROP TABLE kept")


def _guard_nodes_on_sqlite() -> None:
    op.execute("DROP TRIGGER ledger_node_no_delete")
    op.execute(
        "CREATE TRIGGER ledger_node_no_delete BEFORE DELETE ON ledger_node "
        f"WHEN {COVERED} BEGIN SELECT RAISE(ABORT, 'ledger_node is append-only'); END"
    )


def _guard_nodes_on_postgresql() -> None:
    op.execute("DROP TRIGGER ledger_node_no_change ON ledger_node")
    op.execute(
        "CREATE TRIGGER ledger_node_no_change BEFORE UPDATE OR TRUNCATE ON ledger_node "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE FUNCTION refuse_covered_node() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {COVERED} THEN RAISE EXCEPTION 'ledger_node is append-only'; END IF; "
        "RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_node_no_delete BEFORE DELETE ON ledger_node "
        "FOR EACH ROW EXECUTE FUNCTION refuse_covered_node()"
    )
