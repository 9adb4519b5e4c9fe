"""A stick reader of a village: its box keeps what it signs, and the server takes it days later."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.devices.registry import DeviceKind
from services.storage.models import Journal
from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import PIG, SENT_PIG
from tests.services.scene import _key as party_key
from tests.services.village.box import Box
from tests.support.device import enrol_device


@pytest.fixture
def box(scene):
    owner = party_key(scene.world, scene.recorder.party)
    return Box(scene.world, enrol_device(scene.world, DeviceKind.VILLAGE, owner, "box"), owner)


@pytest.fixture
def reader(scene, box):
    """The inspector's reader, whose requests go to the box."""
    found = reader_of(scene, "inspector")
    found.device.kept = []
    found.device.post = lambda path, told: found.device.kept.append(
        box.signed(found.device.sign(path, told))
    )
    return found


def inspected(scene):
    with scene.world.runtime.database.read() as session:
        return session.scalars(select(Journal.event_id).where(Journal.type == "check")).all()


def test_reader__through_a_box__is_confirmed_once_whichever_way_it_comes_again(scene, box, reader):
    place = scene.places["keeper"]
    reader.scan(PIG, SENT_PIG)
    reader.confirm("inspection", purpose="inspection", premises=place, outcome="passed")
    scans, confirmed = reader.device.kept
    answer = box.sync(scans, confirmed)
    assert (answer["taken"], answer["refused"]) == ([1, 2], [])
    checks = inspected(scene)
    assert checks
    box.sync(scans | {"seq": 3}, confirmed | {"seq": 4})
    for one in (scans, confirmed):
        headers = one["headers"] | {"Content-Type": "application/json"}
        assert reader.device.send(one["path"], one["body"].encode(), headers).status_code == 200
    assert inspected(scene) == checks
