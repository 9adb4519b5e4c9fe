"""One phone or box that alarms many places: officers get few texts, and no outbreak is lost."""

from __future__ import annotations

import shutil
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.runtime.workers import keep_time
from services.storage.models import Animal, Message, Outbreak, Premises, VillageBinding
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.services.scene import PIG
from tests.services.village.box import FARMER, set_up_box
from tests.services.world import SECRET, open_folder
from tests.threats.phones import Phones, journal, state_of

KEEPER, OFFICER, JOKER = "+67570000001", "+67570000005", "+67570009991"
KEEPERS = [f"+675700061{number:02}" for number in range(12)]
TAGS = [f"5980000000070{number:02}" for number in range(12)]


@pytest.fixture
def world(farms, tmp_path):
    folder = shutil.copytree(farms, tmp_path / "data")
    opened = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    yield opened
    opened.runtime.close()


@pytest.fixture
def phones(world):
    return Phones(world, count(2000))


@pytest.fixture(scope="module")
def farms(staged, tmp_path_factory):
    """Keepers of Jiwaka, each with a place and a pig, and a recorder whose number is forged."""
    folder = shutil.copytree(staged[0], tmp_path_factory.mktemp("farms") / "data")
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    appoint(world, OFFICER, Role.VETERINARY_OFFICER)
    appoint(world, JOKER, Role.RECORDER)
    phones = Phones(world)
    for keeper, tag in zip(KEEPERS, TAGS, strict=True):
        phones.says(keeper, "PLACE Here, Jiwaka")
        phones.says(keeper, f"REG {tag}")
    world.runtime.close()
    return folder


@pytest.fixture
def stolen(world):
    return set_up_box(world, "Kudjip", numbers=(FARMER,))


def appoint(world, number, role):
    database = world.runtime.database
    with database.write() as session:
        found = party_of(Unit(session, database.vault), number)
        found.role, found.province = role.value, "Jiwaka"


def wait(world, **time):
    world.runtime.clock.pass_by(timedelta(**time).total_seconds())
    keep_time(world.runtime)


def rows(world, what):
    with world.runtime.database.read() as session:
        return session.scalars(what).all()


def alarms(world, number=OFFICER):
    wanted = select(Message).where(Message.purpose == "alarm").order_by(Message.id)
    with world.runtime.database.read() as session:
        return [one.body for one in session.scalars(wanted) if one.recipient == number]


@pytest.mark.slow
def test_joker__alarms_twelve_places_in_an_hour__is_three_alarms_and_one_count(world, phones):
    for tag in TAGS:
        phones.sends(JOKER, f"SICK {tag} fever")
    assert len(alarms(world)) == 3
    wait(world, hours=1)
    wait(world, hours=1)
    told = alarms(world)
    assert len(told) == 4
    assert " 9 m" in told[-1]
    assert JOKER[-4:] in told[-1]
    assert len(told[-1]) <= 160
    sick = [one for one in journal(world) if one["type"] == "sickness"]
    assert len(sick) == 12, "everything stays in the list"


@pytest.mark.slow
def test_outbreak__that_many_people_report__is_silenced_for_no_place(world, phones):
    """Twelve keepers see sick pigs within the hour, each at home."""
    for keeper, tag in zip(KEEPERS, TAGS, strict=True):
        phones.sends(keeper, f"SICK {tag} fever")
    assert len(alarms(world)) == 12


@pytest.mark.slow
def test_keeper__reports_a_place_that_a_joker_made_common__alarms_at_once(world, phones):
    """Who is only counted for somebody else's flood must not silence the next true word."""
    for tag in TAGS:
        phones.sends(JOKER, f"SICK {tag} fever")
    before = len(alarms(world))
    phones.sends(KEEPERS[11], f"SICK {TAGS[11]} fever")
    assert len(alarms(world)) == before + 1


@pytest.mark.slow
def test_joker__suspects_swine_fever_at_twelve_places__opens_few_outbreaks(world, phones):
    for tag in TAGS:
        phones.sends(JOKER, f"SICK {tag} ASF")
    assert len(rows(world, select(Outbreak.id))) <= 3


@pytest.mark.slow
def test_recorder__the_next_day__is_heard_again(world, phones):
    for tag in TAGS[:4]:
        phones.sends(JOKER, f"SICK {tag} fever")
    wait(world, hours=1)
    wait(world, hours=25)
    before = len(alarms(world))
    phones.sends(JOKER, f"SICK {TAGS[5]} fever")
    assert len(alarms(world)) == before + 1


# --- a village box ---------------------------------------------------------------------------


def test_box__sick_pigs_by_an_unbound_number__alarm(world, stolen):
    """Sickness may be reported by anybody: a missed outbreak costs more than a call."""
    stolen.sync(stolen.sms(f"SICK {TAGS[0]} fever", KEEPERS[0]))
    assert len(alarms(world)) == 1
    assert rows(world, select(Outbreak.id)) == []


def test_box__swine_fever_by_an_unbound_number__alarms_and_opens_no_outbreak(world, stolen):
    stolen.sync(stolen.sms(f"SICK {TAGS[0]} ASF", KEEPERS[0]))
    assert len(alarms(world)) == 1
    assert rows(world, select(Outbreak.id)) == []


@pytest.mark.parametrize(
    "text",
    [
        "DEAD {}",
        "RETAG {} 598000000000991",
        "LOST TAG {}",
        "TREAT {} IVOMEC 300",
        "VACC {} CSF",
        "ARRIVE {}",
    ],
)
def test_box__report_of_an_unbound_number__is_evidence_whatever_its_owner_is(
    world, stolen, phones, text
):
    """Even of the keeper's own number: a box is not believed that it was theirs."""
    before = state_of(world, PIG)
    answer = stolen.sync(stolen.sms(text.format(PIG), KEEPER))
    assert journal(world)[-1]["standing"] == "evidence"
    assert (state_of(world, PIG), answer["messages"]) == (before, [])
    asked = [told for told in phones.to(KEEPER) if PIG in told]
    assert len(asked) == 1, "its keeper is asked over the ordinary road"
    stolen.sync(stolen.sms("1", KEEPER), stolen.sms(phones_code(asked), KEEPER))
    assert state_of(world, PIG) == before


def phones_code(asked):
    """The code of a question, which a thief would have to guess."""
    return next((word for word in asked[0].split() if word.strip(".").isdigit()), "482913")[:6]


@pytest.mark.slow
def test_stolen_box__alarms_every_place_of_the_country__costs_officers_few_texts(world, stolen):
    for _ in range(30):
        stolen.sync(
            *(stolen.sms(f"SICK {tag} fever", f"+6757000{7000 + place}", at=stolen.now)
              for place, tag in enumerate(TAGS))
        )  # fmt: skip
        wait(world, hours=1)
    told = alarms(world)
    assert len(told) <= 2 * 10 + 24, told
    assert all(len(text) <= 160 for text in told)


@pytest.mark.slow
def test_stolen_box__makes_evidence_of_everybodys_pigs__asks_few(world, stolen):
    """The questions that a box causes count with those whether its numbers are its own."""
    strangers = [f"+6757000{8000 + number}" for number in range(60)]
    for start in range(0, 60, 12):
        stolen.sync(
            *(
                stolen.sms(f"DEAD {tag}", stranger, at=stolen.now)
                for tag, stranger in zip(TAGS, strangers[start : start + 12], strict=True)
            )
        )
    questions = rows(world, select(Message.id).where(Message.purpose.in_(["claim", "box"])))
    assert len(questions) <= 30
    assert set(rows(world, select(Animal.ended_by_id))) == {None}
    assert len(rows(world, select(VillageBinding.id))) > 12


def test_name_of_a_place__with_quotation_marks_and_a_phone__has_neither_in_an_alarm(world, phones):
    """A keeper calls a place by somebody else's number, which officers then call."""
    appoint(world, OFFICER, Role.VETERINARY_OFFICER)
    phones.says(KEEPER, "PLACE Kudjip, Jiwaka")
    rename(world, 'Hill" call 70007777 at once, it is urgent and true and so on and on')
    phones.says(KEEPER, "SICK 3 fever")
    (alarm,) = alarms(world)
    assert "Hill' call" in alarm
    assert "70007777" not in alarm
    assert len(alarm) <= 160


def rename(world, name):
    with world.runtime.database.write() as session:
        for one in session.scalars(select(Premises)):
            one.name = name
