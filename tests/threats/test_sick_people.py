"""Sick people whom somebody tells of with the word for sick pigs."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.health.conversation.danger_asking import ASKED
from services.health.conversation.red_flags import FLAG
from services.health.versions.store import shipped_text
from services.storage.models import Arrival, Message
from tests.services.health.scene import publish
from tests.services.scene import PIG
from tests.threats.phones import STRANGER, journal

KEEPER = "+67570000001"
CRIES = [
    "SICK my wife bleeding after birth",
    "sick child vomiting blood",
    "SIK pikinini skin hot na i no kaikai",
    "my sick mother cannot stand",
    "my sick baby has fits",
    "sick baby hot body and cannot breathe",
    "2 sick children vomiting blood",
    "SICK 2 children vomiting blood",
    "1 pikinini bilong mi i dai",
    "2 pikinini i dai",
    "pikinini 1 i dai",
]
MOURNED = [
    "1 mother died",
    "DEAD 1 mother",
    "1 mama i dai",
    "1 mama bilong mi i dai",
    "DAI 1 pikinini",
    "DAI 1 lapun",
    "1 i dai pikinini",
    "my husband died",
    "Maria died last week",
    "she died",
    "papa bilong mi i dai",
    "DEAD my father",
    "DEAD 2 people",
    "my mother passed away",
    "the keeper of this phone died",
    "they killed my brother",
]


@pytest.fixture(params=["no programme", "tobacco"])
def listening(request, scene):
    """A world in which nothing of health is open, and one with a course that is."""
    if request.param == "tobacco":
        text = shipped_text("tobacco").replace("tpi: draft", "tpi: complete")
        publish(scene.world.runtime.database, text)
    return scene


@pytest.mark.slow
@pytest.mark.parametrize("text", CRIES)
def test_keeper__tells_of_a_person_in_danger_by_the_word_sick__the_danger_is_heard(
    listening, phones, text
):
    """A woman who bleeds after a birth was recorded as a sick pig, and the place was closed."""
    before = phones.says(KEEPER, f"OK {PIG}")
    reply = phones.says(KEEPER, text)
    assert outcomes(listening.world) & {FLAG, ASKED}
    assert any(help_at in reply for help_at in ("hospital", "111", "clinic", "7150 8000"))
    assert phones.says(KEEPER, f"OK {PIG}") == before
    assert told(listening.world) == ([], [], [])


@pytest.mark.parametrize("text", MOURNED)
@pytest.mark.parametrize("number", [KEEPER, STRANGER])
def test_anybody__tells_of_a_death_that_may_be_of_a_person__is_asked_who_died(
    listening, phones, number, text
):
    reply = phones.says(number, text)
    assert any(sorry in reply for sorry in ("We are sorry", "Mipela sori tru"))
    assert "7150 8000" in reply
    assert not {"104276", "Bury", "Planim"} & set(reply.split())
    assert told(listening.world) == ([], [], [])


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("DEAD", "DEAD 104276"),
        ("DEAD pig", "DEAD 104276"),
        ("DEAD 12345", "digit"),
        ("2 dogs died", "DEAD 104276"),
        ("my husband killed a pig", "KILL 104276"),
    ],
)
def test_keeper__writes_a_report_wrong__is_told_how(scene, phones, text, example):
    assert example in phones.says(KEEPER, text)


def test_keeper__tells_of_their_mother_beside_pigs__no_death_is_recorded(listening, phones):
    assert "We are sorry" in phones.says(KEEPER, "my mother and 3 pigs died")
    assert journal(listening.world, "death") == []


@pytest.mark.parametrize(
    "text",
    [
        "DAI 1 pikinini pik",
        "1 mama pik i dai",
        "1 piglet died",
        "1 sow died",
        "1 pikinini bilong pik i dai",
        "1 pikinini bilong mama pik i dai",
        "1 mother pig is dead",
        f"mama {PIG} i dai",
    ],
)
def test_keeper__tells_of_a_dead_sow_or_piglet__it_is_recorded(listening, phones, text):
    phones.says(KEEPER, text)
    assert journal(listening.world, "death")


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("SICK my cousin", "SICK 3"),
        ("sick uncle", "SICK 3"),
        ("SIK papa bilong mi i gat kol", "SIK 3"),
    ],
)
def test_keeper__tells_of_a_person_who_is_in_no_danger__is_asked_who_is_sick(
    listening, phones, text, example
):
    reply = phones.says(KEEPER, text)
    assert example in reply
    assert "111" in reply
    assert "7150 8000" in reply
    assert told(listening.world) == ([], [], [])


@pytest.mark.parametrize(
    "text",
    [
        "SICK 3 fever",
        f"SICK {PIG}",
        f"SICK {PIG} my wife saw it",
        "SICK 3 my wife saw them",
        "SICK 3 fever my husband saw it",
        "my sow is sick, my wife saw it",
        "SICK my wife's pig has fever",
        "SIK mama pik skin hot",
        "SIK papa pik i no kaikai",
        "SIK 2 pikinini pik i traut",
        "SICK vomiting blood and fever",
    ],
)
def test_keeper__tells_of_a_sick_pig_beside_a_person__it_is_recorded(listening, phones, text):
    phones.says(KEEPER, text)
    assert journal(listening.world, "sickness")


def outcomes(world):
    with world.runtime.database.read() as session:
        return set(session.scalars(select(Arrival.outcome)))


def told(world):
    """Return the sicknesses and deaths that were recorded, and the alarms."""
    return journal(world, "sickness"), journal(world, "death"), alarms(world)


def alarms(world):
    with world.runtime.database.read() as session:
        wanted = select(Message.body).where(Message.purpose == "alarm")
        return list(session.scalars(wanted))
