from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from services.health.indicators.disaggregation import Cut, Period, grouped, total_of
from services.health.indicators.facts import count_facts
from tests.services.health.indicators.histories import CODE, NOW, OCTOBER, write_history
from tests.services.health.indicators.recounting import recount

PERIODS = {
    "october": OCTOBER,
    "one_day": Period(date(2026, 10, 31), date(2026, 10, 31)),
    "not_over": Period(date(2026, 11, 1), date(2026, 12, 31)),
}


OF_FOLLOW_UP = {
    "due", "due_answered", "due_success", "due_failed", "dated", "dated_success", "dose",
    "dose_texts",
    "dose_success", "began", "unheard", "keepable", "kept",
}  # fmt: skip


def count(database, period, now=NOW):
    with database.read() as session:
        return {cell: row for cell, row in count_facts(session, CODE, period, now).items() if row}


def without(counted, *names):
    """Facts without those of some names; what has none left is left out."""
    left = {
        cell: Counter({fact: count for fact, count in row.items() if fact[0] not in names})
        for cell, row in counted.items()
    }
    return {cell: row for cell, row in left.items() if row}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_count_facts__random_histories__are_those_of_a_count_row_by_row(database, seed):
    write_history(database, seed)
    for period in PERIODS.values():
        counted = count(database, period)
        assert without(counted, *OF_FOLLOW_UP, "floating") == recount(database, period)
        assert total_of(counted)[("members",)]


@pytest.mark.slow
def test_count_facts__every_fact_there_is__occurs_in_the_histories(database):
    write_history(database, 1, 400)
    names = {fact[0] for fact in total_of(count(database, OCTOBER))}
    assert names == {
        "attempts", "eligible", "screened_out", "consented", "activated", "present", "declined",
        "at_ceiling",
        "silent", "members", "opted_out", "completed", "lost", "excluded", "forgotten", "paused",
        "addressed", "reached", "expected", "delivered", "unreported", "not_delivered", "waiting",
        "asked", "answered", "outcome_asked", "outcome_answered", "success", "texted", "cost",
        *OF_FOLLOW_UP,
    }  # fmt: skip


@pytest.mark.slow
def test_count_facts__parts__make_the_whole(database):
    write_history(database, 7)
    for row in count(database, OCTOBER).values():
        parts = ("delivered", "unreported", "not_delivered", "waiting")
        assert row[("expected",)] == sum(row[(name,)] for name in parts)
        for whole in ("opted_out", "screened_out"):
            reasons = [count for fact, count in row.items() if fact[0] == whole and len(fact) > 1]
            assert row[(whole,)] == sum(reasons)


@pytest.mark.slow
def test_count_facts__asked_again_later__tells_the_same_of_a_period_that_is_over(database):
    write_history(database, 3)
    later, staying = NOW + timedelta(days=400), ("keepable", "kept")
    first, last = (count(database, OCTOBER, at) for at in (NOW, later))
    assert without(first, *staying) == without(last, *staying)


def test_count_facts__nobody__is_nothing(database):
    assert count(database, OCTOBER) == {}


@pytest.mark.slow
def test_grouped__by_any_cuts__adds_up_to_everybody(database):
    write_history(database, 2)
    counted = count(database, OCTOBER)
    for cuts in [*((cut,) for cut in Cut), (Cut.PROVINCE, Cut.SEX)]:
        groups = grouped(counted, cuts)
        assert len(groups) > 1
        assert sum(groups.values(), Counter()) == total_of(counted)


def test_bounds__local_days__begin_and_end_at_midnight_of_port_moresby():
    late = datetime(2027, 1, 1, tzinfo=UTC)
    start, end = OCTOBER.bounds(late)
    assert start == datetime(2026, 9, 30, 14, tzinfo=UTC)
    assert end == datetime(2026, 10, 31, 14, tzinfo=UTC)
    assert OCTOBER.bounds(start)[1] == start
