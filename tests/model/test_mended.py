"""Histories of which program and rules once said something different: they agree now."""

from __future__ import annotations

import pytest

from tests.model.comparing import compare
from tests.model.history import History, Said

AGREED = {
    "seen elsewhere on the day of a second departure": (
        (Said("depart", 0, 0, 1, 2), Said("weight", 5, 0, 3), Said("depart", 5, 0, 1, 0)), (),
    ),
    "seen where it left on the day of a second departure": (
        (Said("depart", 0, 0, 1, 2), Said("weight", 5, 0, 1), Said("depart", 5, 0, 2, 0)), (),
    ),
    "seen between two departures, and again after them": (
        (Said("depart", 0, 0, 1, 2), Said("weight", 3, 0, 3), Said("depart", 5, 0, 1, 0),
         Said("weight", 7, 0, 1)), (),
    ),
    "two arrivals of one day after a departure without end": (
        (Said("depart", 0, 0, 1, 2), Said("arrive", 29, 0, 2, 3), Said("arrive", 29, 0, 0, 2)), (),
    ),
    "there and back on one day from where it was registered": (
        (Said("register", 0, 0, 3), Said("depart", 17, 0, 1), Said("arrive", 17, 0, 3),
         Said("arrive", 17, 0, 1, 3)), (0,),
    ),
    "a mob begins where it had left, before its part": (
        (Said("depart", 0, 0, 2, 1), Said("birth", 1, 0, 2, heads=8),
         Said("register", 1, 1, 1, part_of=0)), (0,),
    ),
    "a part leaves for one place, and its mob for another, on one day": (
        (Said("arrive", 19, 0, 3, 2), Said("depart", 19, 1, 2, 0), Said("depart", 19, 0, 2, 3),
         Said("register", 19, 1, 2, heads=6, part_of=0)), (0, 1),
    ),
    "a part leaves on the day on which its mob came": (
        (Said("arrive", 18, 0, 3), Said("register", 18, 1, 3, owner=2, part_of=0),
         Said("arrive", 18, 1, 1, 3)), (0, 2),
    ),
    "a part is registered where its mob goes, and leaves from where it had left": (
        (Said("depart", 0, 1, 1, 2), Said("register", 0, 2, 2, heads=2, part_of=1),
         Said("register", 1, 3, 2, heads=1, part_of=2), Said("depart", 1, 3, 1, 3)), (1, 2, 3),
    ),
    "registered where it went, seen where it had left, and left again": (
        (Said("depart", 0, 0, 1, 2), Said("register", 1, 0, 2), Said("weight", 2, 0, 1),
         Said("depart", 3, 0, 1, 3)), (),
    ),
    "a pig comes to another after the day on which it died": (
        (Said("arrive", 1, 1, 1, 0), Said("arrive", 0, 0, 1), Said("death", 0, 1, 2)), (),
    ),
    "it comes and leaves on the day on which it was registered elsewhere": (
        (Said("depart", 0, 0, 1, 0), Said("birth", 0, 0, 3, heads=2), Said("arrive", 0, 0, 1, 3)),
        (0,),
    ),
    "registered where it had left, then it leaves from where it went": (
        (Said("depart", 0, 1, 1, 0), Said("depart", 2, 1, 0), Said("register", 1, 1, 1)), (),
    ),
    "two permits for one pig end on one day, and the first is used": (
        (Said("permit", 3, 0, 3, 2, permit=1, until=6), Said("permit", 3, 0, 3, 2, until=6),
         Said("arrive", 4, 0, 2, 3)), (),
    ),
    "a mob counted late, after it used a permit, used so many heads": (
        (Said("register", 0, 0, 1, heads=9), Said("permit", 3, 0, 1, 2, heads=9, until=6),
         Said("arrive", 4, 0, 2, 1), Said("count", 2, 0, 1, heads=4)), (0,),
    ),
    "an arrival that is wrong gives its heads to one that found none left": (
        (Said("permit", 3, 0, 1, 2, heads=1, until=6), Said("arrive", 4, 0, 2, 1),
         Said("arrive", 5, 1, 2, 1), Said("void", 5, 0, of=1)), (),
    ),
    "a pig came before its permit was issued": (
        (Said("arrive", 4, 0, 2, 1), Said("permit", 3, 0, 1, 2, heads=1, until=6)), (),
    ),
    "a part that dies uses nothing of the permit that its mob used": (
        (Said("register", 0, 0, 1, heads=9), Said("permit", 3, 0, 1, 2, heads=20, until=6),
         Said("arrive", 4, 0, 2, 1), Said("register", 5, 1, 2, heads=5, part_of=0),
         Said("count", 5, 0, 2, taken=5), Said("death", 6, 1, 2)), (0, 1),
    ),
    "a pig that came from nobody knows where is registered late, where a permit begins": (
        (Said("arrive", 1, 0, 3), Said("permit", 0, 0, 0, 3, heads=3, until=9),
         Said("birth", 0, 0, 0)), (),
    ),
    "a mob that came from nobody knows where is registered late, where a permit begins": (
        (Said("permit", 0, 0, 3, 1, heads=10, until=47), Said("count", 0, 0, 3, heads=7),
         Said("arrive", 1, 0, 1), Said("birth", 0, 0, 3, heads=7)), (0,),
    ),
    "a mob is registered late, where the permit begins that its part used": (
        (Said("register", 2, 1, part_of=0), Said("permit", 0, 1, 3, 1, heads=10, until=47),
         Said("arrive", 5, 1, 1), Said("register", 1, 0, 3, heads=5)), (0,),
    ),
    "a mob was never where the permit begins that its part used": (
        (Said("register", 1, 0, 3, heads=5), Said("register", 2, 1, part_of=0),
         Said("permit", 0, 1, 3, 1, heads=10, until=47), Said("arrive", 5, 1, 1),
         Said("void", 6, 0, of=0)), (0,),
    ),
    "a part is registered where its mob had left, after its mob was registered elsewhere": (
        (Said("depart", 0, 0, 3, 0), Said("register", 1, 0, 1, heads=2),
         Said("register", 2, 1, 3, part_of=0)), (0,),
    ),
    "so it is if a part of a part is registered before the part": (
        (Said("depart", 0, 0, 3, 0), Said("register", 2, 2, 3, part_of=1),
         Said("register", 1, 1, 1, heads=2, part_of=0)), (0, 1),
    ),
    "seen where it had left, then registered elsewhere, then parted where it had left": (
        (Said("depart", 10, 0, 3, 0), Said("weight", 11, 0, 3), Said("register", 12, 0, 1),
         Said("register", 13, 1, 3, part_of=0)), (0,),
    ),
    "registered elsewhere, then seen and parted where it had left": (
        (Said("depart", 10, 0, 3, 0), Said("register", 11, 0, 1), Said("weight", 12, 0, 3),
         Said("register", 13, 1, 3, part_of=0)), (0,),
    ),
    "left from elsewhere on the day on which it came by a journey that began before": (
        (Said("depart", 0, 0, 3), Said("depart", 15, 0, 2, 1), Said("arrive", 15, 0, 0),
         Said("depart", 21, 0, 0, 3)), (0,),
    ),
    "a permit for a count of pigs, and nothing else": (
        (Said("permit", 3, 0, 1, 2, heads=1, until=6),), (),
    ),
    "a round of one day, and a departure from elsewhere on it": (
        (Said("arrive", 28, 1, 2, 1), Said("depart", 28, 1, 2, 1), Said("arrive", 28, 1, 1),
         Said("depart", 28, 1, 3, 1)), (),
    ),
    "seen where it left on the day on which its part is registered elsewhere": (
        (Said("depart", 0, 2, 1, 2), Said("death", 12, 2, 1, wrong=True),
         Said("register", 12, 3, 2, part_of=2, late=True)), (1, 2),
    ),
    "a mob begins after its part left it": (
        (Said("register", 0, 2, 3, part_of=0), Said("register", 1, 0, 2, owner=1, wrong=True)),
        (0, 2),
    ),
    "a part of a part is registered where the first mob had left": (
        (Said("register", 0, 0, 1, owner=0, heads=6), Said("depart", 0, 0, 1, 3),
         Said("register", 2, 2, 1, owner=2, heads=1, part_of=1),
         Said("register", 1, 1, 3, owner=0, heads=2, part_of=0, late=True)), (0, 1, 2),
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("said", "mobs"), AGREED.values(), ids=AGREED)
def test_program_and_rules__history_that_once_differed__agree(open_database, said, mobs) -> None:
    history = History(said, frozenset(mobs))
    assert not list(map(str, compare(open_database("sqlite"), [history], deep=1)))
