"""Six-monthly reports: present, suspected, absent, no information; and their numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.core.errors import Invalid
from services.core.geography import PROVINCES
from services.livestock.control import case_counts
from services.livestock.control.half_years import (
    FIGURES,
    HALF_COLUMNS,
    half_year_changes,
    half_year_report,
    half_year_rows,
)
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    OutbreakState,
    change_state,
    open_outbreak,
    outbreak_number,
)
from services.livestock.domain.details import NOTIFIABLE, read_details
from services.livestock.domain.half_years import HalfYear, read_half_year
from services.livestock.domain.model import EventType, Occurred, Report
from services.livestock.queries import known_events
from tests.factories import origin, pig, write
from tests.services.livestock.control.outbreak_scene import ASF, act

FIRST, SECOND = HalfYear(2026, 1), HalfYear(2026, 2)
SPRING, AUTUMN = date(2026, 5, 20), date(2026, 9, 1)
NOTHING = dict.fromkeys(FIGURES)


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 2, tzinfo=UTC)


class Ministry:
    """A country whose reports come on their own days, or later."""

    def __init__(self, country):
        self.country = country

    def outbreak(self, at, began, state="confirmed", disease=ASF):
        with self.country.database.write() as session:
            draft = OutbreakDraft(uuid4(), disease, at, began, OutbreakState(state))
            row = open_outbreak(session, draft, origin(noon(began)))
            return outbreak_number(session, row.id)

    def step(self, number, state, on):
        with self.country.database.write() as session:
            change_state(session, number, OutbreakState(state), act(on, at=noon(on)))

    def tell(self, kind, at, *animals, on, known=None, **details):
        event = EventType(kind)
        told = read_details(event, details)
        report = Report(uuid4(), event, animals, at, None, Occurred.on(on), told)
        return write(self.country.database, report, at=noon(known or on))[0]

    def report(self, half, known=None):
        with self.country.database.read() as session:
            return half_year_report(session, half, noon(known) if known else None)

    def row(self, half, province="Jiwaka", known=None, disease="African swine fever virus"):
        [row] = [
            one
            for one in self.report(half, known)["rows"]
            if one["first_administrative_division"] == province
            and one["disease"].startswith(disease)
        ]
        return row


@pytest.fixture
def ministry(country):
    return Ministry(country)


def figures(row):
    return {name: row[name] for name in FIGURES if row[name]}


@pytest.mark.parametrize("text", ["2026-H1", "2026H1", " 2026-h1 ", "2026-S1"])
def test_half__as_people_write_it__is_read(text):
    assert read_half_year(text) == FIRST
    assert FIRST.days == (date(2026, 1, 1), date(2026, 6, 30))
    assert SECOND.days == (date(2026, 7, 1), date(2026, 12, 31))


@pytest.mark.parametrize("text", ["", "2026", "2026-H3", "0000-H1", "26-H1", "2026-Q1"])
def test_half__anything_else__is_refused(text):
    with pytest.raises(Invalid):
        read_half_year(text)


def test_report__nothing_was_told__is_no_information_of_every_province(ministry):
    rows = ministry.report(FIRST)["rows"]
    assert len(rows) == len(PROVINCES) * len(NOTIFIABLE)
    assert {one["occurrence"] for one in rows} == {"no information"}
    assert all({name: one[name] for name in FIGURES} == NOTHING for one in rows)
    assert {one["cases"] for one in half_year_rows(ministry.report(FIRST))} == {""}


def test_absent__somebody_looked_and_found_nothing__is_0_and_not_empty(ministry):
    here = ministry.country.place(1)
    told = {"sample": "S-1", "disease": ASF, "outcome": "negative"}
    ministry.tell("sample", here, pig(1), on=SPRING, specimen="blood", sample="S-1")
    ministry.tell("result", here, pig(1), on=SPRING, **told)
    row = ministry.row(FIRST)
    assert (row["occurrence"], row["cases"], row["new_outbreaks"]) == ("absent", 0, 0)
    assert (row["reports"], row["negative_results"]) == (2, 1)
    assert ministry.row(FIRST, "Enga")["occurrence"] == "no information"
    assert ministry.row(SECOND)["occurrence"] == "no information"


def test_absent__pigs_are_registered_and_move__is_still_no_information(ministry):
    here = ministry.country.place(1)
    ministry.tell("register", here, pig(1), on=SPRING)
    assert ministry.row(FIRST)["occurrence"] == "no information"


def test_present__numbers__are_those_of_the_half_year_and_of_the_province(ministry):
    here, there = ministry.country.place(1), ministry.country.place(2, "Enga")
    number = ministry.outbreak(here, SPRING)
    ministry.country.order(
        since=SPRING, outbreak=number, number="Z 1", area={"provinces": ["Jiwaka", "Enga"]}
    )
    ministry.tell("register", here, pig(1), pig(2), pig(3), pig(4), on=SPRING - timedelta(9))
    ministry.tell("sickness", here, pig(1), pig(2), on=SPRING, signs=["fever"])
    ministry.tell("death", here, pig(1), on=SPRING, cause="disease", disposal="buried")
    ministry.tell("death", here, pig(2), on=SPRING, cause="culled", disposal="burned")
    ministry.tell("slaughter", here, pig(3), on=SPRING, place="home")
    ministry.tell("vaccination", here, pig(4), on=SPRING, product="ASF vaccine")
    ministry.tell("vaccination", here, pig(4), on=SPRING, product="erysipelas")
    ministry.tell("sickness", there, on=SPRING, signs=["fever"], head_count=3)
    row = ministry.row(FIRST)
    assert row["occurrence"] == "present"
    assert figures(row) == {
        "new_outbreaks": 1,
        "total_outbreaks": 1,
        "susceptible": 4,
        "cases": 2,
        "deaths": 1,
        "killed_and_disposed_of": 1,
        "slaughtered": 1,
        "vaccinated": 1,
    }
    assert figures(ministry.row(FIRST, "Enga"))["cases"] == 3
    assert ministry.row(FIRST, disease="Anthrax")["occurrence"] == "absent"


def test_turn_of_the_half_year__outbreak_goes_on__is_new_once_and_counted_by_day(ministry):
    here = ministry.country.place(1)
    number = ministry.outbreak(here, SPRING)
    ministry.tell("death", here, on=SPRING, cause="disease", head_count=2)
    ministry.tell("death", here, on=AUTUMN, cause="disease", head_count=5)
    first, second = ministry.row(FIRST), ministry.row(SECOND)
    assert (first["new_outbreaks"], first["total_outbreaks"], first["deaths"]) == (1, 1, 2)
    assert (second["new_outbreaks"], second["total_outbreaks"], second["deaths"]) == (0, 1, 5)
    for state in ("controlled", "released"):
        ministry.step(number, state, AUTUMN)
    assert ministry.row(SECOND)["occurrence"] == "present"
    assert ministry.row(HalfYear(2027, 1))["occurrence"] == "no information"


def test_outbreak__confirmed_after_the_half_year__was_present_as_soon_as_that_is_known(ministry):
    here = ministry.country.place(1)
    number = ministry.outbreak(here, SPRING, "suspect")
    ministry.tell("sickness", here, pig(1), on=SPRING, signs=["fever"], suspicion=ASF)
    ministry.step(number, "confirmed", AUTUMN)
    assert ministry.row(FIRST, known=AUTUMN - timedelta(1))["occurrence"] == "suspected"
    assert ministry.row(FIRST)["occurrence"] == "present"


def test_suspicion__ruled_out_later__was_absent(ministry):
    here = ministry.country.place(1)
    number = ministry.outbreak(here, SPRING, "suspect")
    ministry.tell("sickness", here, pig(1), on=SPRING, signs=["fever"], suspicion=ASF)
    row = ministry.row(FIRST)
    assert (row["occurrence"], row["new_outbreaks"], row["cases"]) == ("suspected", 0, None)
    ministry.step(number, "released", AUTUMN)
    assert ministry.row(FIRST)["occurrence"] == "absent"
    assert ministry.row(FIRST, known=SPRING)["occurrence"] == "suspected"


def test_outbreak__reopened__is_one_event_and_again_present(ministry):
    here = ministry.country.place(1)
    number = ministry.outbreak(here, SPRING)
    ministry.step(number, "controlled", date(2026, 6, 1))
    ministry.step(number, "confirmed", AUTUMN)
    assert (ministry.row(FIRST)["new_outbreaks"], ministry.row(SECOND)["new_outbreaks"]) == (1, 0)
    assert ministry.row(SECOND)["occurrence"] == "present"


def test_outbreak__again_at_the_place_after_its_end__is_new_again(ministry):
    here = ministry.country.place(1)
    number = ministry.outbreak(here, SPRING)
    for state in ("controlled", "released"):
        ministry.step(number, state, date(2026, 6, 1))
    ministry.outbreak(here, AUTUMN)
    assert (ministry.row(FIRST)["new_outbreaks"], ministry.row(SECOND)["new_outbreaks"]) == (1, 1)


def test_late_and_corrected__report__is_as_known_then_and_says_what_changed(ministry):
    here = ministry.country.place(1)
    ministry.outbreak(here, SPRING)
    wrong = ministry.tell("death", here, on=SPRING, cause="disease", head_count=9)
    sent = ministry.report(FIRST, known=date(2026, 7, 10))
    void = {"corrects": str(wrong.report.event_id), "reason": "incorrect_data"}
    ministry.tell("void", here, on=SPRING, known=date(2026, 7, 20), **void)
    ministry.tell("death", here, on=SPRING, known=date(2026, 7, 20), cause="disease", head_count=4)
    assert ministry.report(FIRST, known=date(2026, 7, 10)) == sent
    changes = half_year_changes(sent, ministry.report(FIRST))
    assert {(one["field"], one["before"], one["after"]) for one in changes} == {
        ("susceptible", 9, 4),
        ("cases", 9, 4),
        ("deaths", 9, 4),
    }
    assert {one["first_administrative_division"] for one in changes} == {"Jiwaka"}


def test_place__of_no_known_province__stands_in_a_row_of_its_own(ministry):
    here = ministry.country.place(1, None)
    ministry.outbreak(here, SPRING)
    ministry.tell("death", here, on=SPRING, cause="disease", head_count=2)
    row = ministry.row(FIRST, None)
    assert (row["occurrence"], row["deaths"]) == ("present", 2)
    assert all(set(HALF_COLUMNS) == set(one) for one in half_year_rows(ministry.report(FIRST)))


def test_report__more_events_than_are_held_at_once__counts_all_of_them(ministry, monkeypatch):
    places = [ministry.country.place(number) for number in (1, 2)]
    number = ministry.outbreak(places[0], SPRING)
    ministry.country.order(since=SPRING, outbreak=number, number="Z 1")
    for day in range(5):
        for place in places:
            ministry.tell("death", place, on=SPRING + timedelta(day), cause="disease", head_count=2)
    whole, held = ministry.report(FIRST), []
    monkeypatch.setattr(case_counts, "AT_ONCE", 3)
    monkeypatch.setattr(known_events, "AT_ONCE", 2)
    in_force = known_events._in_force
    monkeypatch.setattr(
        known_events, "_in_force", lambda *of: held.append(len(of[1])) or in_force(*of)
    )
    assert ministry.report(FIRST) == whole
    assert set(held) == {2}


def test_evidence__nobody_agreed_with__counts_nowhere(ministry):
    here = ministry.country.place(1)
    ministry.outbreak(here, SPRING)
    event = EventType("death")
    told = read_details(event, {"cause": "disease", "head_count": 7})
    report = Report(uuid4(), event, (), here, None, Occurred.on(SPRING), told, evidence=True)
    write(ministry.country.database, report, at=noon(SPRING))
    assert ministry.row(FIRST)["deaths"] == 0
