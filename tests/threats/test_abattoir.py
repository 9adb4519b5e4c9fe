"""What an abattoir tells of carcasses, and the one text of an evening to whose pigs they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.runtime.workers import keep_time, make_dispatcher
from services.storage.models import Message
from tests.fakes.carriers import CountingCarrier
from tests.services.scene import PIG, SENT_PIG
from tests.threats.phones import STRANGER, forget_phones_of, journal

KEEPER, NEIGHBOUR, OFFICER, ABATTOIR = (f"+6757000000{n}" for n in (1, 2, 5, 6))


def evening(scene, days=0):
    """Let it be seven in the evening of Port Moresby, some days later."""
    clock = scene.world.runtime.clock
    clock.now = clock.now.replace(hour=9, minute=0) + timedelta(days=days)
    keep_time(scene.world.runtime)


def told(phones, number=KEEPER):
    return [text for text in phones.to(number) if "abatoa" in text or "abattoir" in text]


def kill(phones, text, number=ABATTOIR):
    reply = phones.says(number, text)
    return reply, phones.says(number, phones.code_to(number))


@pytest.mark.slow
def test_kill__of_an_abattoir__records_the_carcass_and_tells_the_owner_in_the_evening(
    scene, phones
):
    asked, _ = kill(phones, f"KILL {SENT_PIG} 62 KG liver worms")
    assert "62 kg. Condemned: liver (worms)" in asked
    [slaughter] = journal(scene.world, "slaughter")
    assert slaughter["details"] == {"place": "abattoir", "kilograms": 62.0}
    assert "standing" not in slaughter
    [check] = journal(scene.world, "check")
    assert check["details"]["condemned"] == ["liver:worms"]
    assert check["details"]["outcome"] == "passed"
    assert told(phones) == []
    evening(scene)
    [text] = told(phones)
    assert SENT_PIG in text
    assert "62 k" in text
    assert "lewa (snek)" in text
    evening(scene)
    evening(scene, days=1)
    assert len(told(phones)) == 1


def test_kill__of_an_abattoir__wants_its_code(scene, phones):
    phones.says(ABATTOIR, f"KILL {SENT_PIG} 62 KG")
    for text in ("1", "yes", "123456"):
        phones.sends(ABATTOIR, text)
    phones.sends(STRANGER, phones.first_code_to(ABATTOIR))
    assert journal(scene.world, "slaughter") == []


def test_kill__of_a_pig_that_never_came__asks_its_owner(scene, phones):
    reply = phones.says(ABATTOIR, f"KILL {PIG} 62 KG")
    assert phones.code_to(KEEPER)
    assert reply not in phones.to(KEEPER)
    assert journal(scene.world, "slaughter") == []


@pytest.mark.parametrize("number", [KEEPER, NEIGHBOUR, STRANGER])
def test_kill__with_a_weight_of_somebody_else__is_refused(scene, phones, number):
    for text in (f"KILL {SENT_PIG} 62 KG", f"CONDEMN {SENT_PIG} liver worms"):
        phones.sends(number, text)
    assert journal(scene.world, "slaughter") == []
    assert journal(scene.world, "check") == []


@pytest.mark.parametrize(
    "text",
    [
        "KILL {pig} 62 KG?",
        "did you kill {pig} 62 kg",
        "not kill {pig} 62 kg",
        "KILL {pig} 62 KG tomorrow",
        "KILL {pig} 62 KG liver",
        "KILL {pig} 62 KG liver beautiful",
        "KILL {pig} 900 KG",
        "CONDEMN {pig} liver worms",
        "CONDEMN {pig} liver",
    ],
)
def test_kill__asked_denied_or_half_understood__records_nothing(scene, phones, text):
    phones.sends(ABATTOIR, text.format(pig=SENT_PIG))
    assert journal(scene.world, "slaughter") == []
    assert journal(scene.world, "check") == []
    assert not [one for one in phones.to(ABATTOIR) if "kod" in one and "62" in one]


@pytest.mark.slow
def test_condemn__later_than_the_slaughter__is_told_the_evening_after(scene, phones):
    kill(phones, f"KILL {SENT_PIG} 62 KG")
    evening(scene)
    assert "Tambu" not in told(phones)[-1]
    evening(scene, days=1)
    phones.says(ABATTOIR, f"CONDEMN {SENT_PIG} whole TB")
    assert journal(scene.world, "check")[-1]["details"]["outcome"] == "seized"
    scene.world.runtime.clock.now += timedelta(hours=1)
    evening(scene, days=1)
    assert len(told(phones)) == 2
    assert "olgeta mit (TB)" in told(phones)[-1]


@pytest.mark.slow
def test_feedback__of_many_pigs__is_one_text_that_counts_them(scene, phones):
    farm, yard = scene.places["keeper"], scene.places["abattoir"]
    tags = [f"5980000000001{number:02}" for number in range(12)]
    assert scene.callers["keeper"].report("register", *tags, at=farm).status_code == 201
    sent = scene.callers["keeper"].report("depart", *tags, at=farm, other=yard)
    assert sent.status_code == 201
    for tag in tags:
        details = {"place": "abattoir", "kilograms": 50}
        done = scene.callers["abattoir"].report("slaughter", tag, at=yard, details=details)
        assert done.status_code == 201, done.text
    found = {"purpose": "post_mortem", "outcome": "passed", "condemned": ["liver:worms"]}
    done = scene.callers["abattoir"].report("check", *tags[:3], at=yard, details=found)
    assert done.status_code == 201, done.text
    evening(scene)
    [text] = told(phones)
    assert text.startswith("12 pik")
    assert "600 kilo" in text
    assert "lewa (snek) 3" in text
    assert len(text) <= 160


@pytest.mark.slow
def test_feedback__of_a_pig_that_the_abattoir_bought__goes_to_the_seller(scene, phones):
    phones.says(KEEPER, f"GIVE {PIG} {ABATTOIR[4:]}")
    phones.says(KEEPER, phones.code_to(KEEPER))
    phones.sends(ABATTOIR, "1")
    kill(phones, f"KILL {PIG} 70 KG")
    evening(scene)
    assert "70 kg" in told(phones)[-1]
    assert not [one for one in phones.to(ABATTOIR) if "bilong yu long abatoa" in one]


@pytest.mark.slow
def test_feedback__of_a_stranger_or_a_void_report__tells_nobody(scene, phones):
    yard = scene.places["abattoir"]
    details = {"place": "abattoir", "kilograms": 62}
    other = scene.places["neighbour"]
    scene.callers["neighbour"].report("slaughter", SENT_PIG, at=other, details=details)
    done = scene.callers["abattoir"].report("slaughter", SENT_PIG, at=yard, details=details)
    receipt = done.json["events"][0]["receipt"]
    phones.takes_back(ABATTOIR, receipt)
    evening(scene)
    assert told(phones) == []


@pytest.mark.slow
def test_feedback__to_a_keeper_who_stopped_all__is_not_sent(scene, phones):
    phones.says(KEEPER, "STOP ALL")
    kill(phones, f"KILL {SENT_PIG} 62 KG")
    evening(scene)
    carrier = CountingCarrier("console")
    dispatcher = make_dispatcher(scene.world.runtime, {"console": carrier})
    dispatcher.drain()
    dispatcher.close()
    with scene.world.runtime.database.read() as session:
        sent = set(session.scalars(select(Message.state).where(Message.purpose == "abattoir")))
    assert sent == {"suppressed"}


def test_feedback__to_a_keeper_who_was_forgotten__goes_nowhere(scene, phones):
    kill(phones, f"KILL {SENT_PIG} 62 KG")
    forget_phones_of(scene, "keeper")
    evening(scene)
    assert told(phones) == []
