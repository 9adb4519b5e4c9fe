from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.errors import KeyConflict
from services.messaging.person_erasure import KEPT, erase_old_payloads
from services.storage.models import Arrival, ArrivalConflict
from tests.factories import NOW, Phones


@pytest.fixture
def came(database):
    phones = Phones(database)
    phones.send("HELP", sid="old")
    with pytest.raises(KeyConflict):
        phones.send("something else", sid="old")
    return database


def left(database, table):
    with database.read() as session:
        return [
            (row.sender, row.payload, getattr(row, "answer", None)) for row in session.query(table)
        ]


def erase(database, now):
    with database.write() as session:
        return erase_old_payloads(session, now)


def test_payloads__of_ninety_days__are_kept(came):
    assert erase(came, NOW + KEPT) == 0
    assert all(left(came, Arrival)[0])


def test_payloads__older__are_erased_once_and_what_became_of_them_stays(came):
    later = NOW + KEPT + timedelta(seconds=1)
    assert (erase(came, later), erase(came, later)) == (2, 0)
    assert left(came, Arrival) == left(came, ArrivalConflict) == [(None, None, None)]
    with came.read() as session:
        assert session.query(Arrival).one().outcome == "help"
