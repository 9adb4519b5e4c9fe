from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.health.courses.compiled import compile_course
from services.health.courses.schedule import (
    CoursePosition,
    Planned,
    difference,
    due,
    last_date,
    next_day,
)
from tests.services.health.courses.clinic import PROGRAMME, at

COURSE = compile_course(PROGRAMME)
ENROLLED, QUIT = date(2026, 11, 20), date(2026, 11, 27)
ANCHORS = {"enrolment": ENROLLED, "quit": QUIT}
MORESBY, BOUGAINVILLE = "Pacific/Port_Moresby", "Pacific/Bougainville"


def standing(cohort="general", anchors=ANCHORS, since=None, zone=MORESBY):
    return CoursePosition(cohort, anchors, since, zone)


def found(stand=None, first=ENROLLED, last=date(2027, 12, 31)):
    return [
        (one.item.id, one.on.isoformat()[5:])
        for one in due(COURSE, stand or standing(), first, last)
    ]


WHOLE = [
    ("tip1", "11-21"),
    ("general3", "11-23"),
    ("tip5", "11-25"),
    ("before", "11-26"),
    ("day0", "11-27"),
    ("day2", "11-29"),
    ("check", "12-02"),
    ("month1", "12-07"),
]


def test_due__whole_course__is_in_order_and_ends_with_the_last_day():
    assert found() == WHOLE


def test_due__other_cohort__has_its_own_texts():
    assert ("mother3", "11-23") in found(standing("mother"))
    assert ("general3", "11-23") not in found(standing("mother"))


def test_due__unknown_cohort__has_what_is_for_everybody():
    assert [one for one in WHOLE if one[0] != "general3"] == found(standing("gone"))


def test_due__anchor_not_set__its_phase_is_silent():
    assert found(standing(anchors={"enrolment": ENROLLED})) == [
        one for one in WHOLE if one[0] in {"tip1", "general3", "tip5", "check"}
    ]


def test_due__first_and_last_day__both_count():
    assert found(first=date(2026, 11, 25), last=date(2026, 11, 26)) == WHOLE[2:4]


def test_due__since__nothing_before_that_instant():
    assert found(standing(since=at(25, 8)))[0] == ("tip5", "11-25")
    assert found(standing(since=at(25, 8, 1)))[0] == ("before", "11-26")


@pytest.mark.parametrize(("zone", "hours"), [(MORESBY, 10), (BOUGAINVILLE, 11)])
def test_due__zone__local_time_becomes_utc(zone, hours):
    (one,) = due(COURSE, standing(zone=zone), QUIT, QUIT)
    assert one.at == datetime(2026, 11, 27, 7, 30, tzinfo=UTC) - timedelta(hours=hours)
    assert one.on == QUIT


def test_due__leap_day__is_a_day():
    anchors = {"enrolment": date(2028, 2, 28), "quit": date(2028, 2, 27)}
    days = [
        one.on
        for one in due(COURSE, standing(anchors=anchors), date(2028, 2, 26), date(2028, 3, 2))
    ]
    assert days == [
        date(2028, 2, 26),
        date(2028, 2, 27),
        date(2028, 2, 29),
        date(2028, 2, 29),
        date(2028, 3, 2),
    ]


def test_due__calendar_anchor__each_of_its_dates_within_the_course():
    anchors = {"enrolment": ENROLLED, "quit": date(2026, 12, 20)}
    assert ("feast0", "12-25") in found(standing(anchors=anchors))
    whole = compile_course(replace(PROGRAMME, last_day=("enrolment", 400)))
    days = [
        p.on for p in due(whole, standing(), ENROLLED, date(2028, 1, 1)) if p.item.id == "feast0"
    ]
    assert days == [date(2026, 12, 25), date(2027, 12, 25)]


def test_due__reserved_date__is_asked_even_after_the_last_day():
    moved = standing(anchors=ANCHORS | {"!check": date(2026, 12, 20), "!gone": date(2026, 12, 1)})
    assert found(moved) == [*WHOLE, ("check", "12-20")]
    assert found(standing(anchors=ANCHORS | {"!check": date(2026, 12, 2)})) == WHOLE


def test_due__skipped_date__is_left_out_on_that_day_alone():
    assert found(standing(anchors=ANCHORS | {"!-tip5": date(2026, 11, 25)})) == [
        one for one in WHOLE if one[0] != "tip5"
    ]
    assert found(standing(anchors=ANCHORS | {"!-tip5": date(2026, 11, 24)})) == WHOLE


def test_last_date__anchor_not_set__counts_from_enrolment():
    assert last_date(COURSE, ANCHORS) == QUIT + timedelta(days=14)
    assert last_date(COURSE, {"enrolment": ENROLLED}) == ENROLLED + timedelta(days=14)
    assert last_date(COURSE, {}) is None


@pytest.mark.parametrize(
    ("enrolled", "last"),
    [
        (date(2026, 3, 1), date(2026, 12, 30)),
        (date(2026, 12, 30), date(2026, 12, 30)),
        (date(2026, 12, 31), date(2027, 12, 30)),
        (date(2028, 3, 1), date(2027, 12, 30)),
    ],
)
def test_last_date__of_the_calendar__is_the_first_that_was_not_over(enrolled, last):
    course = compile_course(replace(PROGRAMME, last_day=("feast", 5)))
    assert last_date(course, {"enrolment": enrolled}) == last


def test_difference__same_item_at_another_time__is_cancelled_and_created():
    (one,) = due(COURSE, standing(), QUIT, QUIT)
    later = Planned(one.item, one.on, one.at + timedelta(days=1))
    assert difference([one], [one]) == ((), ())
    assert difference([one], [later]) == ((one,), (later,))


days = st.integers(-40, 40).map(lambda days: QUIT + timedelta(days=days))
anchors = st.fixed_dictionaries(
    {"enrolment": days}, optional={"quit": days, "!month1": days, "!-tip1": days}
)
instants = st.datetimes(datetime(2026, 10, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001 — naive, the strategy gives the zone
standings = st.builds(
    CoursePosition,
    st.sampled_from(["general", "mother"]),
    anchors,
    st.none() | instants,
    st.sampled_from([MORESBY, BOUGAINVILLE]),
)


@given(standings, days, st.integers(0, 60))
def test_due__days_one_by_one__are_the_whole(stand, first, many):
    last = first + timedelta(days=many)
    one_by_one = [
        planned
        for number in range(many + 1)
        for planned in due(COURSE, stand, *[first + timedelta(days=number)] * 2)
    ]
    assert due(COURSE, stand, first, last) == one_by_one


@given(standings, days)
def test_next_day__any_standing__misses_no_day_that_has_something(stand, after):
    rest = due(COURSE, stand, after + timedelta(days=1), date(2028, 1, 1))
    following = next_day(COURSE, stand, after)
    if rest:
        assert following is not None
        assert after < following <= rest[0].on
