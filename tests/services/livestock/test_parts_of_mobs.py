"""Parts of mobs: what happened to a mob before a part left it is the part's too."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from services.audit.findings import AuditReport
from services.audit.projections.animals import compare_animals
from services.livestock.domain.model import AnimalKind
from services.livestock.queries.animals import animal_history
from services.livestock.recording.identity import find_animals, new_group
from services.livestock.recording.record import record_events
from services.livestock.tracing.animals import trace_animal
from services.passport.content import collect
from services.storage.models import Animal
from tests.factories import BUYER, Phones, day, official, origin, pig, report, source_place
from tests.services.livestock.states import rows
from tests.support.texts import RECEIPT

A, B, C = (source_place(number) for number in (1, 2, 3))
TAG = official(9)


@pytest.fixture
def farm(open_database):
    """A farmer at 1068 with a mob of 14, 1165, and a buyer at 1262."""
    phones = Phones(open_database("sqlite"))
    phones.say("PLACE Kudjip, Madang")
    phones.say("MOB 14 1/11")
    phones.say("PLACE Bogia, Madang", BUYER)
    return phones


SPLITS = {"a tag": (f"REG {TAG} MOB 1165", TAG), "a part": ("MOVE MOB 1165 5 1262", "1359")}


@pytest.mark.parametrize("split", SPLITS)
def test_part__of_a_treated_mob__may_not_be_slaughtered_either(farm, split):
    text, part = SPLITS[split]
    farm.say("TREAT 1165 IVOMEC 28 20/11")
    farm.say(text)
    for pigs in ("1165", part):
        assert "medicine. Wait until 18 Dec" in farm.say(f"OK {pigs} KILL")


@pytest.mark.parametrize("split", SPLITS)
def test_part__treatment_of_before_that_is_told_later__is_its_too(farm, split):
    text, part = SPLITS[split]
    farm.say(text)
    farm.say("TREAT 1165 IVOMEC 28 20/11")
    assert "medicine. Wait until 18 Dec" in farm.say(f"OK {part} KILL")
    receipt = farm.say("TREAT 1165 OTHER 90 21/11").split("Receipt ")[1]
    assert "medicine. Wait until 19 Feb" in farm.say(f"OK {part} KILL")
    farm.take_back(receipt)
    assert "medicine. Wait until 18 Dec" in farm.say(f"OK {part} KILL")


@pytest.mark.parametrize("split", SPLITS)
def test_part__what_happens_to_the_mob_later__is_not_its(farm, split):
    text, part = SPLITS[split]
    farm.say(f"{text} 20/11")
    farm.say("TREAT 1165 IVOMEC 28 21/11")
    assert "medicine" in farm.say("OK 1165 KILL")
    assert "medicine" not in farm.say(f"OK {part} KILL")


def test_part__treated__leaves_the_mob_untreated(farm):
    farm.say("MOVE MOB 1165 5 1262")
    farm.say("TREAT 1359 IVOMEC 28")
    assert "medicine" not in farm.say("OK 1165 KILL")


def test_part__of_a_mob_that_came_lately__must_stay_as_long(farm):
    farm.say("MOVE 1165 1262 10/11")
    farm.say("ARRIVE 1165 1068 12/11", BUYER)
    farm.say(f"REG {TAG} MOB 1165", BUYER)
    for pigs in ("1165", TAG):
        assert "moved on 10 Nov and must stay 21 days" in farm.say(f"OK {pigs} 1068", BUYER)
        assert "Madang to 10 Nov; 1262 Bogia since 12 Nov" in farm.say(f"TRACE {pigs}", BUYER)


def test_part__of_a_mob_that_never_moved__was_with_it_from_the_first(database):
    with database.write() as session:
        mob, other = mob_of(session), mob_of(session)
        write_all(
            session,
            [
                told("register", mob, 1, A, kind="mob", head_count=14),
                told("register", pig(2), 1, A),
                told("depart", pig(2), 3, A, B),
                told("register", other, 5, A, kind="mob", head_count=5, part_of=str(mob)),
                told("register", pig(1), 6, A, part_of=str(other)),
            ],
        )
        for part in (mob, other, pig(1)):
            assert pig(2) in {one.animal for one in trace_animal(session, part).companions}
        met = {one.animal for one in trace_animal(session, pig(2)).companions}
        assert met == {mob, other, pig(1)}


# Through the journal: traces, passport, order of delivery


def mob_of(session):
    return new_group(session, AnimalKind.MOB)


def write_all(session, reports):
    for one in reports:
        record_events(session, [one], origin())


def told(name, /, animal, on, at, other=None, **details):
    return replace(report(name, [animal], at=at, other=other, on=day(on)), details=details)


def history(mob, part, second):
    """A mob goes A, B; a part leaves it at B for C, and a tagged pig leaves the part there."""
    return [
        told("register", mob, 1, A, kind="mob", head_count=14),
        told("treatment", mob, 2, A, product="X", withdrawal_days=90),
        told("depart", mob, 3, A, B),
        told("arrive", mob, 4, B, A),
        told("register", part, 5, B, kind="mob", head_count=5, part_of=str(mob)),
        told("count", mob, 5, B, taken=5),
        told("depart", part, 6, B, C),
        told("arrive", part, 7, C, B),
        told("register", second, 8, C, part_of=str(part)),
        told("treatment", mob, 9, B, product="Y", withdrawal_days=300),
    ]


def clean(session):
    found = AuditReport()
    compare_animals(session, found)
    return found.findings


def test_trace__of_a_part_of_a_part__goes_through_the_mobs(database):
    with database.write() as session:
        mob, part = mob_of(session), mob_of(session)
        write_all(session, history(mob, part, pig(1)))
        trace = trace_animal(session, pig(1))
        stays = [(trace.places[one.premises].number, one.since) for one in trace.stays]
        assert stays == [(str(A), day(1)), (str(B), day(4)), (str(C), day(7))]
        of_mob = trace_animal(session, mob)
        assert {one.animal for one in of_mob.companions} >= {part, pig(1)}
        known = find_animals(session, [mob, part, pig(1)])
        until = {
            key: session.get_one(Animal, ref.id).withdrawal_until for key, ref in known.items()
        }
        assert until == {mob: day(309), part: day(92), pig(1): day(92)}
        assert collect(session, pig(1), day(8)).withdrawal_until == day(92)
        assert len(animal_history(session, pig(1)).stays) == 3
        assert clean(session) == []


class Undone(Exception):
    """Takes back what a delivery wrote."""


def delivered(database, late=None):
    """What the rows hold after the history in order, or with one report told last."""
    found = None
    with contextlib.suppress(Undone), database.write() as session:
        mob, part = mob_of(session), mob_of(session)
        # They are there, whatever order they are told of in.
        write_all(session, [report("weight", [mob, part, pig(1)], at=A, on=day(1))])
        every = history(mob, part, pig(1))
        last = [] if late is None else [every.pop(late)]
        write_all(session, every + last)
        assert clean(session) == []
        found = rows(session)
        raise Undone
    return found


@pytest.mark.slow
@pytest.mark.parametrize("late", [1, 2, 3, 5, 6, 7, 8])
def test_part__each_report_told_last__changes_nothing(database, late):
    assert delivered(database, late) == delivered(database)


def test_void__of_a_split__gives_the_part_nothing_any_more(farm):
    farm.say("TREAT 1165 IVOMEC 28 20/11")
    receipt = RECEIPT.search(farm.say(f"REG {TAG} MOB 1165"))[0]
    farm.take_back(receipt)
    farm.say(f"REG {TAG}")
    assert "medicine" not in farm.say(f"OK {TAG} KILL")
