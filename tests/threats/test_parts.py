"""Long texts of which a part is missing: danger and disease are heard, and nothing is recorded."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import func, select

from gateway.multipart import Part, PartPosition
from services.health.jobs import keep_programmes
from services.health.versions.store import shipped_text
from services.messaging.inbox_tasks import DANGER_WAITS, keep_message_tasks
from services.messaging.multipart import settle_parts, take_part
from services.storage.models import Arrival, Concern, Outbreak, SecondContact, Task
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.settings import SmsSettings
from tests.services.health.scene import publish
from tests.threats.phones import journal

pytestmark = pytest.mark.slow

KEEPER, VET = "+67570000001", "+67570000005"
STRANGER, MEMBER = "+67570009001", "+67570009002"
TEN_MINUTES = timedelta(minutes=10)
MISSING = (
    "A part of your long message did not come, so we did nothing. Send it again in short "
    "messages, or send HELP."
)
REST = "A part of your long message did not come. Send it again in short messages."
_ids = count(1)


@pytest.fixture
def runtime(scene):
    runtime = scene.world.runtime
    tobacco = shipped_text("tobacco").replace("tpi: draft", "tpi: complete")
    publish(runtime.database, tobacco)
    with runtime.database.write() as session:
        for number in (KEEPER, STRANGER, MEMBER, VET):
            party_of(Unit(session, runtime.database.vault), number).language = "en"
    return runtime


def half(phones, sender, text, *, number=1):
    """Send one part of two, let ten minutes pass, and return the arrival and the texts."""
    runtime = phones.world.runtime
    before = phones.texts()
    place = PartPosition(next(_ids), 2, number)
    sms = f"half {place.reference}", sender, place, text.encode(), "utf-8", runtime.clock()
    part = Part("kannel-sms", *sms)
    assert take_part(part, runtime.units, runtime.conversation.answer) is None
    runtime.clock.pass_by(TEN_MINUTES.total_seconds())
    settle_parts(runtime.units, runtime.conversation.answer, runtime.clock())
    with runtime.database.read() as session:
        newest = select(Arrival).order_by(Arrival.received_at.desc()).limit(1)
        arrival = session.scalars(newest).one()
        session.expunge(arrival)
    return arrival, phones.texts()[len(before) :]


def counted(runtime, table):
    with runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("sender", [KEEPER, STRANGER])
@pytest.mark.parametrize(
    "text",
    [
        "i want to kill myself tonight, i have taken all the tablets and nobody ",
        "please help my wife is bleeding heavily after birth and cannot stand, we are at home in ",
        "STOP ALL i drank poison and i ",
    ],
)
def test_part__that_tells_of_danger__has_all_that_follows_from_danger(
    runtime, phones, text, sender, number
):
    arrival, texts = half(phones, sender, text, number=number)
    assert arrival.outcome == "programme.flag"
    told = [one for to, one in texts if to == sender]
    assert REST in told
    assert len(told) > 1
    assert MISSING not in told
    assert counted(runtime, Concern) == 1


def test_part__that_tells_of_danger__begins_the_second_contact(runtime, phones):
    whole = "my wife is bleeding heavily after birth and cannot stand"
    half(phones, STRANGER, whole)
    of_half = counted(runtime, SecondContact)
    phones.sends(MEMBER, whole)
    assert of_half * 2 == counted(runtime, SecondContact) > 0


def test_part__that_may_tell_of_danger__is_asked_about_and_read_in_half_an_hour(runtime, phones):
    arrival, texts = half(phones, STRANGER, "i took all my tablets ")
    assert arrival.outcome == "programme.asked"
    assert [to for to, _ in texts] == [STRANGER] * 2
    runtime.clock.pass_by(1_801)
    keep_programmes(runtime.database, SmsSettings(), runtime.clock())
    with runtime.database.read() as session:
        outcome = select(Arrival.outcome).where(Arrival.key_digest == arrival.key_digest)
        assert session.scalar(outcome) == "possible_danger"


def test_part__of_health_that_tells_of_no_danger__waits_no_longer_than_danger(runtime, phones):
    arrival, texts = half(phones, STRANGER, "my puffer is blue and the nurse said ")
    assert (arrival.outcome, arrival.service) == ("possible_danger", "health")
    assert texts == [(STRANGER, MISSING)]
    now = runtime.clock()
    keep_message_tasks(runtime.database, now)
    with runtime.database.read() as session:
        assert session.scalars(select(Task.due_at)).one() == now + DANGER_WAITS


@pytest.mark.parametrize("answer", ["no ", "2 ", "nogat "])
def test_part__that_is_a_no_to_a_question_of_danger__does_not_close_it(runtime, phones, answer):
    phones.sends(STRANGER, "i took all my tablets")
    half(phones, STRANGER, answer)
    phones.sends(STRANGER, "1")
    assert counted(runtime, Concern) == 1


def test_part__that_is_a_yes_to_a_question_of_danger__is_danger(runtime, phones):
    phones.sends(STRANGER, "i took all my tablets")
    half(phones, STRANGER, "yes ")
    assert counted(runtime, Concern) == 1


@pytest.mark.parametrize(
    "text",
    [
        "all my pigs are dying with swine fever, blood from nose, 20 pigs dead since ",
        "SICK 3 pigs fever ",
        "ol pik bilong mi i sik na blut i kamap long nus, mi ",
    ],
)
def test_part__that_tells_of_disease__alarms_and_records_nothing(runtime, phones, text):
    records = len(journal(phones.world))
    arrival, texts = half(phones, KEEPER, text)
    assert (arrival.outcome, arrival.service) == ("disease", "livestock")
    assert len(journal(phones.world)) == records
    assert counted(runtime, Outbreak) == 0
    alarms = [one for to, one in texts if to == VET]
    assert len(alarms) == 1
    assert text.strip()[:20] in alarms[0]
    with runtime.database.read() as session:
        assert session.scalars(select(Task.code)).all() == ["part"]
    told = [one for to, one in texts if to == KEEPER]
    assert len(told) == 2
    assert not re.search("Receipt|Risit", told[0])
    assert not re.search("did nothing|i no mekim", told[1])


@pytest.mark.parametrize(
    "text",
    ["DEAD 1 ", "what is ASF and how do pigs ", "STOP ALL ", "my pigs are not sick and not "],
)
def test_part__that_tells_of_neither__does_nothing_and_says_so(runtime, phones, text):
    records = len(journal(phones.world))
    arrival, texts = half(phones, KEEPER, text)
    assert arrival.outcome == "not_understood"
    assert texts == [(KEEPER, MISSING)]
    assert len(journal(phones.world)) == records
    assert counted(runtime, Task) == 0
