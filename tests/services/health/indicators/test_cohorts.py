"""Outcomes of some hundred people who began, against plain SQL over the same rows."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from services.health.indicators import follow_up
from services.health.indicators.disaggregation import Cut, Period, grouped, total_of
from services.health.indicators.facts import count_facts
from tests.services.health.indicators import plain_sql
from tests.services.health.indicators.cohorts import NOW, write_cohort

pytestmark = pytest.mark.slow

PERIODS = [
    Period(date(2026, 1, 1), date(2026, 12, 31)),
    Period(date(2026, 3, 1), date(2026, 3, 31)),
    Period(date(2026, 9, 10), date(2026, 10, 9)),
]
NAMES = ("due", "died", "due_answered", "due_success", "dated", "dated_success", "floating")


def counted_by_province(counted):
    """Counts as the statement gives them: by province, outcome and assessment."""
    found = {}
    for (province,), row in grouped(counted, (Cut.PROVINCE,)).items():
        for fact, count in row.items():
            if fact[0] in NAMES:
                mine = found.setdefault((province, *fact[1:3]), dict.fromkeys(NAMES, 0))
                mine[fact[0]] += count
    return found


def test_count_follow_up__hundreds_of_people__is_what_plain_sql_counts(database):
    write_cohort(database, 4)
    with database.write() as session:
        plain_sql.copy_rows(session)
        for period in PERIODS:
            counted = count_facts(session, "tobacco", period, NOW)
            assert counted_by_province(counted) == plain_sql.outcomes(session, period)
            whole, place = total_of(counted), ("abstinent", "month6")
            assert {
                name: whole[name, *place] for name in plain_sql.change(session, period)
            } == plain_sql.change(session, period)
            assert whole["not_before", *place] == whole["paired", *place] - whole["before", *place]
            assert {name: whole[name, "d90"] for name in ("keepable", "kept")} == plain_sql.kept(
                session, period
            )
        year = total_of(count_facts(session, "tobacco", PERIODS[0], NOW))
        assert all(year[name, *place] for name in ("due", "died", "due_success", "paired"))
        assert all(year[name, *place, "quit"] for name in ("dated", "dated_success", "floating"))
        quarters = [year["dose", *place, f"q{part}"] for part in range(1, 5)]
        assert sum(quarters) == year["due", *place]
        assert (
            sum(year["dose_success", *place, f"q{part}"] for part in range(1, 5))
            == (year["due_success", *place])
        )
        delivered = plain_sql.doses(session)
        assert year["dose_texts", *place, "q4"] >= max(delivered.values())


def test_count_follow_up__chunk_by_chunk__counts_the_same(database, monkeypatch):
    write_cohort(database, 4)
    chunks, count_due = [], follow_up._count_due

    def counted(session, facts, due):
        chunks.append(len(due))
        return count_due(session, facts, due)

    monkeypatch.setattr(follow_up, "_count_due", counted)
    with database.read() as session:
        whole = count_facts(session, "tobacco", PERIODS[0], NOW)
        monkeypatch.setattr(follow_up, "_CHUNK", 7)
        assert count_facts(session, "tobacco", PERIODS[0], NOW) == whole
    # No more than a chunk of the people is held at once.
    first, *others = chunks
    assert max(others) == 7
    assert sum(others) == first


def test_joined__a_wide_period__is_a_cohort_table_that_adds_up(database):
    write_cohort(database, 5, 120)
    with database.read() as session:
        counted = count_facts(session, "tobacco", PERIODS[0], NOW)
    months = grouped(counted, (Cut.JOINED,))
    assert {f"2026-0{month}" for month in range(1, 7)} <= {name for (name,) in months}
    began = Counter({name: row["began",] for (name,), row in months.items()})
    place = "abstinent", "month1"
    for name, count in began.items():
        row = months[name,]
        assert row["due", *place] + row["died", *place] == count, name
    assert began.total() == total_of(counted)["began",]
    sources = {name for (name,) in grouped(counted, (Cut.SOURCE,))}
    assert sources == {"word", "list", "invitation"}
