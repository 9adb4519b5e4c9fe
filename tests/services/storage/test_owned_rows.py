"""Rows and those that name them are the same, whether they are few or many."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.storage.bulk import draw_keys
from services.storage.models import Journal, LedgerLeaf
from services.storage.owned_rows import Rows, insert_with_owned
from tests.factories import NOW, TODAY

EVENT = ("event_id", "type", "occurred_on", "content")
LEAF = ("position", "subject", "salt", "commitment")


def events(numbers):
    rows = [(UUID(int=one), "register", TODAY, b"%d" % one) for one in numbers]
    return Rows(Journal, EVENT, rows, {"recorded_at": NOW})


def leaves(places):
    rows = [(turn, b"subject %d" % turn, None, b"") for turn, _ in enumerate(places)]
    return Rows(LedgerLeaf, LEAF, rows, {"waiting_since": NOW, "correlation": 2**62})


@pytest.mark.parametrize("count", [1, 3, 50])
def test_rows__of_several_owners__name_each_its_own_in_their_order(database, count):
    places = [place for place in range(count) for _ in range(place % 3)]
    with database.write() as session:
        (first,) = draw_keys(session, Journal, 1)
        keys = insert_with_owned(
            session, events(range(count)), "journal_id", leaves(places), places
        )
    assert list(keys) == sorted(set(keys))
    assert keys[0] > first or database.is_sqlite
    with database.read() as session:
        events_of = select(Journal.id, Journal.event_id, Journal.content).order_by(Journal.id)
        found = session.execute(events_of).all()
        owned = session.scalars(select(LedgerLeaf).order_by(LedgerLeaf.id)).all()
        assert [(one.journal_id, one.position, one.subject) for one in owned] == [
            (keys[place], turn, b"subject %d" % turn) for turn, place in enumerate(places)
        ]
        assert {(one.waiting_since, one.correlation, one.salt) for one in owned} <= {
            (NOW, 2**62, None)
        }
    assert found == [(key, UUID(int=one), b"%d" % one) for one, key in enumerate(keys)]


def test_rows__none__are_none(database):
    with database.write() as session:
        assert list(insert_with_owned(session, events(()), "journal_id", leaves(()), ())) == []


def test_rows__of_a_key_that_is_there__are_refused_with_what_they_own(database):
    with database.write() as session:
        insert_with_owned(session, events([1]), "journal_id", leaves([0]), [0])
    with pytest.raises(IntegrityError), database.write() as session:
        insert_with_owned(session, events([2, 1]), "journal_id", leaves([0, 1]), [0, 1])
    with database.read() as session:
        assert len(session.scalars(select(LedgerLeaf)).all()) == 1
