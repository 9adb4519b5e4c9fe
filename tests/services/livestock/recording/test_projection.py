"""The state of animals as it is read for the next event."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update

from services.livestock.recording.projection import read_moves
from services.storage.models import Animal, Movement


def test_moves__of_which_one_was_changed__are_read_in_the_order_in_which_they_began(phones):
    phones.say("REG 598000000000017")
    days = [date(2026, 11, day) for day in (1, 2, 3)]
    with phones.database.write() as session:
        [animal] = session.scalars(select(Animal.id))
        for day in days:
            session.add(Movement(animal_id=animal, departed_on=day))
            session.flush()
    with phones.database.write() as session:
        # PostgreSQL writes a changed row anew, behind the others.
        first = Movement.departed_on == days[0]
        session.execute(update(Movement).where(first).values(arrived_on=days[2]))
    with phones.database.read() as session:
        moves = read_moves(session, [animal])[animal]
    assert [move.departed_on for move in moves] == days
