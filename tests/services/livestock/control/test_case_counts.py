from __future__ import annotations

from datetime import timedelta

import pytest

from services.livestock.control.case_counts import Figure, add_up, cases_of, extent_of
from services.livestock.control.outbreaks import OutbreakState, change_state, find_outbreak
from services.livestock.domain.orders import ZoneStatus
from tests.factories import TODAY, pig
from tests.services.livestock.control.outbreak_scene import act

DAY = timedelta(days=1)
BEGAN = TODAY - 5 * DAY


@pytest.fixture
def index(country):
    return country.place(1)


@pytest.fixture
def outbreak(country, index):
    return country.outbreak(index, BEGAN)


@pytest.fixture
def figures(database, outbreak):
    """What is counted, zeros left out."""

    def count(on=TODAY):
        with database.read() as session:
            counts = add_up(
                cases_of(session, extent_of(session, find_outbreak(session, outbreak)), on)
            )
        assert set(counts) == set(Figure)
        return {figure.value: heads for figure, heads in counts.items() if heads}

    return count


def test_counts__each_kind_of_event__counts_its_heads(country, index, figures):
    country.tell("sickness", index, signs=["fever"], head_count=7)
    country.tell("sickness", index, pig(1), pig(2), signs=["fever"])
    country.tell("sickness", index, signs=["fever"])
    country.tell("death", index, pig(1), cause="disease", disposal="burned")
    country.tell("death", index, cause="unknown", disposal="eaten", head_count=2)
    country.tell("death", index, pig(2), pig(3), cause="culled", disposal="buried")
    country.tell("slaughter", index, pig(4), place="home")
    assert figures() == {"sick": 10, "dead": 3, "culled": 2, "disposed": 3, "slaughtered": 1}


def test_counts__animal_told_again__counts_once(country, index, figures):
    for on in (TODAY - DAY, TODAY):
        country.tell("sickness", index, pig(1), signs=["fever"], on=on)
    assert figures(TODAY - DAY) == figures() == {"sick": 1}


@pytest.mark.parametrize("cause", ["accident", "predator", "old_age"])
def test_counts__death_by_something_else__is_none_of_the_outbreaks(country, index, figures, cause):
    country.tell("death", index, pig(1), cause=cause, disposal="buried")
    assert figures() == {}


def test_counts__suspicion_of_another_disease__is_left_out(country, index, figures):
    country.tell("sickness", index, pig(1), signs=["fever"], suspicion="anthrax")
    assert figures() == {}


def test_counts__void_event__is_left_out(country, index, figures):
    wrong = country.tell("sickness", index, signs=["fever"], head_count=70)
    country.tell("sickness", index, signs=["fever"], head_count=7)
    assert figures() == {"sick": 77}
    country.void(wrong.report.event_id, index)
    assert figures() == {"sick": 7}


def test_counts__days__are_those_of_the_outbreak(country, database, index, outbreak, figures):
    for on in (BEGAN - DAY, BEGAN, TODAY - DAY, TODAY):
        country.tell("sickness", index, signs=["fever"], on=on)
    assert (figures(TODAY - DAY), figures()) == ({"sick": 2}, {"sick": 3})
    with database.write() as session:
        change_state(session, outbreak, OutbreakState.RELEASED, act(TODAY - DAY))
    assert figures() == {"sick": 2}


@pytest.mark.parametrize(
    ("status", "counted"),
    [(ZoneStatus.INFECTED, 2), (ZoneStatus.RESTRICTED, 2), (ZoneStatus.FREE, 1)],
)
def test_counts__places__are_the_index_and_those_in_its_zones(
    country, outbreak, figures, status, counted
):
    country.order(status=status, outbreak=outbreak)
    country.order(area={"provinces": ["Enga"]}, area_name="Enga")
    for place in (country.place(1), country.place(2, "Jiwaka"), country.place(3, "Enga")):
        country.tell("sickness", place, signs=["fever"])
    assert figures() == {"sick": counted}
