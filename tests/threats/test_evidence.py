"""Who forges a keeper's number agrees to nothing: harm wants the code that went to the phone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.operators import read_operators
from services.core.roles import Role
from services.doctor.checks import lacking as _lacking
from services.runtime.app import create_app
from services.runtime.workers import keep_time
from services.storage.models import Message, Task
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.services.messaging.ussd.phone import OPERATORS, SECRET, Phone
from tests.services.scene import NEW_PIG, PIG
from tests.services.world import World
from tests.threats.phones import CODE, STRANGER, forget_phones_of, journal, state_of

KEEPER, NEIGHBOUR, OFFICER = "+67570000001", "+67570000002", "+67570000005"
HARM = (
    f"DEAD {PIG}",
    f"RETAG {PIG} {NEW_PIG}",
    f"LOST TAG {PIG}",
    f"TREAT {PIG} IVOMEC 300",
    f"VACC {PIG} IVOMEC 300",
    "MOVE {pig} {neighbour}",
    f"ARRIVE {PIG}",
    f"BORN 6 {PIG}",
)


@pytest.mark.parametrize("text", HARM)
def test_forger_of_a_keepers_number__agrees_with_his_own_evidence__has_no_effect(
    phones, scene, text
):
    """A thief says what he wants, and agrees to it by a text in the keeper's name."""
    phones.says(STRANGER, text.format(pig=PIG, **scene.places))
    before = state_of(scene.world, PIG)
    for yes in ("1", "yes", "YES 1", "ok", "123456", "reply 1"):
        phones.sends(KEEPER, yes)
    assert state_of(scene.world, PIG) == before
    assert "agree" not in [one["type"] for one in journal(scene.world)]
    phones.sends(KEEPER, phones.first_code_to(KEEPER))
    assert journal(scene.world)[-1]["type"] == "agree"


def test_forger_of_an_officers_number__agrees_for_a_keeper_without_a_phone__has_no_effect(
    phones, scene
):
    """The officer is asked where the keeper has no phone, and is forged as easily."""
    forget_phones_of(scene, "keeper")
    phones.says(STRANGER, f"DEAD {PIG}")
    before = state_of(scene.world, PIG)
    phones.sends(OFFICER, "1")
    assert state_of(scene.world, PIG) == before
    phones.sends(OFFICER, phones.first_code_to(OFFICER))
    assert state_of(scene.world, PIG) != before


def test_forger__spends_the_code_by_guessing__agrees_to_nothing(phones, scene):
    """Five wrong codes end the question, whoever sent them."""
    phones.says(STRANGER, f"DEAD {PIG}")
    before = state_of(scene.world, PIG)
    for guess in range(6):
        phones.sends(KEEPER, f"48291{guess}")
    phones.sends(KEEPER, phones.first_code_to(KEEPER))
    assert state_of(scene.world, PIG) == before


@pytest.mark.parametrize("no", ["NO", "nogat", "0", "no it is not dead"])
def test_keeper__objects_by_a_plain_word__it_never_takes_effect(phones, scene, no):
    phones.says(STRANGER, f"DEAD {PIG}")
    phones.says(KEEPER, no)
    assert journal(scene.world)[-1]["type"] == "object"
    phones.sends(KEEPER, phones.first_code_to(KEEPER))
    assert [one["type"] for one in journal(scene.world)][-1] == "object"


@pytest.mark.slow
def test_keeper__agrees_by_pin_on_a_screen__it_takes_effect(phones, scene):
    """Where the phone's session is the keeper's own, the PIN stands for the code."""
    phones.says(KEEPER, "LANG EN")
    phone = Phone(with_operator(scene.world), KEEPER)
    set_pin(phones, phone)
    phones.says(STRANGER, f"DEAD {PIG}")
    assert "PIN" in walk(phone, "My things", "Answer a question", "Answer 1")
    shown = phone.press("258036")
    assert journal(scene.world)[-1]["type"] == "agree", shown


def test_harmless_evidence__is_agreed_to_by_a_plain_word(phones, scene):
    phones.says(STRANGER, f"VACC {PIG} CSF")
    assert not re.search(r"[0-9]{6}\b", phones.to(KEEPER)[-1].replace(PIG, ""))
    phones.says(KEEPER, "1")
    assert journal(scene.world)[-1]["type"] == "agree"


def test_harmless_question__gets_no_harm_added_that_one_word_would_agree_to(phones, scene):
    """First a vaccination, then the same with 300 days of withdrawal."""
    phones.says(STRANGER, f"VACC {PIG} CSF")
    phones.says(STRANGER, f"VACC {PIG} IVOMEC 300")
    for _ in range(3):
        phones.sends(KEEPER, "1")
    agreed = [one for one in journal(scene.world) if one["type"] == "agree"]
    assert len(agreed) == 1
    assert [row[0] for row in state_of(scene.world, PIG)]
    assert "2027" not in str(state_of(scene.world, PIG))


def test_code__of_evidence__never_goes_by_a_village_box(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    with scene.world.runtime.database.read() as session:
        sent = {one.recipient: one.direct for one in session.scalars(select(Message))}
    assert sent[KEEPER]


def test_question__with_the_longest_numbers__is_one_segment(phones, scene):
    herd = [f"5980000000009{number:02}" for number in range(20)]
    done = scene.keeper.report("register", *herd, at=scene.places["keeper"])
    assert done.status_code == 201, done.text
    for language in ("EN", "TOK PISIN"):
        phones.says(KEEPER, f"LANG {language}")
        phones.says(STRANGER, f"DEAD {' '.join(herd)}")
        asked = phones.to(KEEPER)[-1]
        assert len(asked) <= 160
        phones.says(KEEPER, "no")


def questions_to(phones, number):
    """Return the texts to a phone, but those that count tasks."""
    counts = re.compile(r"(?:New tasks|Late tasks|Nupela wok|Wok i leit): ")
    return [text for text in phones.to(number) if not counts.match(text)]


# --- a keeper who does not answer -----------------------------------------------------------


@pytest.mark.slow
def test_keeper__gives_no_answer__an_officer_of_the_province_is_asked_once(phones, scene):
    """Evidence that nobody looks at would rot: after three days it is an officer's."""
    phones.says(STRANGER, f"DEAD {PIG}")
    wait(scene, hours=71)
    assert questions_to(phones, OFFICER) == []
    wait(scene, hours=2)
    wait(scene, hours=80)
    [asked] = questions_to(phones, OFFICER)
    assert "gave no answer" in asked or "no bekim" in asked
    assert STRANGER[-3:] in asked
    assert STRANGER[-4:] not in CODE.sub("", asked)


@pytest.mark.slow
def test_officer__of_a_silent_keeper__agrees_by_code_alone(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    wait(scene, hours=73)
    before = state_of(scene.world, PIG)
    phones.sends(OFFICER, "1")
    assert state_of(scene.world, PIG) == before
    phones.sends(OFFICER, phones.first_code_to(OFFICER))
    assert journal(scene.world)[-1]["type"] == "agree"


@pytest.mark.slow
def test_keeper__answers_after_the_officer_was_asked__is_told_and_changes_nothing(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    code = phones.code_to(KEEPER)
    wait(scene, hours=73)
    before = state_of(scene.world, PIG)
    reply = phones.says(KEEPER, code)
    assert reply.startswith("Yu leit: mipela askim ofisa long ples bilong yu.")
    assert state_of(scene.world, PIG) == before


@pytest.mark.slow
def test_stranger__spends_the_keepers_code__the_officer_is_asked_at_once(phones, scene):
    """A wrong code counts against the question: the person falls back to an officer."""
    phones.says(STRANGER, f"DEAD {PIG}")
    for guess in range(5):
        phones.sends(KEEPER, f"48291{guess}")
    wait(scene, minutes=1)
    assert len(questions_to(phones, OFFICER)) == 1


@pytest.mark.slow
def test_no_officer_can_be_reached__doctor_says_so_and_a_later_one_is_asked(phones, scene):
    forget_phones_of(scene, "officer")
    phones.says(STRANGER, f"DEAD {PIG}")
    wait(scene, hours=73)
    wait(scene, hours=73)
    told = " ".join(_lacking(scene.world.runtime))
    assert "1 reports about other people's pigs wait" in told
    late = "+67570007777"
    appoint_officer(scene, late)
    wait(scene, hours=2)
    assert len(questions_to(phones, late)) == 1
    assert "reports about other people" not in " ".join(_lacking(scene.world.runtime))


@pytest.mark.slow
def test_keeper__with_three_open_questions__leaves_the_fourth_to_an_officer_at_once(phones, scene):
    """Three jokers fill a keeper's questions, and what a fourth says is never asked about."""
    herd = [f"5980000000009{number:02}" for number in range(4)]
    for number, tag in enumerate(herd):
        phones.says(KEEPER, f"REG {tag}")
        phones.says(f"+675700088{number:02}", f"DEAD {tag}")
    asked = [text for text in questions_to(phones, KEEPER) if "says of your pig" in text]
    assert len(asked) == 3
    with scene.world.runtime.database.read() as session:
        kinds = session.scalars(select(Task.kind)).all()
    assert kinds.count("evidence") == 1


@pytest.mark.slow
def test_strangers__make_evidence_that_no_keeper_answers__an_officer_gets_few_texts(phones, scene):
    """A year of jokers must not become a year of texts to one officer."""
    herd = [f"5980000000009{number:02}" for number in range(12)]
    for number, tag in enumerate(herd):
        keeper = f"+675700066{number:02}"
        phones.says(keeper, "PLACE Here, Jiwaka")
        phones.says(keeper, f"REG {tag}")
        phones.says(f"+675700055{number:02}", f"DEAD {tag}")
    for _ in range(10):
        wait(scene, hours=8)
    assert len(questions_to(phones, OFFICER)) == 3
    # One text a day about all their tasks.
    assert len(phones.to(OFFICER)) - 3 <= 4


def test_officers__list_what_nobody_decided(phones, scene):
    phones.says(STRANGER, f"DEAD {PIG}")
    listed = "/api/v1/flags?code=not_the_keeper&undecided=true"
    assert [one["type"] for one in scene.officer.get(listed).json["items"]] == ["death"]
    phones.says(KEEPER, "NO")
    assert scene.officer.get(listed).json["items"] == []


def wait(scene, **time):
    scene.world.runtime.clock.pass_by(timedelta(**time).total_seconds())
    keep_time(scene.world.runtime)


def appoint_officer(scene, number):
    database = scene.world.runtime.database
    with database.write() as session:
        found = party_of(Unit(session, database.vault), number)
        found.role, found.province = Role.VETERINARY_OFFICER.value, "Jiwaka"


def with_operator(world):
    """The same world, where an operator of USSD calls."""
    gateway = replace(world.runtime.settings.gateway, ussd=read_operators(OPERATORS, SECRET))
    runtime = replace(world.runtime, settings=replace(world.runtime.settings, gateway=gateway))
    return World(runtime, create_app(runtime))


def walk(phone, *lines):
    """Dial, and press the keys of lines as the screens number them; what is shown at last."""
    phone.dial()
    shown = phone.press("00")
    for line in lines:
        [key] = re.findall(rf"(?m)^([0-9]+) {re.escape(line)}", shown)
        shown = phone.press(key)
    return shown


def set_pin(phones, phone):
    walk(phone, "My things", "PIN")
    phone.press(phones.code_to(KEEPER), "258036", "258036")
