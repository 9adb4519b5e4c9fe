"""Every column of state that follows from the journal is compared with it, and no other alarms."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from threading import Event, Thread

import pytest
from sqlalchemy import JSON, Boolean, Date, Float, Integer, Uuid

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport, Difference
from services.audit.projections.coverage import FROM_JOURNAL, NOT_FROM_JOURNAL, OTHER_TABLES
from services.storage.database import Database
from services.storage.models import Base
from services.storage.models.base import Octets, UtcTime
from services.storage.vault import Vault
from tests.factories import pig, report, source_place, write
from tests.services.audit.holding import AWAY, SOW, Holding, set_scene
from tests.services.conftest import opened
from tests.support.tampering import unguarded

COLUMNS = [
    # Each takes a whole comparison: of each table one column, and in `make test-all` the others.
    pytest.param(table, column, id=f"{table}.{column}", marks=[pytest.mark.slow] * (place > 0))
    for table, columns in FROM_JOURNAL.items()
    for place, column in enumerate(sorted(columns))
]


def replayed(database):
    found = AuditReport()
    with database.read() as session:
        compare_projections(session, found)
    return found


def other_value(column):
    """SQL of a value of the column's type that it does not have."""
    name = f'"{column.name}"'
    by_type = {
        Boolean: f"1 - {name}",
        Integer: f"COALESCE({name}, 0) + 1",
        Float: f"COALESCE({name}, 0) + 1",
        Date: "'1999-12-31'",
        UtcTime: "'1999-12-31 00:00:00.000000'",
        Octets: "randomblob(32)",
        Uuid: "lower(hex(randomblob(16)))",
        JSON: """'{"provinces": ["Enga"]}'""",
    }
    kinds = [sql for kind, sql in by_type.items() if isinstance(column.type, kind)]
    return kinds[0] if kinds else f"COALESCE({name}, '') || 'x'"


@pytest.fixture
def altered(set_up_file, tmp_path):
    """A function that changes a copy of the scene by SQL, and returns the copy opened."""
    path = shutil.copy(set_up_file, tmp_path / "altered.db")

    def alter(statement):
        with unguarded(path) as connection:
            assert connection.execute(statement).rowcount
        with opened(f"sqlite:///{path}") as database:
            return replayed(database)

    return alter


def test_columns__of_every_table__are_in_one_list():
    tables = {
        name: {one.name for one in table.columns} for name, table in Base.metadata.tables.items()
    }
    apart = {one.table: set() for one in NOT_FROM_JOURNAL}
    for one in NOT_FROM_JOURNAL:
        assert not apart[one.table] & one.columns
        apart[one.table] |= one.columns
    state = FROM_JOURNAL.keys() | apart.keys()
    assert not state & OTHER_TABLES.keys()
    assert tables.keys() == state | OTHER_TABLES.keys()
    for name in state:
        derived, other = FROM_JOURNAL.get(name, frozenset()), apart.get(name, set())
        assert not derived & other, name
        assert tables[name] == derived | other, name


@pytest.mark.slow
def test_scene__every_table_of_state__has_rows(set_up_file):
    with closing(sqlite3.connect(set_up_file)) as connection:
        empty = [
            table
            for table in FROM_JOURNAL
            if not connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        ]
    assert empty == []


@pytest.mark.slow
def test_replay__nothing_touched__finds_nothing(database):
    set_scene(database)
    found = replayed(database)
    assert [str(finding) for finding in found.findings] == []
    assert found.not_comparable == []


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_replay__column_altered__is_found(altered, table, column):
    described = Base.metadata.tables[table].columns[column]
    found = altered(
        f'UPDATE {table} SET "{column}" = {other_value(described)} WHERE rowid = '  # noqa: S608
        f'(SELECT rowid FROM {table} ORDER BY "{column}" IS NULL, rowid LIMIT 1)'
    )
    assert {finding.difference for finding in found.findings} == {Difference.WRONG_PROJECTION}


@pytest.mark.parametrize("table", FROM_JOURNAL)
def test_replay__row_deleted__is_found(altered, table):
    found = altered(
        f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})"  # noqa: S608
    )
    assert {finding.difference for finding in found.findings} == {Difference.WRONG_PROJECTION}


INVENTED = {
    "movement": "INSERT INTO movement (animal_id, departed_on) VALUES (1, '2026-11-01')",
    "check": "INSERT INTO check_made SELECT journal_id + 1, animal_id, premises_id, permit_id, "
    "purpose, outcome FROM check_made",
    "flag": "INSERT OR IGNORE INTO flag SELECT journal_id + 1, animal_id, code FROM flag",
    "number of an animal": "INSERT INTO identifier (scheme, value, animal_id) "
    "VALUES ('iso11784', '598000000000777', 1)",
    "number of nobody": "INSERT INTO identifier (scheme, value) VALUES ('bilum', '5')",
    "animal": "INSERT INTO animal (public_id, scheme, value, kind, found) "
    "VALUES ('00000000000000000000000000000000', 'iso11784', '598000000000777', 'animal', 1)",
    "correction": "INSERT INTO correction (journal_id, corrected_by_id) VALUES (2, 3)",
    "flag of orders on what is no movement": "INSERT INTO flag (journal_id, animal_id, code) "
    "SELECT registered_by_id, id, 'reported_late' FROM animal WHERE registered_by_id IS NOT NULL",
}


@pytest.mark.parametrize("statement", INVENTED.values(), ids=INVENTED.keys())
def test_replay__row_that_no_event_gives__is_found(altered, statement):
    found = altered(statement)
    assert {finding.difference for finding in found.findings} == {Difference.WRONG_PROJECTION}


UNREADABLE = {
    "born": "UPDATE animal SET born_on = 'soon' WHERE born_on IS NOT NULL",
    "content": "UPDATE journal SET content = CAST('{}' AS BLOB) WHERE type = 'birth'",
    "content of an order": "UPDATE journal SET content = CAST('[' AS BLOB) WHERE type = 'order'",
    "area": "UPDATE control_order SET area = '['",
    "salt of an area": "UPDATE control_order SET area_salt = 5",
}


@pytest.mark.parametrize("statement", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_replay__value_of_a_shape_that_is_never_written__is_a_finding_and_no_crash(
    altered, statement
):
    assert altered(statement).findings


def erase(path, *types):
    """Take the content of some acts of an authority away, which no erasure may."""
    with unguarded(path) as connection:
        marks = ", ".join("?" * len(types))
        connection.execute(f"UPDATE journal SET content = NULL WHERE type IN ({marks})", types)  # noqa: S608 — marks alone


def test_replay__events_erased__rows_that_they_touched_are_not_comparable(set_up_file, tmp_path):
    path = shutil.copy(set_up_file, tmp_path / "erased.db")
    erase(path, "permit", "order", "outbreak", "notice", "allocation")
    with opened(f"sqlite:///{path}") as database:
        found = replayed(database)
    assert [str(finding) for finding in found.findings] == []
    told = {one.split()[0] for one in found.not_comparable}
    assert told == {"permit", "control_order", "outbreak", "notice", "tag_order", "tag_range"}


def test_replay__arrivals_erased__uses_of_permits_stand(set_up_file, tmp_path):
    path = shutil.copy(set_up_file, tmp_path / "erased.db")
    erase(path, "arrive")
    with opened(f"sqlite:///{path}") as database:
        assert "permit_use" not in " ".join(map(str, replayed(database).findings))


def test_replay__without_a_data_key__reads_nothing_that_is_sealed(set_up_file):
    def key():
        raise AssertionError("an auditor has none")

    database = Database(f"sqlite:///{set_up_file}", Vault(key))
    try:
        assert replayed(database).findings == []
    finally:
        database.close()


@pytest.mark.slow
def test_replay__beside_a_writer__alarms_nobody(database):
    holding, stop = Holding(database), Event()
    holding.tell("register", SOW)

    def move_on():
        for number in range(200):
            holding.tell("depart", SOW, other=AWAY)
            write(database, report("register", [pig(100 + number)], at=source_place(number)))
            holding.tell("arrive", SOW, at=AWAY)
            if stop.is_set():
                return

    writer = Thread(target=move_on)
    writer.start()
    try:
        found = [replayed(database) for _ in range(5)]
    finally:
        stop.set()
        writer.join(60)
    assert [str(finding) for one in found for finding in one.findings] == []
