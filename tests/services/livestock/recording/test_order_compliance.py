"""What follows from movements by the orders and permits there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, true

from services.audit.findings import AuditReport
from services.audit.projections.animals import compare_animals
from services.audit.projections.control_documents import compare_permits
from services.livestock.control.orders import lift_order
from services.livestock.control.permits import (
    PermitDecision,
    PermitDraft,
    ask_permit,
    decide_permit,
)
from services.livestock.control.task_keeping import LivestockTasks
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
from services.livestock.recording import permit_uses
from services.livestock.recording.corrections import void_event
from services.livestock.recording.decision_context import read_permits
from services.livestock.recording.permit_arrivals import arrivals_for
from services.livestock.recording.permit_subjects import permits_named
from services.livestock.recording.permit_uses import uses_at
from services.livestock.recording.record import record_events
from services.storage.models import Flag, Journal, Permit, Task
from tests.factories import NOW, TODAY, official, rows
from tests.services.livestock.country import MADANG_KEEPER, VET, days_ago

LEFT, ENTERED, LATE = FlagCode.LEFT_ZONE, FlagCode.ENTERED_ZONE, FlagCode.REPORTED_LATE
NO_PERMIT = FlagCode.MOVED_WITHOUT_PERMIT
HERE = Origin("test", None, NOW)
ARRIVE, DEPART = EventType.ARRIVE, EventType.DEPART


def state_of(land, number=None):
    with land.database.read() as session:
        found = session.scalars(select(Permit).order_by(Permit.id)).all()
        return [(row.state, row.closed_on) for row in found] if number else found[-1].state


def codes(done):
    return {code for _, code in done.flags}


# Permits end by arrival


def test_close__last_named_pig_arrives_where_it_leads__is_used_on_that_day(land):
    land.permit(1, 2)
    land.report(ARRIVE, 1, at=land.goroka, other=land.kudjip)
    assert state_of(land) == "issued"
    before = rows(land.database, Journal)
    done = land.report(ARRIVE, 2, at=land.goroka, other=land.kudjip)
    assert state_of(land, number=1) == [("closed", TODAY)]
    assert rows(land.database, Journal) == before + 2
    with land.database.read() as session:
        last = session.scalars(select(Journal).order_by(Journal.id.desc())).first()
        assert (last.type, last.id > done.journal_id) == ("permit", True)


def test_close__further_arrivals__close_nothing_twice(land):
    land.permit(2)
    land.report(ARRIVE, 2, at=land.goroka)
    before = rows(land.database, Journal)
    land.report(ARRIVE, 2, at=land.goroka)
    assert rows(land.database, Journal) == before + 1


@pytest.mark.parametrize("told", [(), ("other",)])
def test_close__count_permit__pig_of_that_place_arrives(land, told):
    """Whether or not the receiver tells where it came from."""
    land.permit(heads=1)
    land.report(ARRIVE, 1, at=land.goroka, **dict.fromkeys(told, land.kudjip))
    assert state_of(land) == "closed"


def test_close__count_permit__after_its_departure(land):
    land.permit(heads=1)
    land.report(DEPART, 1, at=land.kudjip, other=land.goroka)
    assert state_of(land) == "issued"
    land.report(ARRIVE, 1, at=land.goroka)
    assert state_of(land) == "closed"


def test_close__arrival_reported_before_the_departure__is_used_at_once(land):
    land.permit(1)
    land.report(ARRIVE, 1, at=land.goroka)
    land.report(DEPART, 1, at=land.kudjip, other=land.goroka)
    assert state_of(land) == "closed"


@pytest.mark.parametrize(
    ("pig", "told"),
    [
        (1, {"at": "madang"}),
        (1, {"at": "kudjip"}),
        (4, {"at": "goroka"}),
        (9, {"at": "goroka"}),
        (1, {"at": "goroka", "other": "madang"}),
        (1, {"at": "goroka", "on": days_ago(1)}),
    ],
    ids=["elsewhere", "stays", "other pig", "unseen pig", "from elsewhere", "before its first day"],
)
def test_close__count_permit__arrival_of_another_journey_leaves_it(land, pig, told):
    land.permit(heads=3)
    places = {name: getattr(land, one) for name, one in told.items() if name != "on"}
    land.report(ARRIVE, pig, **told | places)
    assert state_of(land) == "issued"


@pytest.mark.parametrize("state", [None, "refused", "revoked"])
def test_close__permit_that_is_not_issued__stays_as_it_is(land, state):
    land.permit(1, state=state)
    land.report(ARRIVE, 1, at=land.goroka)
    assert state_of(land) == (state or "asked")


def test_close__arrival_after_its_last_day__is_used_all_the_same(land):
    land.permit(1, days=(-5, -2))
    land.report(ARRIVE, 1, at=land.goroka)
    assert state_of(land) == "closed"


def test_close__several_permits__the_one_that_names_it_alone(land):
    land.permit(1)
    land.permit(heads=2)
    land.permit(1, to=land.lae)
    land.report(ARRIVE, 1, at=land.goroka)
    assert [state for state, _ in state_of(land, number=1)] == ["closed", "issued", "issued"]


def test_close__arrival_is_void__opens_it_again_until_another_uses_it(land):
    number = land.permit(heads=1)
    done = land.report(ARRIVE, 1, at=land.goroka)
    with land.database.write() as session:
        void_event(session, done.report.event_id, "incorrect_data", HERE, land.party(session, VET))
    assert state_of(land, number=1) == [("issued", None)]
    assert left(land, number) == 1
    land.report(ARRIVE, 2, at=land.goroka)
    assert state_of(land, number=1) == [("closed", TODAY)]
    assert audited(land) == []


def left(land, number):
    with land.database.read() as session:
        return next(one.head_count for one in read_permits(session, true()) if one.number == number)


def audited(land):
    found = AuditReport()
    with land.database.read() as session:
        compare_permits(session, found)
    return found.findings


def test_count__three_of_five_arrived__leaves_a_permit_for_two_until_its_last_day(land):
    number = land.permit(heads=5)
    for pig in (1, 2, 3):
        land.report(ARRIVE, pig, at=land.goroka, other=land.kudjip)
    assert (state_of(land), left(land, number)) == ("issued", 2)
    mob = land.mob(3)
    assert f"Permit {number} is for 2 pigs only" in land.phones.say(f"OK {mob} {land.goroka}")
    assert f"Permit {number}: 2 pigs may go" in land.phones.say(f"OK {number}")
    assert audited(land) == []


def test_count__two_permits_of_a_road__each_arrival_uses_one(land):
    late, early = land.permit(heads=2, days=(0, 5)), land.permit(heads=2, days=(0, 1))
    land.report(ARRIVE, 1, at=land.goroka, other=land.kudjip)
    assert (left(land, early), left(land, late)) == (1, 2)
    for pig in (2, 3):
        land.report(ARRIVE, pig, at=land.goroka, other=land.kudjip)
    assert (left(land, late), state_of(land)) == (1, "closed"), "the one that ends first"


def test_count__permit_that_the_departure_names__is_used_and_not_one_that_ends_first(land):
    named, other = land.permit(heads=2, days=(0, 5)), land.permit(heads=2, days=(0, 1))
    with land.database.write() as session:
        subjects = permits_named(session, {"permit": named})
        told = replace(moved(land, 1), details={"permit": named}, subjects=subjects)
        record_events(session, [told], HERE)
    land.report(ARRIVE, 1, at=land.goroka)
    assert (left(land, named), left(land, other)) == (1, 2)


def test_count__named_pigs_of_which_one_died__close_when_the_others_have_come(land):
    land.permit(1, 2)
    land.report(ARRIVE, 1, at=land.goroka, other=land.kudjip)
    assert state_of(land) == "issued"
    land.report(EventType.DEATH, 2, at=land.kudjip)
    assert state_of(land) == "closed"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_count__arrivals_told_in_any_order__use_the_same_permits(land, order):
    first, second = land.permit(heads=1, days=(-5, 1)), land.permit(heads=1, days=(-1, 5))
    days = (days_ago(3), TODAY)
    for place in order:
        land.report(ARRIVE, place + 1, at=land.goroka, other=land.kudjip, on=days[place])
    assert [closed for _, closed in state_of(land, number=1)] == list(days)
    assert {left(land, first), left(land, second)} == {1}, "a closed one is known by all of its"


def test_count__arrival_at_a_hub__asks_for_no_arrival_of_an_earlier_day(land, monkeypatch):
    land.permit(heads=9, days=(-9, 5))
    asked = []

    def noting(*told):
        asked.extend(found := arrivals_for(*told))
        return found

    monkeypatch.setattr(permit_uses, "arrivals_for", noting)
    for pig, day in ((1, 6), (2, 4), (3, 0)):
        asked.clear()
        land.report(ARRIVE, pig, at=land.goroka, other=land.kudjip, on=days_ago(day))
        assert [one.arrived_on for one in asked] == [days_ago(day)]
    land.report(ARRIVE, 4, at=land.goroka, other=land.kudjip, on=days_ago(5))
    assert len({one[:2] for one in asked}) == 4 - 1, "one that is told late: all since its day"


@pytest.mark.parametrize("then", ["counted", "of nobody knows how many"])
def test_count__arrival_after_others__gives_what_a_replay_of_all_gives(land, then):
    land.permit(heads=3, days=(-9, 5))
    land.report(ARRIVE, 1, at=land.goroka, other=land.kudjip, on=days_ago(3))
    mob = Key("bilum", land.mob(2 if then == "counted" else None))
    ends = (Key("bilum", land.goroka), Key("bilum", land.kudjip))
    came = Report(uuid4(), ARRIVE, (mob,), *ends, Occurred.on(TODAY), {})
    with land.database.write() as session:
        record_events(session, [came], HERE)
    land.report(ARRIVE, 2, at=land.goroka, other=land.kudjip)
    with land.database.read() as session:
        [place] = session.scalars(select(Permit.destination_id)).all()
        stored, made = uses_at(session, place)
    assert stored == made != set()


# Orders judge movements by both clocks


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


def arrives(land, mob):
    """Record that a mob came to Goroka."""
    place, occurred = Key("bilum", land.goroka), Occurred.on(TODAY)
    told = Report(uuid4(), ARRIVE, (Key("bilum", mob),), place, None, occurred)
    with land.database.write() as session:
        return record_events(session, [told], HERE)[0]


def above_permit(land):
    with land.database.read() as session:
        mine = select(Flag.journal_id).where(Flag.code == FlagCode.ABOVE_PERMIT.value)
        return session.scalars(mine.order_by(Flag.journal_id)).all()


def test_above__mob_larger_than_its_permit__is_flagged_and_a_task(land):
    land.permit(heads=10)
    mob = land.mob(14)
    done = arrives(land, mob)
    assert above_permit(land) == [done.journal_id]
    LivestockTasks().keep(land.database, NOW)
    with land.database.read() as session:
        found = session.scalars(select(Task.code).where(Task.kind == "flag")).all()
    assert found == ["above_permit"]
    found = AuditReport()
    with land.database.read() as session:
        compare_animals(session, found)
    assert found.findings == []


def named_permit(land, mob):
    """Issue a permit that names a mob."""
    ends = Key("bilum", land.kudjip), Key("bilum", land.goroka)
    draft = PermitDraft((Key("bilum", mob),), *ends, TODAY, TODAY)
    with land.database.write() as session:
        _, done = ask_permit(session, draft, land.act())
        number = done.report.subjects[0].number
        decide_permit(session, number, PermitDecision(PermitState.ISSUED), land.act())
    return number


def counted_anew(land, mob, heads):
    told = Report(
        uuid4(),
        EventType.COUNT,
        (Key("bilum", mob),),
        Key("bilum", land.kudjip),
        None,
        Occurred.on(TODAY),
        {"head_count": heads},
    )
    with land.database.write() as session:
        record_events(session, [told], HERE)


@pytest.mark.parametrize(("heads", "above"), [(5, 0), (4, 0), (6, 1)])
def test_above__mob_that_its_permit_names__is_for_the_heads_that_it_had(land, heads, above):
    mob = land.mob(5)
    number = named_permit(land, mob)
    if heads != 5:
        counted_anew(land, mob, heads)
    arrives(land, mob)
    assert (len(above_permit(land)), state_of(land)) == (above, "closed")
    assert audited(land) == []
    assert f"Permit {number} is used up" in land.phones.say(f"PERMIT {number}")


def test_named_mob__other_pigs_from_there__are_not_covered_by_its_heads(land):
    number = named_permit(land, land.mob(5))
    told = land.phones.say(f"OK {official(1)} {land.goroka}")
    assert told.startswith(f"NO. Pig {official(1)} needs a NAQIA permit first")
    land.report(ARRIVE, 1, at=land.goroka, other=land.kudjip)
    assert (left(land, number), state_of(land)) == (5, "issued")


@pytest.mark.parametrize("heads", [10, 9, None])
def test_above__as_many_as_the_permit_or_uncounted__is_not_flagged(land, heads):
    land.permit(heads=10)
    arrives(land, land.mob(heads))
    assert above_permit(land) == []


def test_above__arrival_is_void__its_flag_goes(land):
    land.permit(heads=10)
    done = arrives(land, land.mob(14))
    with land.database.write() as session:
        void_event(session, done.report.event_id, "incorrect_data", HERE, land.party(session, VET))
    assert above_permit(land) == []


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
