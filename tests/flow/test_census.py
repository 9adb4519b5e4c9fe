"""The count of a district's pigs, as its phones see it: honest, silent, late, wrong, helped."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.runtime.workers import keep_time
from services.storage.models import Message, Party, Premises
from tests.factories import official
from tests.flow.conftest import Calendar
from tests.support.texts import assert_one_segment

HONEST, SILENT, LATE, WRONG, HELPED, STOPPED = (f"+675700004{n:02}" for n in range(1, 7))
STRANGER, RECORDER, FAR = "+67570000411", "+67570000412", "+67570000413"
VET, CHIEF = "+67570000421", "+67570000422"
KEEPERS = (HONEST, SILENT, LATE, WRONG, HELPED, STOPPED)
DISTRICT, CENSUS = "North Waghi", "/api/v1/censuses/C-2026-1"
ASK = (
    "Count of pigs, North Waghi: how many pigs do you keep? Answer with the number alone, 0 if"
    " none. Until 20 Dec."
)


@pytest.fixture
def clock():
    return Calendar()


def code_in(text):
    return re.search(r"(?<!\d)\d{6}(?!\d)", text)[0]


def place_of(stage, number):
    return re.search(r"(?<!\d)\d{4}(?!\d)", stage.send(number, "PLACE Ples, Jiwaka"))[0]


@pytest.fixture
def jiwaka(stage):
    """Six keepers with a phone and one without in a district, one of another province."""
    stage.appoint(RECORDER, Role.RECORDER)
    stage.places = {one: place_of(stage, one) for one in KEEPERS}
    stage.send(FAR, "PLACE Ples, Madang")
    stage.send(WRONG, f"REG {official(41)}")
    stage.send(WRONG, "MOB 9")
    stage.send(HELPED, code_in(stage.send(HELPED, f"ACCEPT {RECORDER[4:]}")))
    stage.send(STOPPED, "STOP ALL")
    with stage.runtime.database.write() as session:
        for home in session.scalars(select(Premises).where(Premises.province == "Jiwaka")):
            home.district = DISTRICT
        session.add(keeper := Party(name="Kumul", role="keeper", public_id=uuid4()))
        session.flush()
        home = {"public_id": uuid4(), "subject_key": uuid4().bytes * 2, "kind": "household"}
        home |= {"province": "Jiwaka", "district": DISTRICT, "found": True}
        session.add(Premises(**home, keeper_id=keeper.id))
    return stage


@pytest.fixture
def census(jiwaka, clock):
    """Open a census of the district from today on, and let it ask."""
    vet, chief = (jiwaka.token(one, Role.VETERINARY_OFFICER) for one in (VET, CHIEF))
    draft = {"province": "Jiwaka", "district": "north waghi"}
    draft |= {"first_day": "2026-11-25", "last_day": "2026-12-20"}
    made = jiwaka.call(vet, "POST", "/api/v1/censuses", draft)
    assert (made["keepers"], made["without_phone"], made["cost"]) == (6, 1, 6 * 25)
    with pytest.raises(RuntimeError, match="403"):
        jiwaka.call(vet, "POST", f"{CENSUS}/open")
    tick(jiwaka, clock)
    assert not any("Count" in text for text in jiwaka.inbox(HONEST))
    jiwaka.call(chief, "POST", f"{CENSUS}/open")
    tick(jiwaka, clock)
    tick(jiwaka, clock)
    jiwaka.chief = chief
    return jiwaka


def tick(stage, clock, **time):
    clock.pass_by(**time)
    keep_time(stage.runtime)
    stage._dispatcher.drain()


def got(stage, number):
    """Return what a phone really got."""
    with stage.runtime.database.read() as session:
        went = Message.state.in_(("sent", "delivered"))
        found = select(Message.body).where(stage._is_to(number), went).order_by(Message.id)
        return list(session.scalars(found))


def total(stage):
    return stage.call(stage.chief, "GET", CENSUS)["total"]


def kinds_of_tasks(stage):
    return sorted(one["kind"] for one in stage.call(stage.chief, "GET", "/api/v1/tasks")["items"])


def thanks(stage, number, heads):
    return f"Thank you. Pigs at place {stage.places[number]}: {heads}."


def clean(stage):
    stage.record()
    for number in (*KEEPERS, STRANGER, RECORDER, CHIEF, VET):
        for text in stage.inbox(number):
            assert_one_segment(text)
    return stage.audit(projections=True).clean


@pytest.mark.slow
def test_census__of_a_district__asks_each_keeper_with_a_phone_once(census, clock):
    for keeper in (HONEST, SILENT, LATE, WRONG, HELPED):
        assert [text for text in got(census, keeper) if "Count" in text] == [
            ASK.replace("North Waghi", "north waghi")
        ]
    for other in (FAR, STOPPED, STRANGER):
        assert not any("Count" in text for text in got(census, other))
    assert clean(census)


@pytest.mark.slow
def test_census__honest_number_alone__counts_and_asks_before_another(census):
    told = census.send(HONEST, "3")
    assert told.startswith(thanks(census, HONEST, 3))
    assert census.send(HONEST, "3").startswith("3 is written down already")
    asked = "Count of pigs: you told 3 before. Is it 4? Answer 1: yes. 2: no."
    assert census.send(HONEST, "4") == asked
    assert census.send(HONEST, "1").startswith(thanks(census, HONEST, 4))
    assert total(census)["pigs"] == 4
    assert clean(census)


@pytest.mark.slow
def test_census__joker_and_doubtful_words__are_asked_and_what_contradicts_is_a_task(census):
    asked = census.send(WRONG, "9999")
    assert asked == "Count of pigs: really 9999? Our book knows 10. Answer 1: yes. 2: no."
    assert census.send(WRONG, "2").startswith("OK, we wrote down nothing")
    assert "how many pigs do you keep?" in census.send(WRONG, "12?")
    assert "how many pigs do you keep?" in census.send(WRONG, "?")
    assert census.send(WRONG, "around 7").startswith("Count of pigs: really 7?")
    assert total(census)["answered"] == 0
    told = census.send(WRONG, "1")
    assert told.startswith(f"{thanks(census, WRONG, 7)} Our book knows 10. If 7 is wrong")
    assert kinds_of_tasks(census) == ["count"]
    assert (total(census)["contradicting"], total(census)["known"]) == (1, 10)
    assert clean(census)


@pytest.mark.slow
def test_census__stranger_for_another__writes_nothing_down(census):
    told = census.send(STRANGER, f"CENSUS {census.places[SILENT]} 40")
    assert told.startswith("We wrote down nothing. You may answer for keepers who accepted you")
    assert census.send(STRANGER, f"CENSUS {SILENT[4:]} 4").startswith("We wrote down nothing")
    assert census.send(STRANGER, "CENSUS 12").startswith("No count of pigs asks you now")
    assert "Thank you" not in census.send(STRANGER, "12")
    assert total(census)["answered"] == 0
    assert len(got(census, SILENT)) == len([*got(census, LATE)])
    assert clean(census)


@pytest.mark.slow
def test_census__silent__are_asked_again_then_listed_then_answered_for(census, clock):
    census.send(HONEST, "3")
    tick(census, clock, days=7, hours=1)
    tick(census, clock)
    again = [one for one in KEEPERS if any("still miss" in text for text in got(census, one))]
    assert again == [SILENT, LATE, WRONG, HELPED]
    tick(census, clock, days=7)
    tick(census, clock, hours=1)
    [asked] = [text for text in got(census, RECORDER) if "SENSAS" in text]
    assert census.places[HELPED] in asked
    [listed] = census.call(census.chief, "GET", "/api/v1/tasks")["items"]
    shown = census.send(CHIEF, f"task {listed['number']}")
    places = [census.places[one] for one in (SILENT, LATE, WRONG, HELPED, STOPPED)]
    assert shown.startswith(f"Wok {listed['number']}: ol papa i no bekim kaun: {', '.join(places)}")
    told = census.send(RECORDER, f"CENSUS {census.places[HELPED]} 5")
    assert told.startswith(thanks(census, HELPED, 5))
    assert got(census, HELPED)[-1].startswith("Phone 70000412 told us for the count that you keep")
    assert clean(census)


@pytest.mark.slow
def test_census__closed__asks_nobody_and_counts_late_answers_apart(census, clock):
    census.send(HONEST, "3")
    tick(census, clock, days=15)
    assert kinds_of_tasks(census) == ["census"]
    tick(census, clock, days=15)
    assert census.call(census.chief, "GET", CENSUS)["state"] == "closed"
    tick(census, clock, days=14)
    assert kinds_of_tasks(census) == []
    over = "The count of pigs ended on 20 Dec. We did not write down 6. To tell it all the same, "
    assert census.send(LATE, "6") == f"{over}send CENSUS 6"
    assert census.send(LATE, "CENSUS 6").startswith("The count ended on 20 Dec. We wrote down")
    assert total(census) == {
        "province": None,
        "district": None,
        "keepers": 7,
        "answered": 1,
        "late": 1,
        "silent": 3,
        "unreached": 1,
        "without_phone": 1,
        "pigs": 3,
        "known": 0,
        "contradicting": 0,
        "in_book": 10,
    }
    assert clean(census)


@pytest.mark.slow
def test_census__forgotten_and_wrong__leave_the_figures(census, clock):
    told = census.send(HONEST, "3")
    receipt = told.rsplit(" ", 1)[-1]
    assert census.send(HONEST, f"WRONG {receipt}")
    assert total(census)["answered"] == 0
    assert census.send(HONEST, "4").startswith(thanks(census, HONEST, 4))
    census.send(SILENT, f"FORGET {code_in(census.send(SILENT, 'FORGET'))}")
    tick(census, clock, days=4)
    tick(census, clock, days=5)
    assert got(census, SILENT) == []
    assert (total(census)["answered"], total(census)["silent"]) == (1, 3)
    assert clean(census)
