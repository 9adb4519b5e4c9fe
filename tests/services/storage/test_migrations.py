from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.core.errors import SchemaBehind
from services.storage.database import Database
from services.storage.models import Base, LedgerBatch
from services.storage.schema import head_revision
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("revision", "remedy"),
    [("0009", "`bilum db upgrade` of Bilum's commit a36632e"), ("0999", "install that version")],
)
def test_upgrade__revision_of_another_version__is_refused_with_what_to_do(bare, revision, remedy):
    bare.upgrade()
    with bare.write() as session:
        session.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )
        session.execute(text("UPDATE schema_floor SET revision = '0999'"))
    for refused in (bare.upgrade, bare.require_schema):
        with pytest.raises(SchemaBehind, match=f"at revision {revision}.*{remedy}"):
            refused()
    assert bare.revision() == revision


@pytest.mark.slow
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
