"""What the audit says of what is erased, and of what only looks so."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select

from chain.canonical import public_subject
from services.audit.findings import Difference
from services.ledger.content_erasure import ERASURE
from services.storage.models import Journal, LedgerLeaf
from tests.factories import official
from tests.services.audit.conftest import Office, chain_in
from tests.services.audit.erasures import FIRST, erase, event_of, row_of
from tests.services.conftest import opened


def classes(report):
    return {finding.difference for finding in report.findings}


DISHONEST = {
    "nulled by hand": (
        ["UPDATE journal SET content = NULL WHERE id = EVENT_4"], {Difference.MISSING_IN_DATABASE},
    ),
    "nulled by hand, salts too": (
        ["UPDATE journal SET content = NULL WHERE id = EVENT_4",
         "UPDATE ledger_leaf SET salt = NULL WHERE journal_id = EVENT_4"],
        {Difference.MISSING_IN_DATABASE},
    ),
    "rows of erasures without events": (
        [("INSERT INTO erasure SELECT leaf_index, journal_id, leaf_index + 900 FROM ledger_leaf "
         "WHERE journal_id = EVENT_4"),
         "UPDATE journal SET content = NULL WHERE id = EVENT_4",
         "UPDATE ledger_leaf SET salt = NULL WHERE journal_id = EVENT_4"],
        {Difference.MISSING_IN_DATABASE, Difference.ALTERED},
    ),
    "content is still there": (
        ["UPDATE journal SET content = CAST('{}' AS BLOB) WHERE id = GONE"],
        {Difference.NOT_ERASED, Difference.ALTERED},
    ),
    "a salt is still there": (
        ["UPDATE ledger_leaf SET salt = commitment WHERE journal_id = GONE"],
        {Difference.NOT_ERASED},
    ),
    "the erasure names none that there is": (
        [("UPDATE journal SET content = CAST(REPLACE(CAST(content AS TEXT), '\"erased\":[', "
         "'\"erased\":[90') AS BLOB) WHERE type = 'erasure'")],
        {Difference.ALTERED, Difference.MISSING_IN_DATABASE},
    ),
    "the erasure is deleted": (
        ["DELETE FROM journal WHERE type = 'erasure'"],
        {Difference.ALTERED, Difference.MISSING_IN_DATABASE},
    ),
    "the erasure is of another type": (
        ["UPDATE journal SET type = 'count' WHERE type = 'erasure'"],
        {Difference.ALTERED, Difference.MISSING_IN_DATABASE},
    ),
    "the row of the erasure": (["DELETE FROM erasure"], {Difference.ALTERED}),
    "the row names another": (
        ["UPDATE erasure SET journal_id = 1"], {Difference.ALTERED},
    ),
    "type of what is left": (["UPDATE journal SET type = 'arrive' WHERE id = GONE"],
                             {Difference.ALTERED}),
    "day of what is left": (["UPDATE journal SET occurred_on = '2026-11-24' WHERE id = GONE"],
                            {Difference.ALTERED}),
    "time of what is left": (["UPDATE journal SET recorded_at = '2026-11-24' WHERE id = GONE"],
                             {Difference.ALTERED}),
    "row of what is left": (["DELETE FROM journal WHERE id = GONE"], {Difference.ALTERED}),
    "leaf of what is left": (["DELETE FROM ledger_leaf WHERE journal_id = GONE"],
                             {Difference.MISSING_IN_DATABASE, Difference.ALTERED,
                              Difference.MISSING_ON_CHAIN}),
}  # fmt: skip


@pytest.fixture(scope="module")
def erased_archive(archive, tmp_path_factory):
    """A filled office, one of whose events is erased."""
    kept, receipts = archive
    folder = shutil.copytree(kept, tmp_path_factory.mktemp("erased") / "office")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        office = Office(database, chain_in(folder), dict(receipts))
        erase(office, event_of(office, "depart"))
        office.record()
        assert office.audit().clean
    return folder


@pytest.fixture
def erased(erased_archive, tmp_path):
    folder = shutil.copytree(erased_archive, tmp_path / "erased")
    with opened(f"sqlite:///{folder}/bilum.db") as database:
        yield Office(database, chain_in(folder))


@pytest.mark.parametrize("what", DISHONEST)
def test_audit__something_about_an_erasure_is_tampered_with__is_found(erased, what):
    office, (statements, expected) = erased, DISHONEST[what]
    gone = str(row_of(office, event_of(office, "depart"))[0][0])
    for statement in statements:
        assert office.tamper(statement.replace("GONE", gone)) >= 1
    assert classes(office.audit()) == expected
    with office.auditor() as auditor:
        assert not auditor.audit_subject(FIRST).clean or "EVENT_4" in statements[-1]


def test_audit__erasure_names_an_earlier_record_of_its_pig__both_are_told(office):
    """It may name that one, and it was not what it named: one is gone, the other is still there."""
    departed = event_of(office, "depart")
    erase(office, departed)
    office.record()
    (gone,) = [leaf.place for leaf in row_of(office, departed)[2] if leaf.subject == FIRST]
    (first,) = [
        leaf.place
        for leaf in row_of(office, event_of(office, "register"))[2]
        if leaf.subject == FIRST
    ]
    renamed = (
        "UPDATE journal SET content = CAST(REPLACE(CAST(content AS TEXT), ?, ?) AS BLOB) "
        "WHERE id = (SELECT erased_by_id FROM erasure WHERE leaf_index = ?)"
    )
    assert office.tamper(renamed, f'"erased":[{gone}]', f'"erased":[{first}]', gone) == 1
    assert classes(office.audit()) == {
        Difference.ALTERED,
        Difference.MISSING_IN_DATABASE,
        Difference.NOT_ERASED,
    }


def test_audit__erasure_of_another_subject__excuses_nothing(office):
    """An operator files an erasure under one pig, and lets another's record go by it."""
    erase(office, event_of(office, "depart"))
    with office.database.write() as session:
        mine, other = session.scalars(
            select(LedgerLeaf)
            .join(Journal, Journal.id == LedgerLeaf.journal_id)
            .where(Journal.type == ERASURE)
            .order_by(LedgerLeaf.id)
        ).all()[:2]
        # Their leaves change subjects before they are recorded, so the chain has it so.
        mine.subject, other.subject = other.subject, mine.subject
    office.record()
    report = office.audit()
    assert Difference.MISSING_IN_DATABASE in classes(report)
    assert any("which it may not" in finding.detail for finding in report.findings)


@pytest.mark.slow
def test_audit_subject__one_record_erased__is_clean_and_tells_it(office):
    done = erase(office, event_of(office, "depart"))
    office.record()
    with office.auditor() as auditor:
        report = auditor.audit_subject(FIRST)
        other = auditor.audit_subject(public_subject("iso11784", official(4)))
    assert report.clean
    assert len(report.erased) == 1
    assert set(report.erased) < set(done.indexes)
    assert (other.clean, other.erased) == (True, [])


@pytest.mark.slow
def test_audit__backup_from_before_an_erasure__tells_content_lost_and_it_is_erased_again(
    office, tmp_path
):
    event, old = event_of(office, "depart"), tmp_path / "old.db"
    with closing(sqlite3.connect(office.database.engine.url.database)) as connection:
        connection.execute("VACUUM INTO ?", (str(old),))
    done = erase(office, event)
    office.record()
    with opened(f"sqlite:///{old}") as database:
        restored = Office(database, office.settings)
        restored.record()
        report = restored.audit()
        assert (classes(report), report.erased) == ({Difference.CONTENT_LOST}, [])
        assert row_of(restored, event)[1] is not None
        assert erase(restored, event) == done
        restored.record()
        report = restored.audit()
        assert (classes(report), sorted(report.erased)) == (
            {Difference.CONTENT_LOST},
            sorted(done.indexes),
        )
