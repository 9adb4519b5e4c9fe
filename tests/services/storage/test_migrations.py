from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chain.ports import SignedTransaction
from services.core.clock import utc_now
from services.core.errors import SchemaBehind
from services.ledger.recorder_store import DatabaseRecorderStore
from services.storage.database import Database, _alembic, head_revision
from services.storage.models import Base, LedgerBatch
from services.storage.vault import Vault
from tests.factories import KEY, pig, report, source_place, write
from tests.services.conftest import KINDS

CHANGES = [
    "UPDATE journal SET type = 'death'",
    "DELETE FROM journal",
    "UPDATE ledger_node SET level = 9",
    "DELETE FROM ledger_node",
]


@pytest.fixture(params=KINDS)
def bare(request, tmp_path):
    """A database in which nothing has been made yet."""
    server = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if server else f"sqlite:///{tmp_path}/new.db"
    database = Database(url, Vault(KEY))
    yield database
    database.close()


def test_require_schema__empty_or_behind__is_refused_and_tells_what_to_do(bare):
    assert bare.revision() is None
    with pytest.raises(SchemaBehind, match=r"is empty.*`bilum db upgrade`"):
        bare.require_schema()
    bare.upgrade()
    bare.require_schema()
    bare.upgrade()
    assert bare.revision() == head_revision()
    with bare.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(SchemaBehind, match="at revision 0000"):
        bare.require_schema()


def upgrade_to(database, revision):
    config = _alembic()
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_0012__transactions_on_their_way__are_the_first_offers_of_their_nonces(bare):
    if bare.is_sqlite:
        Path(bare.engine.url.database).touch()
    upgrade_to(bare, "0011")
    with bare.write() as session:
        session.execute(
            text(
                "INSERT INTO ledger_batch (id, first_index, size, root, state) "
                "VALUES (1, 0, 2, :root, 'broadcast')"
            ),
            {"root": bytes(32)},
        )
        session.execute(
            text(
                "INSERT INTO ledger_transaction (id, batch_id, signer, nonce, hash, raw) "
                "VALUES (7, 1, '0xA1', 5, :hash, :raw)"
            ),
            {"hash": b"\1" * 32, "raw": b"signed"},
        )
    bare.upgrade()
    (batch,) = DatabaseRecorderStore(bare, utc_now).open_batches()
    assert batch.offers == (SignedTransaction("0xA1", 5, b"signed", b"\1" * 32),)
    assert abs(utc_now() - batch.offered_at) < timedelta(minutes=1)


def test_migrations__at_head__make_exactly_the_models(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("change", CHANGES)
def test_triggers__change_of_what_is_for_good__is_refused(database, change):
    write(database, report("register", [pig(1)], at=source_place(1)))
    with database.write() as session:
        session.execute(
            text("INSERT INTO ledger_node (level, node_index, hash) VALUES (1, 0, :hash)"),
            {"hash": bytes(32)},
        )
        session.add(LedgerBatch(first=0, size=2, root=bytes(32), state="batched"))
    with pytest.raises(DBAPIError, match="is append-only"), database.write() as session:
        session.execute(text(change))


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["journal", "ledger_node"])
def test_triggers__truncate__is_refused(migrated_server, table):
    with (
        pytest.raises(DBAPIError, match="is append-only"),
        migrated_server.write() as session,
    ):
        session.execute(text(f"TRUNCATE {table} CASCADE"))


def test_upgrade__run_again_on_a_database_in_use__leaves_rows_and_triggers(database):
    write(database, report("register", [pig(1)], at=source_place(1)))
    database.upgrade()
    with pytest.raises(DBAPIError, match="is append-only"), database.write() as session:
        session.execute(text("DELETE FROM journal"))
