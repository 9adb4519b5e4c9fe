from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from gateway.envelope import Envelope
from gateway.errors import KeyConflict
from gateway.intake import receive
from services.storage.models import Arrival, ArrivalConflict
from services.storage.unit_of_work import Units
from tests.factories import FARMER, NOW, Phones

MESSAGE = Envelope("twilio-sms", "SM1", FARMER, "HELP", received_at=NOW)


def test_admit__digests_that_stay_for_good__cannot_be_guessed_without_the_key(database):
    phones = Phones(database)
    phones.send("HELP", sid="SM1")
    changed = replace(MESSAGE, text="HELPIM")
    with pytest.raises(KeyConflict):
        receive(changed, Units(database), phones.conversation.answer)
    with database.read() as session:
        arrival = session.scalars(select(Arrival.content_digest)).one()
        conflict = session.scalars(select(ArrivalConflict.content_digest)).one()
    key, digest = MESSAGE.key_digest, database.vault.digest
    assert arrival == digest(key + MESSAGE.content_digest) != MESSAGE.content_digest
    assert conflict == digest(key + changed.content_digest) != changed.content_digest


def test_admit__the_same_again__gets_the_first_answer(database):
    phones = Phones(database)
    assert phones.send("HELP", sid="SM1") == phones.send("HELP", sid="SM1")
