"""Permits that arrivals use up: closed, open again, and more than they are for."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, true

from services.audit.findings import AuditReport
from services.audit.projections.animals import compare_animals
from services.audit.projections.control_documents import compare_permits
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
from tests.services.livestock.country import VET, days_ago

HERE = Origin("test", None, NOW)
ARRIVE, DEPART = EventType.ARRIVE, EventType.DEPART


def state_of(land, number=None):
    with land.database.read() as session:
        found = session.scalars(select(Permit).order_by(Permit.id)).all()
        return [(row.state, row.closed_on) for row in found] if number else found[-1].state


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


@pytest.mark.slow
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
        told = Report(
            uuid4(),
            DEPART,
            (Key("iso11784", official(1)),),
            Key("bilum", land.kudjip),
            Key("bilum", land.goroka),
            Occurred.on(TODAY),
            {"permit": named},
            subjects,
        )
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
