"""Thirty days without signal: everything is stored once, and the state is as if in order.

`BILUM_TEST_OFFLINE=10000` tells the whole story; a part of it runs with the other tests.
"""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random
from uuid import UUID

import pytest
import urllib3
from urllib3.exceptions import HTTPError

from bench._offline import batches, state_of, stored, texts
from services.devices.counter_gaps import gaps
from services.devices.registry import DeviceKind
from services.storage.models import Device, Party
from tests.services.world import open_folder
from tests.support.bad_link import bad_link
from tests.support.device import enrol_device
from tests.support.environment import OFFLINE
from tests.support.ports import free_port
from tests.support.servers import serving

pytestmark = pytest.mark.sockets

PATH = "/gateway/sync"
# Ids of events come from it, and the story is told twice.
BOX = UUID("7b1f3c1e-6f0b-4f6e-9a53-1f6f5f0c2c11")
LONGEST = 20_000
BUSY = 503


@contextmanager
def world_with_box(folder, **environ):
    world = open_folder(folder, **environ)
    with world.runtime.database.write() as session:
        owner = Party(public_id=UUID(int=1), role="recorder")
        session.add(owner)
        session.flush()
        key = owner.id
    box = enrol_device(world, DeviceKind.VILLAGE, key, "Kudjip")
    with world.runtime.database.write() as session:
        session.query(Device).update({"public_id": BOX})
    box.id = str(BOX)
    try:
        yield world, box
    finally:
        world.runtime.close()


def told(world):
    with world.runtime.database.read() as session:
        return stored(session), state_of(session), gaps(session, session.query(Device).one().id)


@pytest.fixture(scope="module")
def story():
    return batches(texts(OFFLINE))


@pytest.fixture(scope="module")
def ordered(story, migrated_folder, tmp_path_factory):
    """What an unbroken line would have made of it."""
    folder = shutil.copytree(migrated_folder, tmp_path_factory.mktemp("ordered") / "data")
    with world_with_box(folder) as (world, box):
        for body in story:
            answer = box.post(PATH, body)
            assert answer.status_code == 200, answer.text
        return told(world)


def deliver(url, signed):
    """Send one request until it is answered; each try has a connection of its own."""
    path, raw, headers = signed
    pool = urllib3.PoolManager(retries=False, timeout=30)
    for tries in range(1, 200):
        try:
            answer = pool.request(
                "POST", url + path, body=raw, headers=headers | {"Connection": "close"}
            )
        except HTTPError:
            continue
        finally:
            pool.clear()
        if answer.status == BUSY:
            # As docs/devices.md says: later.
            time.sleep(0.5)
            continue
        assert answer.status in {200, 202}, answer.data
        return tries
    raise AssertionError("the link was never whole")


def tell(world, box, story, seed):
    """Send everything shuffled, some of it twice, over a link that breaks; return how often."""
    random = Random(seed)  # noqa: S311 — bad luck
    signed = [box.sign(PATH, body) for body in story]
    sent = [*signed, *random.sample(signed, len(signed) // 2)]
    random.shuffle(sent)
    port = free_port()
    with (
        serving(world.app, port),
        bad_link(("127.0.0.1", port), 0.8, LONGEST, random) as link,
        ThreadPoolExecutor(3) as pool,
    ):
        tries = sum(pool.map(lambda one: deliver(link.url, one), sent))
        return tries - len(sent), link.cuts


@pytest.mark.slow
def test_offline__shuffled_repeated_and_cut__is_stored_once_and_as_in_order(
    story, ordered, migrated_folder, tmp_path
):
    folder = shutil.copytree(migrated_folder, tmp_path / "data")
    with world_with_box(folder) as (world, box):
        repeated, cuts = tell(world, box, story, seed=7)
        assert (repeated > 0, cuts > 0) == (True, True)
        count, state, missing = told(world)
    assert (count, missing) == (OFFLINE, [])
    assert state == ordered[1]


@pytest.mark.postgres
def test_offline__on_postgresql__is_the_state_of_sqlite_in_order(
    story, ordered, tmp_path, migrated_url
):
    with world_with_box(tmp_path / "data", BILUM_DATABASE_URL=migrated_url) as (world, box):
        repeated, cuts = tell(world, box, story, seed=8)
        assert (repeated > 0, cuts > 0) == (True, True)
        count, state, missing = told(world)
    assert (count, missing) == (OFFLINE, [])
    assert state == ordered[1]
