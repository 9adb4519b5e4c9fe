"""The audit beside a recorder at work, and after a backup was restored: no false alarm."""

from __future__ import annotations

import shutil
from threading import Event, Thread

import pytest

from chain.canonical import public_subject
from services.audit.comparison import Auditor
from services.audit.findings import Difference
from tests.factories import Phones, official, pig, report, source_place, write
from tests.services.audit.conftest import RECORDED, WAITING, Office, chain_in, fill
from tests.services.conftest import opened

pytestmark = pytest.mark.slow

PIG = public_subject("iso11784", official(1))


class Busy:
    """A chain on which more is recorded before and after each look at it."""

    def __init__(self, chain, grow):
        self._chain = chain
        self._grow = grow

    def identity(self):
        return self._chain.identity()

    def size(self):
        self._grow()
        size = self._chain.ledger.size()
        self._grow()
        return size

    def batches(self, first=0):
        self._grow()
        yield from self._chain.logs.batches(first)
        self._grow()

    def by_subject(self, subject):
        self._grow()
        found = list(self._chain.logs.by_subject(subject))
        self._grow()
        return iter(found)


@pytest.fixture
def filled(database, tmp_path):
    office = Office(database, chain_in(tmp_path))
    fill(office)
    return office


def test_audit__more_is_recorded_between_any_two_looks__is_clean(filled):
    with filled.recorder() as (recorder, chain):

        def grow():
            write(filled.database, report("register", [pig(1), pig(9)], at=source_place(9)))
            recorder.drain(lambda: None)

        busy = Busy(chain, grow)
        auditor = Auditor(filled.database, busy, busy)
        whole, subject = auditor.audit(), auditor.audit_subject(PIG)
    assert whole.findings == subject.findings == []
    assert RECORDED < whole.records == whole.size < subject.size
    assert 3 < subject.records < subject.size


def test_audit__by_a_reader_while_a_writer_records__is_clean_each_time(office):
    stop = Event()

    def record_on():
        with office.recorder() as (recorder, _):
            for number in range(100, 130):
                write(office.database, report("register", [pig(number)], at=source_place(1)))
                recorder.step(flush=True)
                if stop.is_set():
                    break
            recorder.drain(lambda: None)

    writer = Thread(target=record_on)
    writer.start()
    try:
        reports = []
        while writer.is_alive() and len(reports) < 8:
            with office.auditor() as auditor:
                reports += [auditor.audit(), auditor.audit_subject(PIG)]
    finally:
        stop.set()
        writer.join(60)
    reports.append(office.audit())
    assert [found for one in reports for found in one.findings] == []
    assert reports[-1].size > reports[0].size >= RECORDED


def test_audit__after_a_backup_was_restored__content_lost_is_all_that_is_found(office, tmp_path):
    """What waited in the backup and was recorded since is whole; what came later is lost."""
    backup = tmp_path / "backup.db"
    office.database.close()
    shutil.copy(office.database.engine.url.database, backup)
    Phones(office.database).say(f"REG {official(5)}")
    office.record()
    with opened(f"sqlite:///{backup}") as database:
        restored = Office(database, office.settings)
        restored.record()
        report = restored.audit()
        assert {finding.difference for finding in report.findings} == {Difference.CONTENT_LOST}
        assert len(report.findings) == 2, "the two records of the pig reported after the backup"
        assert report.size == RECORDED + WAITING + 2
        Phones(database).say(f"REG {official(6)}")
        restored.record()
        again = restored.audit()
    assert (again.findings, again.size) == (report.findings, report.size + 2)
