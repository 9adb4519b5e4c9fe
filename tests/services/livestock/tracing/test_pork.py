"""Pork traced to its pigs and their places, and pigs to the pork that they became."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from services.audit.comparison import compare_projections
from services.audit.findings import AuditReport
from services.core.roles import Role
from services.livestock.domain.details import read_details
from services.livestock.domain.model import AnimalKind, EventType, FlagCode, write_key
from services.livestock.recording.corrections import void_event
from services.livestock.recording.identity import new_group
from services.livestock.recording.lookup import require_animal, require_premises
from services.livestock.recording.pork import carcasses_at, sources_of
from services.livestock.tracing.animals import Page, trace_animal
from services.livestock.tracing.export import animal_json
from services.storage.models import Party
from tests.factories import TODAY, day, official, origin, pig, report, source_place, write

FARM, ABATTOIR, SHOP, MARKET = (source_place(number) for number in range(1, 5))


def told(what, animals, at, on, /, other=None, **details):
    one = report(what, animals, at=at, other=other, on=on, key=str(uuid4()))
    return replace(one, details=read_details(EventType(what), details))


def pork_of(database, *pigs, on=7, kilograms=40.0, at=ABATTOIR):
    with database.write() as session:
        key = new_group(session, AnimalKind.CONSIGNMENT)
    details = {"kind": "consignment", "kilograms": kilograms, "pigs": [*map(write_key, pigs)]}
    [done] = write(database, told("register", [key], at, day(on), **details))
    return key, done


@pytest.fixture
def killed(database):
    """Pigs 1 and 2 grew up on a farm and were killed at the abattoir; pig 3 stayed on the farm."""
    both = [pig(1), pig(2)]
    write(database, told("register", [*both, pig(3)], FARM, day(1)))
    write(database, told("depart", both, FARM, day(5), other=ABATTOIR))
    write(database, told("arrive", both, ABATTOIR, day(5), other=FARM))
    for number in (1, 2):
        details = {"place": "abattoir", "carcass": f"1{number}", "kilograms": 60.0}
        write(database, told("slaughter", [pig(number)], ABATTOIR, day(6), **details))
    return database


def traced(database, key):
    with database.read() as session:
        trace = trace_animal(session, key, page=Page(today=TODAY))
        return trace, animal_json(trace)


def flags(done):
    return [code for _, code in done.flags]


def test_trace__of_pork__leads_to_its_pigs_their_places_and_those_that_they_met(killed):
    pork, done = pork_of(killed, pig(1), pig(2))
    write(killed, told("depart", [pork], ABATTOIR, day(7), other=SHOP))
    assert (flags(done), done.warnings) == ([], ())
    trace, written = traced(killed, pork)
    assert [(str(one.key), one.carcass, one.kilograms) for one in trace.pork.came_from] == [
        (official(1), "11", 60.0),
        (official(2), "12", 60.0),
    ]
    assert [stay["premises"] for stay in written["came_from"][0]["stays"]] == [
        "premises:1",
        "premises:2",
    ]
    assert [str(one.animal) for one in trace.companions] == [official(3)]


def test_trace__of_a_pig__leads_to_its_pork_and_where_that_went(killed):
    pork, _ = pork_of(killed, pig(1))
    write(killed, told("depart", [pork], ABATTOIR, day(7), other=SHOP))
    write(killed, told("arrive", [pork], SHOP, day(7), other=ABATTOIR))
    sausage, done = pork_of(killed, pork, on=8, kilograms=10.0, at=SHOP)
    write(killed, told("depart", [sausage], SHOP, day(8), other=MARKET))
    write(killed, told("arrive", [sausage], MARKET, day(8), other=SHOP))
    assert flags(done) == []
    _, written = traced(killed, pig(1))
    assert [(one["number"], one["of"], one["kind"]) for one in written["became"]] == [
        (str(pork), official(1), "consignment"),
        (str(sausage), str(pork), "consignment"),
    ]
    assert written["became"][1]["stays"][-1]["premises"] == "premises:4"
    _, back = traced(killed, sausage)
    assert [one["number"] for one in back["came_from"]] == [str(pork), official(1)]
    assert traced(killed, pig(2))[1]["became"] == []


def test_pork__of_a_pig_registered_later__is_found_from_it_by_any_of_its_numbers(killed):
    pork, done = pork_of(killed, pig(9), kilograms=50.0)
    assert flags(done) == [FlagCode.PORK_OF_UNKNOWN]
    assert traced(killed, pork)[1]["came_from"][0]["kind"] is None
    write(killed, told("register", [pig(8)], FARM, day(2)))
    write(killed, told("retag", [pig(8)], FARM, day(3), new=write_key(pig(9))))
    assert [one["number"] for one in traced(killed, pig(8))[1]["became"]] == [str(pork)]
    assert traced(killed, pork)[1]["came_from"][0]["number"] == official(8)


def test_pork__of_what_gives_no_such_pork__is_flagged_and_its_sender_warned(killed):
    write(killed, told("treatment", [pig(2)], FARM, day(4), product="X", withdrawal_days=28))
    _, done = pork_of(killed, pig(1), pig(2), pig(3), kilograms=400.0)
    assert set(flags(done)) == {
        FlagCode.PORK_IN_WITHDRAWAL,
        FlagCode.PORK_OF_LIVING,
        FlagCode.PORK_TOO_HEAVY,
    }
    assert {one.code for one in done.warnings} == {"pork_residue", "pork_alive", "pork_heavy"}
    _, early = pork_of(killed, pig(1), on=5)
    assert flags(early) == [FlagCode.PORK_BEFORE_SLAUGHTER, FlagCode.PORK_TOO_HEAVY]
    write(killed, told("death", [pig(3)], FARM, day(6)))
    assert FlagCode.PORK_OF_DEAD in flags(pork_of(killed, pig(3))[1])


def test_pork__more_in_all_than_its_pig_gave__is_flagged_at_the_last(killed):
    assert flags(pork_of(killed, pig(1), kilograms=35.0)[1]) == []
    assert flags(pork_of(killed, pig(1), kilograms=25.0)[1]) == []
    assert flags(pork_of(killed, pig(1), kilograms=1.0)[1]) == [FlagCode.PORK_TOO_HEAVY]
    assert flags(pork_of(killed, pig(2), kilograms=60.0)[1]) == []


def test_pork__declared_wrong__names_no_pig_and_stands_as_its_events_say(killed):
    pork, done = pork_of(killed, pig(1), pig(3))
    with killed.write() as session:
        party = Party(public_id=uuid4(), role=Role.VETERINARY_OFFICER)
        session.add(party)
        session.flush()
        void_event(session, done.report.event_id, "did_not_occur", origin(), party)
    with killed.read() as session:
        assert sources_of(session, [require_animal(session, pork).id]) == {}
        found = AuditReport()
        compare_projections(session, found)
        assert found.clean, found.as_json()


def test_carcasses_at__a_number_that_began_again__is_the_last_one_there(killed):
    write(killed, told("register", [pig(4)], FARM, day(1)))
    again = {"place": "abattoir", "carcass": "11", "kilograms": 70.0}
    write(killed, told("slaughter", [pig(4)], ABATTOIR, day(9), **again))
    with killed.read() as session:
        at = require_premises(session, ABATTOIR).id
        assert carcasses_at(session, at, ["11", "12", "13"], (day(1), day(9))) == {
            "11": pig(4),
            "12": pig(2),
        }
        assert carcasses_at(session, at, ["11"], (day(1), day(8))) == {"11": pig(1)}
        elsewhere = require_premises(session, FARM).id
        assert carcasses_at(session, elsewhere, ["11"], (day(1), day(9))) == {}
