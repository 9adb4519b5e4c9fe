"""What follows from movements by the orders and permits there are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from services.livestock.control.orders import lift_order
from services.livestock.control.permits import (
    PermitDecision,
    decide_permit,
)
from services.livestock.domain.model import (
    EventType,
    FlagCode,
    Key,
    Occurred,
    Origin,
    Report,
    event_id,
)
from services.livestock.domain.permits import PermitState
from services.livestock.recording.corrections import void_event
from services.livestock.recording.record import record_events
from services.storage.models import Flag
from tests.factories import NOW, TODAY, official, rows
from tests.services.livestock.country import MADANG_KEEPER, VET, days_ago

LEFT, ENTERED, LATE = FlagCode.LEFT_ZONE, FlagCode.ENTERED_ZONE, FlagCode.REPORTED_LATE
NO_PERMIT = FlagCode.MOVED_WITHOUT_PERMIT
HERE = Origin("test", None, NOW)
ARRIVE, DEPART = EventType.ARRIVE, EventType.DEPART


def codes(done):
    return {code for _, code in done.flags}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (DEPART, {"at": "kudjip", "other": "goroka"}),
        (DEPART, {"at": "kudjip"}),
        (ARRIVE, {"at": "goroka", "other": "kudjip"}),
    ],
)
def test_flags__zone_of_the_origin__both_sides_of_a_movement_out_of_it(land, kind, told):
    land.zone("Jiwaka", since=days_ago(3), declared_at=NOW - timedelta(days=3))
    places = {name: getattr(land, one) for name, one in told.items()}
    expected = {LEFT} if "other" in told else {NO_PERMIT}
    assert codes(land.report(kind, 1, **places)) == expected


@pytest.mark.parametrize(
    ("declared", "moved", "expected"),
    [
        (3, 5, {LATE}),
        (3, 3, {ENTERED}),
        (3, 2, {ENTERED}),
        (0, 1, {LATE}),
    ],
)
def test_flags__movement_of_some_days_ago__by_what_was_known_on_its_day(
    land, declared, moved, expected
):
    land.zone(
        "Eastern Highlands",
        since=days_ago(declared),
        declared_at=NOW - timedelta(days=declared),
    )
    told = {"at": land.goroka, "other": land.madang, "on": days_ago(moved)}
    assert codes(land.report(ARRIVE, 9, **told)) == expected


def test_flags__order_lifted_for_an_earlier_day__bound_until_that_was_known(land):
    number = land.zone("Jiwaka", since=days_ago(9), declared_at=NOW - timedelta(days=9))
    with land.database.write() as session:
        act = land.act()._replace(day=days_ago(6))
        lift_order(session, number, act)
    told = {"at": land.kudjip, "other": land.goroka}
    assert codes(land.report(DEPART, 1, **told, on=days_ago(4))) == {LEFT}
    assert codes(land.report(DEPART, 2, **told)) == {NO_PERMIT}


def test_flags__declared_later_on_the_same_day__counts_as_known_in_the_evening(land):
    land.zone("Jiwaka", declared_at=NOW)
    land.phones.now = NOW + timedelta(days=1)
    done = land.report(DEPART, 1, at=land.kudjip, other=land.goroka, on=TODAY)
    assert codes(done) == {LEFT}


def test_flags__several_animals__each_has_them_and_so_it_stays_when_another_event_is_void(land):
    land.zone("Jiwaka", since=days_ago(3), declared_at=NOW - timedelta(days=3))
    wrong = land.report(EventType.WEIGHT, 1, at=land.kudjip, kilograms=40)
    with land.database.write() as session:
        (done,) = record_events(session, [moved(land, 1, 2)], HERE)
    assert [code for _, code in done.flags] == [LEFT, LEFT]
    with land.database.write() as session:
        void_event(session, wrong.report.event_id, "incorrect_data", HERE, land.party(session, VET))
    assert rows(land.database, Flag) == 2


def test_flags__in_a_permit_zone_and_by_a_doubt__the_permit_alone(land):
    land.zone("Jiwaka", "restricted", since=days_ago(3), declared_at=NOW - timedelta(days=3))
    land.zone("Morobe", since=days_ago(3), declared_at=NOW - timedelta(days=3))
    place = land.somewhere("somewhere")
    with land.database.write() as session:
        told = Report(
            event_id("test", "doubt", 0),
            DEPART,
            (Key("iso11784", official(1)),),
            Key("bilum", land.kudjip),
            Key(*place.split(":")),
            Occurred.on(TODAY),
        )
        (done,) = record_events(session, [told], HERE)
    assert codes(done) == {NO_PERMIT}


@pytest.mark.parametrize(
    ("permit", "expected"),
    [
        (None, {NO_PERMIT}),
        ({"heads": 1}, set()),
        ({"heads": 1, "state": None}, {NO_PERMIT}),
        ({"heads": 1, "state": "revoked"}, {NO_PERMIT}),
        ({"heads": 1, "days": (1, 2)}, {NO_PERMIT}),
    ],
)
def test_flags__where_a_permit_is_needed__departure_without_one(land, permit, expected):
    if permit:
        land.permit(**permit)
    done = land.report(DEPART, 1, at=land.kudjip, other=land.goroka)
    assert codes(done) == expected
    assert [one.code for one in done.warnings] == ["no_permit"] * len(expected)


@pytest.mark.parametrize(
    ("issued", "left_on", "expected"),
    [
        (True, 2, set()),
        (True, 1, {NO_PERMIT}),
        (True, 0, {NO_PERMIT}),
        (False, 2, {NO_PERMIT}),
        (True, 6, {NO_PERMIT}),
    ],
)
def test_flags__permit_revoked_since__covers_what_left_on_a_day_before(
    land, issued, left_on, expected
):
    number = land.permit(1, days=(-5, 1), state="issued" if issued else None)
    with land.database.write() as session:
        act = land.act()._replace(day=days_ago(1))
        decide_permit(session, number, PermitDecision(PermitState.REVOKED), act)
    told = {"at": land.kudjip, "other": land.goroka, "on": days_ago(left_on)}
    assert codes(land.report(DEPART, 1, **told)) == expected


@pytest.mark.slow
def test_flags__permit_used_up_by_the_arrival_that_was_told_first__none(land):
    land.permit(1)
    land.report(ARRIVE, 1, at=land.goroka, other=land.kudjip)
    assert NO_PERMIT not in codes(land.report(DEPART, 1, at=land.kudjip, other=land.goroka))


def test_flags__departure_of_long_ago__may_have_had_a_permit_that_is_not_known(land):
    told = {"at": land.kudjip, "other": land.goroka}
    assert codes(land.report(DEPART, 9, **told, on=days_ago(31))) == set()
    assert codes(land.report(DEPART, 8, **told, on=days_ago(30))) == {NO_PERMIT}


def test_record__no_order_and_no_permit__costs_few_queries_more_for_any_batch(land):
    """One looks for orders, one for the permits of departures, one for what an arrival closes."""
    few = counted(land, [moved(land, 50)])
    many = counted(land, [moved(land, pig) for pig in range(51, 90)])
    for found in (few, many):
        assert len([text for text in found if "FROM control_order" in text]) == 1
        assert len([text for text in found if "FROM permit" in text]) == 1
    arrivals = counted(land, [moved(land, pig, kind=ARRIVE) for pig in range(1, 40)])
    assert len([text for text in arrivals if "FROM permit" in text]) == 1
    # Keys of many rows are drawn apart; the rows come by COPY, which is not seen here.
    assert len(many) <= len(few) + 1


def test_record__orders__look_each_place_up_once_for_a_batch(land):
    land.zone("Madang")
    found = counted(land, [moved(land, pig) for pig in range(1, 40)])
    assert len([text for text in found if "premises.latitude" in text]) == 1


def counted(land, reports):
    """Record reports and return the statements that it took."""
    found: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        found.append(statement)

    event.listen(land.database.engine, "before_cursor_execute", note)
    try:
        with land.database.write() as session:
            record_events(session, reports, HERE)
    finally:
        event.remove(land.database.engine, "before_cursor_execute", note)
    return found


def moved(land, *pigs, kind=DEPART):
    near, far = (land.kudjip, land.goroka)[:: 1 if kind is DEPART else -1]
    return Report(
        event_id("test", f"{kind} {pigs}", 0),
        kind,
        tuple(Key("iso11784", official(pig)) for pig in pigs),
        Key("bilum", near),
        Key("bilum", far),
        Occurred.on(TODAY),
    )


# Statuses that want a permit where no order and no policy does


def declared(land, pig=None, place=None):
    told = {"action": "begun", "status": "permit_required"}
    if pig is not None:
        land.report(EventType.STATUS, pig, **told)
        return
    one = Report(
        event_id("test", f"place {place}", 0),
        EventType.STATUS,
        (),
        Key("bilum", place),
        None,
        Occurred.on(TODAY),
        told,
    )
    with land.database.write() as session:
        record_events(session, [one], HERE)


@pytest.mark.parametrize("of", ["pig", "place"])
def test_depart__where_a_status_wants_a_permit__without_one_is_flagged(land, of):
    declared(land, **({"pig": 4} if of == "pig" else {"place": land.madang}))
    done = land.report(DEPART, 4, at=land.madang, other=land.lae)
    assert codes(done) == {NO_PERMIT}


def test_depart__of_another_pig_than_the_one_that_wants_a_permit__is_not_flagged(land):
    land.phones.say(f"REG {official(5)}", MADANG_KEEPER)
    declared(land, pig=5)
    assert codes(land.report(DEPART, 4, at=land.madang, other=land.lae)) == set()
