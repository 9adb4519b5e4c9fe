"""Events go to the journal with one leaf for each subject, under keys in their order."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from chain.canonical import canonical_bytes, commitment, new_salt, receipt_code
from services.ledger.journal import JournalEntry, SaltedSubject, write_entries
from services.storage.locks import one_writer
from services.storage.models import Journal, LedgerLeaf
from tests.factories import NOW, TODAY


def entry(number, subjects):
    record = {"event": str(UUID(int=number)), "type": "test"}
    filed = [SaltedSubject(bytes([number, place]) * 16, new_salt()) for place in range(subjects)]
    return JournalEntry(UUID(int=number), "test", TODAY, canonical_bytes(record), filed)


def write(database, *entries):
    with database.write() as session:
        one_writer(session)
        return write_entries(session, entries, NOW)


def test_write__events__are_rows_and_leaves_in_order(database):
    entries = [entry(1, 2), entry(2, 1)]
    placed = write(database, *entries)
    with database.read() as session:
        rows = session.scalars(select(Journal).order_by(Journal.id)).all()
        leaves = session.scalars(select(LedgerLeaf).order_by(LedgerLeaf.id)).all()
        assert [row.id for row in rows] == [one.journal_id for one in placed]
        assert [(row.event_id, row.type, row.occurred_on, row.recorded_at) for row in rows] == [
            (one.event_id, "test", TODAY, NOW) for one in entries
        ]
        assert [row.content for row in rows] == [one.content for one in entries]
        assert [(leaf.journal_id, leaf.position) for leaf in leaves] == [
            (rows[0].id, 0),
            (rows[0].id, 1),
            (rows[1].id, 0),
        ]
        salts = [filed.salt for one in entries for filed in one.filed]
        contents = [rows[0].content, rows[0].content, rows[1].content]
        assert [leaf.commitment for leaf in leaves] == list(map(commitment, salts, contents))
        assert [leaf.index for leaf in leaves] == [None] * 3
        assert placed[1].receipt == receipt_code(leaves[2].commitment)


def test_write__nothing__leaves_nothing(database):
    assert write(database) == []
    with database.read() as session:
        assert session.scalars(select(Journal)).all() == []
