"""Degrees and contact chains of all premises at once."""

from __future__ import annotations

import csv
import gzip
from datetime import date

import pytest
from hypothesis import given

from services.livestock.tracing.chains import Contact, Summary, summaries
from tests.services.livestock.tracing.herds import PLACES, contacts_of, summary_of, trips
from tests.support.paths import SHARED_DATA


@given(trips)
def test_summaries__any_movements__equal_following_every_path(found):
    contacts = contacts_of(found)
    whole = summaries(contacts)
    assert {place: whole.get(place, Summary()) for place in PLACES} == {
        place: summary_of(contacts, place) for place in PLACES
    }


def test_summaries__several_in_one_day__chain_in_any_order():
    chain = [Contact(place, place + 1, 5, 5) for place in range(500)]
    for order in (chain, chain[::-1]):
        whole = summaries(order)
        assert whole[0] == Summary(0, 1, 0, 500)
        assert whole[500] == Summary(1, 0, 500, 0)


def test_summaries__departed_before_the_arrival__does_not_go_on():
    whole = summaries([Contact(1, 2, 3, 6), Contact(2, 3, 5, 5), Contact(2, 4, 6, 6)])
    assert whole[1] == Summary(0, 1, 0, 2)
    assert whole[3] == Summary(1, 0, 1, 0)


def test_summaries__round_trip_of_one_day__does_not_count_the_root():
    assert summaries([Contact(1, 2, 5, 5), Contact(2, 1, 5, 5)])[1] == Summary(1, 1, 1, 1)


@pytest.mark.shared_data
def test_summaries__national_movements__are_what_epicontacttrace_published():
    """Sums over all 11,904 roots of the network summary that the R package ships."""
    with gzip.open(SHARED_DATA / "movements.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first, last = date(2005, 8, 2).toordinal(), date(2005, 10, 31).toordinal()
    contacts = []
    for row in rows:
        on = date.fromisoformat(row["t"]).toordinal()
        if first <= on <= last:
            contacts.append(Contact(int(row["source"]), int(row["destination"]), on, on))
    whole = summaries(contacts)
    assert whole[584] == Summary(8, 1, 325, 2)
    assert whole[2645] == Summary(6, 8, 12, 24)
    assert [sum(column) for column in zip(*whole.values(), strict=True)] == [
        13_799,
        13_799,
        28_441,
        28_441,
    ]
