"""What decisions are made by, read from the database."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from services.livestock.control.orders import OrderDraft, declare_order
from services.livestock.domain.model import AnimalKind, EventType, Key, Origin, event_id
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.domain.permits import PermitState
from services.livestock.domain.places import Whereabouts
from services.livestock.queries.positions import positions_on
from services.livestock.recording.decision_context import orders_since, permits_for, whereabouts
from services.livestock.recording.identity import find_premises
from services.storage.models import Premises
from tests.factories import NOW, TODAY, official
from tests.services.livestock.country import days_ago
from tests.support.round_trips import counted


def pig(number):
    return Key("iso11784", official(number))


def standing(land, key, on=TODAY):
    with land.database.read() as session:
        return positions_on(session, [key], on)[0]


def place(session, number):
    key = Key("bilum", number)
    return find_premises(session, [key])[key].id


def test_stand__several__in_the_order_of_the_question_with_what_nothing_has(land):
    with land.database.read() as session:
        found = positions_on(session, [pig(99), pig(2), pig(1)], TODAY)
        kudjip = place(session, land.kudjip)
    assert [one.facts.key for one in found] == [official(number) for number in (99, 2, 1)]
    assert [one.facts.registered for one in found] == [False, True, True]
    assert [one.at for one in found] == [None, kudjip, kudjip]


def test_stand__facts__are_those_of_the_animal(land):
    land.report(EventType.ARRIVE, 1, at=land.goroka, other=land.kudjip)
    land.report(EventType.TREATMENT, 1, at=land.goroka, product="IVOMEC", withdrawal_days=28)
    facts = standing(land, pig(1)).facts
    assert (facts.moved_on, facts.withdrawal_until) == (TODAY, TODAY + timedelta(days=28))
    assert (facts.kind, facts.ended_on) == (AnimalKind.ANIMAL, None)
    land.report(EventType.DEATH, 1, at=land.goroka)
    assert standing(land, pig(1)).facts.ended_on == TODAY


def test_stand__mob__has_its_heads(land):
    facts = standing(land, Key("bilum", land.mob(6))).facts
    assert (facts.kind, facts.head_count, facts.heads) == (AnimalKind.MOB, 6, 6)


def test_stand__moved_on__is_the_day_on_which_it_left_for_where_it_is_now(land):
    land.report(EventType.ARRIVE, 9, at=land.goroka, on=days_ago(9))
    land.report(EventType.DEPART, 9, at=land.goroka, other=land.madang, on=days_ago(5))
    facts = standing(land, pig(9)).facts
    assert (facts.moved_on, facts.trip.moved_on) == (days_ago(5), days_ago(9))
    land.report(EventType.ARRIVE, 9, at=land.madang, on=days_ago(4))
    facts = standing(land, pig(9)).facts
    assert (facts.moved_on, facts.trip) == (days_ago(5), None)


def test_whereabouts__premises__are_where_they_were_named(land):
    with land.database.read() as session:
        goroka = place(session, land.goroka)
        found = whereabouts(session, [goroka, goroka, 10**9])
    assert list(found) == [goroka]
    where = found[goroka]
    assert (where.province, where.district, where.kind) == (
        "Eastern Highlands",
        "Goroka",
        "household",
    )


def test_orders_since__over_or_open_or_to_come__all_but_those_that_are_over(land):
    for number, (since, until) in enumerate([(-9, -5), (-9, -4), (-9, None), (3, 9)]):
        land.order(
            "zone",
            area={"provinces": ["Enga"]},
            name=f"zone {number}",
            status="infected",
            since=TODAY + timedelta(days=since),
            until=until and TODAY + timedelta(days=until),
            declared_at=NOW - timedelta(days=9),
        )
    with land.database.read() as session:
        found = [order.area_name for order in orders_since(session, days_ago(5))]
    assert found == ["zone 1", "zone 2", "zone 3"]


def test_orders_since__quarantine__knows_its_premises(land):
    land.quarantine(land.madang)
    with land.database.read() as session:
        (order,) = orders_since(session, TODAY)
        inside, outside = (
            whereabouts(session, [place(session, number)]).popitem()[1]
            for number in (land.madang, land.goroka)
        )
    assert order.area.contains(inside)
    assert not order.area.contains(outside)


def test_orders_since__asked_again__reads_no_area_anew(land):
    land.quarantine(land.madang)
    with land.database.read() as session, counted() as first:
        (order,) = orders_since(session, TODAY)
    with land.database.read() as session, counted() as again:
        assert orders_since(session, TODAY)[0].area is order.area
    assert any("area" in one.partition("FROM")[0] for one in first)
    assert len(again) == 1


def test_orders_since__order_that_was_taken_back__leaves_no_area(land):
    """An order that is rolled back, and declared anew under the same key of another area."""
    names, origin = ["Enga", "Hela"], Origin("test", None, NOW)
    for name in names:
        draft = OrderDraft(
            event_id("test", "once", 0),
            OrderKind.ZONE,
            {"provinces": [name]},
            name,
            TODAY,
            status=ZoneStatus.INFECTED,
        )
        with suppress(ZeroDivisionError), land.database.write() as session:
            declare_order(session, draft, origin)
            session.flush()
            (order,) = orders_since(session, TODAY)
            assert order.area.contains(Whereabouts(province=name))
            raise ZeroDivisionError


def test_permits_for__named_counted_or_asked_about__each_once_and_no_other(land):
    named, counted = land.permit(1), land.permit(heads=3)
    other, revoked = land.permit(2), land.permit(2, state="revoked")
    with land.database.read() as session:
        first = positions_on(session, [pig(1)], TODAY)[0]
        kudjip, goroka = place(session, land.kudjip), place(session, land.goroka)
        found = permits_for(session, [first.facts.id], [kudjip], TODAY, [named, revoked, "330577"])
        nothing = permits_for(session, [], [goroka], TODAY)
    assert [permit.number for permit in found] == [named, counted, revoked]
    assert other not in {permit.number for permit in found}
    assert nothing == []
    assert (found[0].state, found[0].animals) == (PermitState.ISSUED, {first.facts.id})
    assert (found[1].animals, found[1].head_count) == (frozenset(), 3)
    assert (found[1].origin, found[1].destination) == (kudjip, goroka)


def test_permits_for__nothing_asked__asks_nothing_back(land):
    with land.database.read() as session:
        assert permits_for(session, [], [], TODAY) == []
        assert session.get(Premises, place(session, land.post)).kind == "roadblock"


def test_stand__a_record_came_back_without_its_content__is_lost_under_each_number(land):
    land.report(EventType.RETAG, 1, new=f"iso11784:{official(9)}")
    land.lose_record(1)
    land.lose_record(99)
    with land.database.read() as session:
        found = positions_on(session, [pig(number) for number in (9, 1, 2, 99)], TODAY)
    assert [one.facts.record_lost for one in found] == [True, True, False, True]
    assert [one.facts.registered for one in found] == [True, True, True, False]
