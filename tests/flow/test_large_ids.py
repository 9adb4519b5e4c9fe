"""Rows beyond the two thousand million that 31 bits number: a country's, after years."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import create_engine, func, select, text

from chain.connection import connect
from services.audit.comparison import Auditor
from services.core.clock import utc_now
from services.core.settings import Settings
from services.runtime.container import Runtime
from services.runtime.workers import make_carriers, make_dispatcher, record_everything
from services.storage.data_key import load_or_make_key
from services.storage.database import DATA_KEY
from services.storage.models import Base
from tests.factories import Phones

pytestmark = [pytest.mark.postgres, pytest.mark.sockets, pytest.mark.slow]

FAR = 3_000_000_000
NUMBERED = ("animal", "attempt", "journal", "ledger_leaf", "message", "movement", "premises")
KEEPER, BUYER = "+67571000001", "+67571000002"


@pytest.fixture
def runtime(migrated_url, tmp_path):
    """The program on a database whose numbers are far."""
    load_or_make_key(tmp_path / DATA_KEY)
    environ = {"BILUM_DATABASE_URL": migrated_url, "BILUM_DATA_DIR": str(tmp_path)}
    runtime = Runtime.open(Settings.from_env(environ))
    with runtime.database.engine.begin() as connection:
        names = connection.scalars(text("SELECT sequencename FROM pg_sequences")).all()
        for name in names:
            connection.execute(text("SELECT setval(CAST(:name AS regclass), :far)"),
                               {"name": f'"{name}"', "far": FAR})  # fmt: skip
    yield runtime
    runtime.close()


def test_ids__beyond_31_bits__reports_are_answered_recorded_and_audited(runtime):
    phones = Phones(runtime.database, utc_now(), runtime.conversation)
    phones.send("REG 598000000000017", KEEPER)
    phones.send("REG 598000000000025", BUYER)
    with runtime.database.engine.connect() as connection:
        place = connection.scalars(
            text("SELECT value FROM identifier WHERE premises_id > 0 ORDER BY premises_id DESC")
        ).first()
    phones.send(f"MOVE 598000000000017 TO {place}", KEEPER)
    phones.send("ARRIVE 598000000000017", BUYER)
    dispatcher = make_dispatcher(runtime, make_carriers(runtime, io.StringIO()))
    while dispatcher.step():
        pass
    dispatcher.close()
    record_everything(runtime, lambda: None, lambda _size: None)
    with connect(runtime.settings.chain, write=False) as chain:
        report = Auditor(runtime.database, chain.ledger, chain.logs).audit()
    assert report.clean, report.as_json()
    assert report.records > 4
    with runtime.database.engine.connect() as connection:
        least = {
            table: connection.scalar(select(func.min(Base.metadata.tables[table].c.id)))
            for table in NUMBERED
        }
    assert {
        table: number for table, number in least.items() if number is None or number <= FAR
    } == {}


def test_columns__that_number_rows__have_64_bits(migrated_url):
    """A key of 31 bits would end a country's reports at a moment that nobody chose."""
    engine = create_engine(migrated_url)
    with engine.connect() as connection:
        short = connection.execute(text(_SHORT)).all()
    engine.dispose()
    assert short == []


_SHORT = """SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('integer', 'smallint')
      AND (column_name = 'id' OR column_name LIKE '%\\_id')"""
