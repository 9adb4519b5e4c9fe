"""How long what is keyed in beside scans is kept, and that it is sealed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from services.messaging.person_erasure import forget
from services.messaging.retention import KEPT, erase_old_texts
from services.storage.models import Party, ReaderScan
from services.storage.unit_of_work import Unit
from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import PIG
from tests.services.scene import _key as party_key

NOTE = "pig of Maria Kaupa"


@pytest.fixture
def noted(scene):
    reader_of(scene, "keeper").upload(format="csv", text=f"EID,VID,Note\n{PIG},A1,{NOTE}\n")
    return scene


def said(scene):
    with scene.world.runtime.database.read() as session:
        return session.scalars(select(ReaderScan.said)).all()


def test_note__in_the_database__is_sealed(noted):
    assert NOTE in said(noted)[0]
    with noted.world.runtime.database.read() as session:
        raw = session.execute(text("SELECT said FROM reader_scan")).scalar_one()
    assert NOTE.encode() not in bytes(raw)


@pytest.mark.parametrize(("past", "left"), [(0, 1), (1, 0)])
def test_note__of_ninety_days__is_erased_and_the_scan_stays(noted, past, left):
    runtime = noted.world.runtime
    with runtime.database.write() as session:
        erase_old_texts(session, runtime.clock() + KEPT + timedelta(seconds=past))
    assert len([one for one in said(noted) if one]) == left
    with runtime.database.read() as session:
        assert session.scalars(select(ReaderScan.tag)).all() == [PIG]


def test_note__of_who_is_forgotten__goes_at_once(noted):
    runtime = noted.world.runtime
    with runtime.database.write() as session:
        unit = Unit(session, runtime.database.vault)
        party = session.get_one(Party, party_key(noted.world, noted.callers["keeper"].party))
        forget(unit, party, "+67570000001", runtime.clock())
    assert said(noted) == [None]
