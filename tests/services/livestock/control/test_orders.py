from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from chain.canonical import canonical_bytes, commitment
from services.core.errors import Conflict, Invalid, NotFound
from services.livestock.control.errors import OrderEnded, OrderNumberTaken
from services.livestock.control.orders import (
    declare_order,
    find_order,
    in_force,
    lift_order,
    list_orders,
)
from services.livestock.domain.errors import BadArea
from services.livestock.domain.orders import ZoneStatus
from services.livestock.recording.decision_context import orders_since
from services.storage.models import ControlOrder, Journal
from tests.factories import NOW, TODAY, in_threads, origin, rows
from tests.services.livestock.control.outbreak_scene import ASF, JIWAKA, act, draft, kept, steps_of

DAY = timedelta(days=1)
BOW_TIE = [[144.0, -6.0], [144.1, -6.1], [144.1, -6.0], [144.0, -6.1], [144.0, -6.0]]


def declare(database, **told):
    with database.write() as session:
        return declare_order(kept(session), draft(**told), origin())


def lift(database, number, on=TODAY, **told):
    with database.write() as session:
        return lift_order(kept(session), number, act(on, **told))


def test_declare__zone__is_one_event_that_hides_its_area(country, database):
    number = country.order(until=TODAY + 30 * DAY)
    with database.read() as session:
        row = find_order(session, number)
        area = commitment(row.area_salt, canonical_bytes(row.area)).hex()
        key = row.subject_key
    [(kind, details)] = steps_of(database, key)
    assert kind == "order"
    assert details == {
        "action": "declared",
        "number": number,
        "kind": "zone",
        "status": "infected",
        "disease": ASF,
        "since": "2026-11-25",
        "until": "2026-12-25",
        "area": area,
    }
    assert rows(database, Journal) == 1


@pytest.mark.parametrize(("numbers", "filed"), [((1,), True), ((1, 2), False)])
def test_declare__quarantine__is_filed_under_its_premises_where_it_is_one(
    country, database, numbers, filed
):
    places = [country.public_id(country.place(number)) for number in numbers]
    country.order("quarantine", area={"premises": places}, area_name="A place")
    with database.read() as session:
        content = session.query(Journal).one().content
    assert (places[0].encode() in content) is filed


def test_declare__same_event_again__declares_once(database):
    event = uuid4()
    first = declare(database, event_id=event)
    again = declare(database, event_id=event)
    assert (first.number, rows(database, ControlOrder)) == (again.number, 1)


def test_declare__event_of_something_else__is_a_conflict(country, database):
    done = country.tell("sickness", country.place(1), signs=["fever"])
    with pytest.raises(Conflict):
        declare(database, event_id=done.report.event_id)


def test_numbers__drawn__count_within_kind_and_year_and_pass_over_those_given(country, database):
    assert country.order(number=" z-2026-2 ") == "Z-2026-2"
    assert [country.order() for _ in range(2)] == ["Z-2026-1", "Z-2026-3"]
    place = country.public_id(country.place(1))
    assert country.order("quarantine", area={"premises": [place]}) == "Q-2026-1"


def test_numbers__declared_at_once__are_all_different(country):
    numbers = in_threads(*[country.order] * 4)
    assert sorted(numbers) == [f"Z-2026-{place}" for place in (1, 2, 3, 4)]


def test_number__given_twice__is_refused(country):
    country.order(number="G 345")
    with pytest.raises(OrderNumberTaken):
        country.order(number="g  345")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"since": TODAY + 31 * DAY}, "since"),
        ({"until": TODAY - DAY}, "until"),
        ({"until": TODAY}, "until"),
        ({"status": None}, "status"),
        ({"kind": "quarantine", "status": ZoneStatus.FREE}, "status"),
        ({"number": "12/2026"}, "number"),
        ({"number": ""}, "number"),
    ],
)
def test_declare__what_makes_no_sense__is_refused_by_field(country, told, field):
    with pytest.raises(Invalid) as refused:
        country.order(**told)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    "area",
    [
        {},
        {"provinces": ["Atlantis"]},
        {"premises": [str(uuid4())]},
        {"premises": "all"},
        {"premises": [None]},
        {"polygons": [{"type": "Polygon", "coordinates": [BOW_TIE]}]},
    ],
)
def test_declare__area_that_cannot_be_read__is_refused(country, database, area):
    with pytest.raises(BadArea):
        country.order(area=area)
    assert rows(database, ControlOrder) == 0


def test_declare__unknown_outbreak__is_refused(country):
    with pytest.raises(NotFound):
        country.order(outbreak="1234567")


def test_declare__for_an_outbreak__takes_its_disease(country, database):
    number = country.order(outbreak=country.outbreak(country.place(1)), disease=None)
    with database.read() as session:
        assert find_order(session, number).disease == ASF


def test_lift__in_force__ends_it_and_says_so_on_the_ledger(country, database):
    number = country.order(since=TODAY - 5 * DAY)
    row = lift(database, number.lower(), TODAY + DAY)
    assert (row.until, row.lifted_at) == (TODAY + DAY, NOW)
    steps = steps_of(database, row.subject_key)
    assert [details["action"] for _, details in steps] == ["declared", "lifted"]
    assert steps[1][1]["until"] == "2026-11-26"


def test_lift__twice__is_refused_but_the_same_event_again_is_not(country, database):
    number = country.order()
    lift(database, number, key="once")
    assert lift(database, number, key="once").until == TODAY
    with pytest.raises(OrderEnded):
        lift(database, number)


def test_lift__at_once__lifts_once(country, database):
    number = country.order()

    def attempt():
        try:
            return lift(database, number).number
        except OrderEnded:
            return None

    assert sorted(map(str, in_threads(*[attempt] * 3))) == ["None", "None", number]


@pytest.mark.parametrize("on", [TODAY - DAY, TODAY + 31 * DAY])
def test_lift__before_it_begins_or_too_far_ahead__is_refused(country, database, on):
    with pytest.raises(Invalid):
        lift(database, country.order(), on)


def test_lift__ends_before_that_day_anyway__is_refused(country, database):
    number = country.order(until=TODAY + DAY)
    with pytest.raises(OrderEnded):
        lift(database, number, TODAY + DAY)


def test_lift__no_such_order__is_not_found(database):
    with pytest.raises(NotFound):
        lift(database, "Z-2026-9")


@pytest.mark.parametrize(
    ("on", "binds"),
    [(-6, False), (-5, True), (0, True), (9, True), (10, False), (11, False)],
)
def test_in_force__by_day__from_its_first_to_before_its_end(country, database, on, binds):
    number = country.order(since=TODAY - 5 * DAY, until=TODAY + 10 * DAY)
    with database.read() as session:
        found = list_orders(kept(session), in_force(TODAY + on * DAY))[::-1]
    assert [row.number for row in found] == ([number] if binds else [])


@pytest.mark.parametrize(
    ("known", "binds"),
    [(-1, False), (0, True), (1, True), (2, False), (None, False)],
)
def test_in_force__by_knowledge__a_lifting_counts_when_it_is_known(country, database, known, binds):
    """Declared now, lifted tomorrow from today on: what does today's order bind?"""
    number = country.order(since=TODAY - 5 * DAY)
    lift(database, number, TODAY, at=NOW + 2 * DAY - timedelta(seconds=1))
    instant = None if known is None else NOW + known * DAY
    with database.read() as session:
        found = list_orders(kept(session), in_force(TODAY, instant))[::-1]
        by_rules = orders_since(session, TODAY - 9 * DAY)
    assert [row.number for row in found] == ([number] if binds else [])
    assert [one.number for one in by_rules if one.in_force(TODAY, instant)] == [
        row.number for row in found
    ]


def test_area__kept__is_written_one_way(country, database):
    number = country.order(area={"provinces": ["jiwaka"], "wards": []})
    with database.read() as session:
        assert find_order(session, number).area == JIWAKA
