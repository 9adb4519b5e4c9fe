from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.storage.bulk import draw_keys, insert_rows, update_rows
from services.storage.models import Animal, Journal, LedgerLeaf
from tests.factories import NOW

COLUMNS = ("id", "event_id", "type", "content")


def animal(value):
    return Animal(public_id=uuid4(), scheme="animal", value=value, found=True)


def test_draw_keys__between_rows_that_the_database_numbers__are_theirs_alone(database):
    with database.write() as session:
        session.add(animal("before"))
        session.flush()
        drawn = draw_keys(session, Animal, 3)
        insert_rows(
            session,
            Animal,
            ("id", "public_id", "value"),
            [(key, uuid4(), str(key)) for key in drawn],
            scheme="animal",
            kind="animal",
            found=True,
        )
        session.add(animal("after"))
        session.flush()
        values = session.scalars(select(Animal.value).order_by(Animal.id)).all()
    assert list(drawn) == sorted(set(drawn))
    assert values == ["before", *map(str, drawn), "after"]


def test_draw_keys__none__are_none(database):
    with database.write() as session:
        assert list(draw_keys(session, Journal, 0)) == []


def test_insert_rows__values_of_every_type__come_back_as_they_were(database):
    ids = [UUID(int=1), UUID(int=2)]
    at = datetime(2026, 11, 25, 2, 0, 0, 123456, tzinfo=UTC)
    with database.write() as session:
        insert_rows(
            session,
            Journal,
            COLUMNS,
            [(7, ids[0], "register", b"\x00\xff"), (9, ids[1], "arrive", b"")],
            recorded_at=at,
            occurred_on=date(2026, 11, 24),
        )
    with database.read() as session:
        rows = session.scalars(select(Journal).order_by(Journal.id)).all()
        found = [(row.id, row.event_id, row.type, row.content) for row in rows]
        shared = {(row.recorded_at, row.occurred_on) for row in rows}
    assert found == [(7, ids[0], "register", b"\x00\xff"), (9, ids[1], "arrive", b"")]
    assert shared == {(at, date(2026, 11, 24))}


def test_insert_rows__none_given__stays_null(database):
    with database.write() as session:
        insert_rows(
            session,
            Animal,
            ("public_id", "value", "born_on", "head_count"),
            [(uuid4(), "1", None, None), (uuid4(), "2", date(2026, 1, 1), 3)],
            scheme="animal",
            kind="mob",
            found=False,
        )
        rows = session.execute(
            select(Animal.born_on, Animal.head_count, Animal.kind).order_by(Animal.value)
        ).all()
    assert [tuple(row) for row in rows] == [(None, None, "mob"), (date(2026, 1, 1), 3, "mob")]


def test_insert_rows__no_rows__does_nothing(database):
    with database.write() as session:
        insert_rows(session, Journal, COLUMNS, [], recorded_at=NOW, occurred_on=NOW.date())
        assert session.scalars(select(Journal)).all() == []


def test_insert_rows__row_that_is_too_short__is_an_error(database):
    with database.write() as session, pytest.raises(ValueError, match="argument"):
        insert_rows(session, Journal, COLUMNS, [(1, uuid4(), "register", b""), (2, uuid4())])


def test_update_rows__some_of_them__set_the_column_of_those_alone(database):
    with database.write() as session:
        insert_rows(
            session,
            LedgerLeaf,
            ("id", "commitment"),
            [(key, bytes([key])) for key in range(1, 5)],
            subject=b"",
            waiting_since=NOW,
        )
        update_rows(session, LedgerLeaf, ("leaf_index",), [(3, 2**40), (1, 0)])
        update_rows(session, LedgerLeaf, ("leaf_index", "subject"), [])
    with database.read() as session:
        found = session.execute(select(LedgerLeaf.id, LedgerLeaf.index).order_by(LedgerLeaf.id))
        assert found.all() == [(1, 0), (2, None), (3, 2**40), (4, None)]


def test_update_rows__days_and_nothing__are_stored_as_they_are(database):
    with database.write() as session:
        row = {"scheme": "animal", "found": True, "born_on": NOW.date(), "head_count": 4}
        session.add_all([Animal(public_id=uuid4(), value=str(n), **row) for n in (1, 2)])
        session.flush()
        first, second = session.scalars(select(Animal.id).order_by(Animal.id))
        columns = ("born_on", "head_count", "found", "breed", "kilograms")
        update_rows(
            session,
            Animal,
            columns,
            [(second, None, None, False, "native", 1.5), (first, NOW.date(), 5, True, None, None)],
        )
    with database.read() as session:
        wanted = select(*(getattr(Animal, name) for name in columns)).order_by(Animal.id)
        assert session.execute(wanted).all() == [
            (NOW.date(), 5, True, None, None),
            (None, None, False, "native", 1.5),
        ]
