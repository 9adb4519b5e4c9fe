"""Messages at the same instant: none waits for another for ever, and each is recorded once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from services.storage.models import Animal, Journal, Outbreak, Party
from tests.factories import STRANGER, Phones, in_threads, rows
from tests.services.livestock.country import Country


@pytest.mark.parametrize("sender", [STRANGER, "+67570000009"])
def test_messages__of_one_new_phone_in_two_languages__are_all_recorded(phones, sender):
    places = [f"{place}, Jiwaka" for place in ("PLACE Kudjip", "PLES Banz", "PLACE Minj")]
    texts = ["MOB 5", *places, "LAIN 6", "PLES Nondugl, Jiwaka"]
    done = in_threads(*[lambda text=text: phones.send(text, sender) for text in texts])
    assert [one.outcome for one in done] == ["mob", *["place"] * 3, "mob", "place"]
    assert (rows(phones.database, Party), rows(phones.database, Journal)) == (1, len(texts))


@pytest.mark.slow
def test_messages__that_all_draw_numbers__wait_in_one_line(database):
    country = Country(database).found()
    texts = ["PERMIT 598000000000001 1165", "MOB 5", "PLES Banz", "PERMIT 3 1165", "BORN 4"]
    texts += [*texts[:1], "MOB 6", *texts[2:4], "BORN 7"]
    done = in_threads(*[lambda text=text: country.phones.send(text) for text in texts])
    assert [one.outcome for one in done] == ["permit", "mob", "place", "permit", "birth"] * 2


def test_suspicion__after_midnight_in_bougainville__is_recorded(database):
    arawa = Phones(database, datetime(2026, 11, 25, 13, 30, tzinfo=UTC))
    arawa.say("PLACE Arawa, Bougainville")
    arawa.say("SICK 3 ASF")
    with database.read() as session:
        [row] = session.scalars(select(Outbreak))
        assert str(row.began_on) == "2026-11-26"


@pytest.mark.parametrize("heads", [1, 2])
def test_death__of_some_of_a_mob_that_nobody_counted__leaves_it_alive(phones, heads):
    phones.say("MOB")
    with phones.database.read() as session:
        [number] = session.scalars(select(Animal.value))
    phones.say(f"DEAD {heads} MOB {number}")
    with phones.database.read() as session:
        [row] = session.execute(select(Animal.ended_on, Animal.head_count))
        assert tuple(row) == (None, None)
    phones.say(f"DEAD {number}")
    with phones.database.read() as session:
        assert session.scalar(select(Animal.ended_on)) is not None
