"""States of animals as rows, so that those of two databases, or of two tries, can be compared."""

from __future__ import annotations

from sqlalchemy import select

from services.storage.models import Animal, Movement, Premises


def rows(session):
    """State and movements of every animal; keys, which a database draws anew, by their order."""
    order = {
        table.__tablename__: sorted(session.scalars(select(table.id)))
        for table in (Animal, Premises)
    }
    journal = {"registered_by_id", "ended_by_id", "departure_id", "arrival_id"}
    found = []
    for table in (Animal, Movement):
        kept = [one for one in table.__table__.c if one.name not in {"id", "public_id", *journal}]
        keys = [order.get(_target(one)) for one in kept]
        made = session.execute(select(*kept)).all()
        found.append(sorted(repr([*map(_ranked, row, keys)]) for row in made))
    return found


def _target(column):
    return next((key.column.table.name for key in column.foreign_keys), None)


def _ranked(value, order):
    return value if order is None or value is None else order.index(value)
