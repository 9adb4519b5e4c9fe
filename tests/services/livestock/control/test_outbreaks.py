from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from gateway.tags import read_identifier
from services.core.errors import Invalid, NotFound
from services.livestock.control.errors import WrongStep
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    OutbreakState,
    change_state,
    find_outbreak,
    history,
    open_outbreak,
)
from services.storage.models import Outbreak
from tests.factories import TODAY, in_threads, origin, rows, source_place
from tests.services.livestock.control.outbreak_scene import ASF, act, kept, steps_of

DAY = timedelta(days=1)
STATES = list(OutbreakState)
ALLOWED = {
    ("suspect", "confirmed"),
    ("suspect", "released"),
    ("confirmed", "controlled"),
    ("controlled", "confirmed"),
    ("controlled", "released"),
}
WAYS = {
    "suspect": [],
    "confirmed": ["confirmed"],
    "controlled": ["confirmed", "controlled"],
    "released": ["released"],
}


def change(database, number, state, on=TODAY, **told):
    with database.write() as session:
        return change_state(kept(session), number, OutbreakState(state), act(on, **told))


@pytest.mark.parametrize("there", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_states__each_from_each__follows_or_is_refused(country, database, there, wanted):
    number = country.outbreak(country.place(1))
    for step in WAYS[there]:
        change(database, number, step)
    if (there, wanted) in ALLOWED:
        assert change(database, number, wanted).state == wanted
        return
    with pytest.raises(WrongStep):
        change(database, number, wanted)
    with database.read() as session:
        assert find_outbreak(session, number).state == there


def test_open__suspicion__has_a_short_number_and_a_leaf(country, database):
    number = country.outbreak(country.place(1), TODAY - 3 * DAY)
    assert read_identifier(number).value == number
    with database.read() as session:
        row = find_outbreak(kept(session), f" {number} ")
    assert steps_of(database, row.subject_key) == [
        ("outbreak", {"state": "suspect", "disease": ASF})
    ]
    assert (row.state, row.began_on) == ("suspect", TODAY - 3 * DAY)


def test_open__same_event_at_once__opens_one(database):
    opened = OutbreakDraft(uuid4(), ASF, source_place(1), TODAY)

    def attempt():
        with database.write() as session:
            return open_outbreak(session, opened, origin()).public_id

    assert len(set(in_threads(*[attempt] * 3))) == 1
    assert rows(database, Outbreak) == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [({"began": TODAY + DAY}, "began_on"), ({"state": OutbreakState.CONTROLLED}, "state")],
)
def test_open__in_the_future_or_late_in_its_life__is_refused(country, told, field):
    with pytest.raises(Invalid) as refused:
        country.outbreak(country.place(1), **told)
    assert set(refused.value.fields) == {field}


def test_change__each__is_an_event_and_a_day_of_its_history(country, database):
    number = country.outbreak(country.place(1), TODAY - 9 * DAY)
    change(database, number, "confirmed", TODAY - 2 * DAY)
    row = change(database, number, "controlled")
    with database.read() as session:
        days = [tuple(step) for step in history(session, find_outbreak(session, number))]
    assert days == [
        ("suspect", TODAY - 9 * DAY),
        ("confirmed", TODAY - 2 * DAY),
        ("controlled", TODAY),
    ]
    assert [told["state"] for _, told in steps_of(database, row.subject_key)] == [
        "suspect",
        "confirmed",
        "controlled",
    ]


@pytest.mark.parametrize("on", [TODAY + DAY, TODAY - 4 * DAY])
def test_change__day_to_come_or_before_the_last__is_refused(country, database, on):
    number = country.outbreak(country.place(1), TODAY - 3 * DAY)
    with pytest.raises(Invalid):
        change(database, number, "confirmed", on)


def test_change__same_event_again__changes_once(country, database):
    number = country.outbreak(country.place(1))
    change(database, number, "confirmed", key="once")
    row = change(database, number, "confirmed", key="once")
    assert len(steps_of(database, row.subject_key)) == 2


@pytest.mark.parametrize("number", ["", "1234567", "20468"])
def test_find__no_such_number__is_not_found(database, number):
    with database.read() as session, pytest.raises(NotFound):
        find_outbreak(session, number)
