from __future__ import annotations

from datetime import timedelta

import pytest

from services.livestock.domain.model import AnimalKind, Key, write_key
from services.livestock.recording.identity import new_group
from services.passport.content import collect
from services.passport.model import Order, PublicPlace, Status, Stay
from tests.factories import TODAY, pig, write
from tests.services.passport.scene import (
    BORN,
    HOME,
    MARKET,
    SOW,
    TELLTALES,
    ago,
    told,
)

HOUSEHOLD = PublicPlace("premises:1", "household", "Jiwaka", "North Waghi")
STALLS = PublicPlace("premises:2", "market", "Western Highlands", "Hagen Central")


def of(office, key=SOW, on=TODAY):
    with office.database.read() as session:
        return collect(session, key, on)


def numbered(place, passport):
    """The place under the number that premises of this passport have now."""
    [found] = {
        stay.place.number for stay in passport.stays if stay.place and stay.place.kind == place.kind
    }
    return place._replace(number=found)


def test_collect__a_life__holds_traits_stays_and_what_binds_it(office):
    passport = of(office)
    market = numbered(STALLS, passport)
    assert (passport.sex, passport.breed, passport.colour) == ("female", "Large White", "white")
    assert (passport.born_on, passport.registered_on) == (BORN, ago(350))
    assert (passport.ended_on, passport.withdrawal_until) == (None, TODAY + timedelta(days=8))
    assert passport.stays == (Stay(HOUSEHOLD, ago(350), ago(3)), Stay(market, ago(2), None))
    assert passport.orders == (Order("Q-7", "quarantine", None, "african_swine_fever", ago(1)),)
    assert passport.flags == ("moved_without_permit",)


def test_collect__every_event__is_there_with_the_receipt_that_was_given(office):
    events = of(office).events
    given = {one.report.event_id: one.receipt for one in office.recorded}
    assert {event.event_id: event.receipt for event in events} == given
    assert all(event.index is None and not event.on_ledger for event in events)


def test_collect__voided_event__stays_and_leads_to_its_correction(office):
    by_id = {event.event_id: event for event in of(office).events}
    [wrong] = [event for event in by_id.values() if event.corrected_by]
    assert (wrong.type, wrong.details) == ("weight", {"kilograms": 640})
    assert by_id[wrong.corrected_by].type == "void"


def test_collect__places_of_events__are_where_it_was_left_and_came_to(office):
    passport = of(office)
    by_type = {event.type: event.places for event in passport.events}
    market = numbered(STALLS, passport)
    assert by_type["depart"] == {"from": HOUSEHOLD, "to": market}
    assert by_type["arrive"] == {"from": HOUSEHOLD, "at": market}
    assert by_type["check"] == {"at": market}


def test_collect__point__is_rounded_and_says_of_which_place(office):
    # The market has none.
    assert of(office).point == (HOUSEHOLD, -5.88, 144.65)


def test_collect__anything__names_no_person_phone_place_or_exact_point(office):
    shown = repr(of(office))
    assert not [telltale for telltale in TELLTALES if telltale in shown]
    assert all("owner" not in event.details for event in of(office).events)


def test_collect__after_the_waiting_time__nothing_keeps_it_from_slaughter(office):
    last = TODAY + timedelta(days=8)
    assert of(office, on=last).withdrawal_until == last
    assert of(office, on=last + timedelta(days=1)).withdrawal_until is None


def test_collect__dead__has_ended_and_no_order_binds_it(office):
    write(office.database, told("death", TODAY, at=MARKET, cause="disease"))
    passport = of(office)
    assert (passport.ended_on, passport.orders) == (TODAY, ())


def test_collect__stolen_and_found_again__has_the_status_in_between(office):
    write(office.database, told("stolen", TODAY, at=HOME))
    assert of(office).statuses == (Status("stolen", None, TODAY),)
    write(office.database, told("recovered", TODAY, at=HOME))
    assert of(office).statuses == ()


def test_collect__tag_lost_and_replaced__tells_since_when(office):
    new = pig(77)
    write(office.database, told("tag_lost", ago(2), lost=write_key(pig(1))))
    write(office.database, told("retag", ago(1), new=write_key(new)))
    tags = {one.number: (one.state, one.since) for one in of(office).tags}
    assert tags == {pig(1).value: ("replaced", ago(1)), new.value: ("fitted", ago(1))}


def test_collect__elsewhere__is_not_bound_by_the_order(office):
    write(office.database, told("register", ago(5), of=pig(2)))
    passport = of(office, pig(2))
    assert (passport.orders, passport.withdrawal_until) == ((), None)


def test_collect__only_seen_by_others__is_found(office):
    write(office.database, told("check", TODAY, of=pig(3), purpose="roadblock", outcome="passed"))
    passport = of(office, pig(3))
    assert (passport.found, passport.registered_on, passport.stays) == (True, None, ())


@pytest.mark.parametrize("number", ["short", "official"])
def test_collect__by_any_number__is_the_same(office, number):
    short = office.name()
    key = Key("bilum", short) if number == "short" else SOW
    passport = of(office, key)
    assert passport.number == short
    assert set(passport.numbers) == {short, SOW.value}


@pytest.mark.parametrize(
    ("kind", "told_of"), [("mob", {"head_count": 12}), ("consignment", {"kilograms": 35.5})]
)
def test_collect__mob_or_pork__holds_how_much_it_is(office, kind, told_of):
    with office.database.write() as session:
        group = new_group(session, AnimalKind(kind))
    write(office.database, told("register", ago(1), of=group, at=HOME, kind=kind, **told_of))
    passport = of(office, group)
    assert (passport.kind, passport.number) == (kind, group.value)
    assert {name: getattr(passport, name) for name in told_of} == told_of
    assert passport.stays == (Stay(HOUSEHOLD, ago(1), None),)


def test_collect__group_without_an_event__is_empty(office):
    with office.database.write() as session:
        group = new_group(session, AnimalKind.MOB)
    passport = of(office, group)
    assert (passport.events, passport.stays, passport.proof) == ((), (), None)


def test_collect__nothing_on_the_ledger__has_no_proof(office):
    assert of(office).proof is None
    assert of(office).proof_file is None


def test_collect__flagged_twice__tells_it_once(office):
    write(office.database, told("death", ago(1), at=MARKET))
    for _ in range(2):
        write(office.database, told("feed", TODAY, at=MARKET, product="kaukau"))
    assert of(office).flags == ("moved_without_permit", "event_after_death")
