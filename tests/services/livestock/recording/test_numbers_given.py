"""Numbers that retagging gives and takes: never another animal's, never one still to be issued."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.domain.errors import NotVoidable, UnknownNumber, WrongKind
from services.livestock.domain.model import AnimalKind, Key, write_key
from services.livestock.recording.corrections import void_event
from services.livestock.recording.identity import find_animals, new_group
from services.livestock.recording.short_numbers import name_animal
from services.storage.models import Animal, Identifier
from tests.factories import day, origin, pig, report, source_place, write
from tests.services.livestock.country import VET, Country

ONE, OTHER, NEW = pig(1), pig(2), pig(31)
LONG = Key("animal", "z" * 64)


@pytest.fixture
def farm(database):
    write(database, report("register", [ONE], at=source_place(1), on=day(1)))
    write(database, report("register", [OTHER], at=source_place(2), on=day(1)))
    return database


def told(kind, key=ONE, on=5, **details):
    written = {name: write_key(value) for name, value in details.items()}
    return replace(report(kind, [key], at=source_place(1), on=day(on)), details=written)


def void(database, done):
    with database.write() as session:
        vet = Country(database).party(session, VET)
        vet.role = Role.VETERINARY_OFFICER.value
        void_event(session, done.report.event_id, "incorrect_data", origin(), vet)


def worn(database):
    """The day on which each number was lost, by number; numbers of places are left out."""
    with database.read() as session:
        rows = session.execute(
            select(Identifier.scheme, Identifier.value, Identifier.retired_on).where(
                Identifier.animal_id.is_not(None)
            )
        )
        return {Key(row.scheme, row.value): row.retired_on for row in rows}


@pytest.mark.parametrize("kind", ["retag", "tag_lost"])
def test_lost__tag_of_another_animal__stays_as_it_is(farm, kind):
    details = {"new": NEW} if kind == "retag" else {}
    write(farm, told(kind, lost=OTHER, **details))
    assert worn(farm)[OTHER] is None


def test_retag__short_number_that_was_never_issued__is_refused_and_issuing_goes_on(farm):
    with farm.write() as session:
        issued = new_group(session, AnimalKind.MOB)
    to_come = next(
        key
        for number in range(1000, 10_000)
        if (key := Key("bilum", str(number))) != issued and number % 97 == 1
    )
    with pytest.raises(UnknownNumber):
        write(farm, told("retag", new=to_come))
    for _ in range(100):
        with farm.write() as session:
            new_group(session, AnimalKind.MOB)


def test_retag__number_of_a_place__is_refused(farm):
    with pytest.raises(WrongKind):
        write(farm, told("retag", new=source_place(9)))


def test_void__retag_told_twice__undoes_nothing_that_the_other_says(farm):
    write(farm, told("retag", new=NEW, lost=ONE))
    [again] = write(farm, told("retag", on=9, new=NEW, lost=ONE))
    void(farm, again)
    assert worn(farm) == {ONE: day(5), OTHER: None, NEW: None}


def test_void__the_only_retag__frees_its_number_and_wears_the_old_one(farm):
    [done] = write(farm, told("retag", new=NEW, lost=ONE))
    void(farm, done)
    assert worn(farm) == {ONE: None, OTHER: None}


def test_void__retag_to_its_own_short_number__leaves_it(farm):
    with farm.write() as session:
        short = name_animal(session, find_animals(session, [ONE])[ONE].id)
    [done] = write(farm, told("retag", new=short))
    void(farm, done)
    assert short in worn(farm)


def test_void__second_registration__leaves_the_dam_that_the_first_told(farm):
    write(farm, told("register", NEW, dam=ONE))
    [again] = write(farm, told("register", NEW, dam=OTHER))
    void(farm, again)
    with farm.read() as session:
        known = find_animals(session, [ONE, NEW])
        assert session.get_one(Animal, known[NEW].id).dam_id == known[ONE].id


@pytest.mark.parametrize(("kind", "instead"), [("premises", "describe"), ("allocation", "range")])
def test_void__description_or_allocation__says_what_to_do_instead(farm, kind, instead):
    one = report(kind, at=source_place(1))
    if kind == "allocation":
        one = replace(one, details={"first": ONE.value, "last": OTHER.value})
    [done] = write(farm, one)
    with pytest.raises(NotVoidable, match=instead):
        void(farm, done)
