"""A device is revoked; two web servers refuse it from the very next request on."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack
from itertools import count
from threading import Event, Thread
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench._offline import batches, stored, texts
from services.core.clock import utc_now
from services.core.settings import Settings
from services.devices.registry import DeviceKind, add_device, find_device, revoke_device
from services.devices.signing_client import SigningClient, enrol_key
from services.runtime.container import Runtime
from services.storage.models import Party
from tests.support.servers import running_bilum

pytestmark = [pytest.mark.sockets, pytest.mark.slow]

PATH = "/gateway/sync"
BODY = batches(texts(1))[0]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def environ(request):
    if request.param == "sqlite":
        return {}
    return {"BILUM_DATABASE_URL": request.getfixturevalue("migrated_url")}


@pytest.fixture
def runtime(environ, migrated_folder, tmp_path):
    """The operator, beside the servers, on the same database."""
    folder = shutil.copytree(migrated_folder, tmp_path / "data")
    opened = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(folder), **environ}))
    opened.database.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def servers(runtime, environ, tmp_path):
    with ExitStack() as stack:
        folder = tmp_path / "data"
        yield [stack.enter_context(running_bilum(folder, **environ)) for _ in range(2)]


@pytest.fixture
def device(runtime, servers):
    """One device, as a client of each server."""
    with runtime.database.write(exclusive=False) as session:
        owner = Party(public_id=uuid4(), role="recorder")
        session.add(owner)
        session.flush()
        _, code = add_device(session, "box", DeviceKind.VILLAGE, owner, utc_now())
    key = Ed25519PrivateKey.generate()
    return [SigningClient(enrol_key(url, code, key)[0]) for url in servers]


def test_revocation__while_both_servers_are_busy__holds_from_the_next_request_on(runtime, device):
    counters, revoked = count(1), Event()
    late: list[int] = []
    statuses: list[set[int]] = [set(), set()]

    def hammer(number):
        while not late or len(late) < 40:
            began_after = revoked.is_set()
            reply = device[number].post(PATH, BODY, next(counters), utc_now())
            statuses[number].add(reply.status)
            if began_after:
                late.append(reply.status)

    threads = [Thread(target=hammer, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    while not all(statuses):
        time.sleep(0.01)
    with runtime.database.write(exclusive=False) as session:
        revoke_device(find_device(session, "box"), utc_now())
    revoked.set()
    for thread in threads:
        thread.join(60)
    assert (len(late) >= 40, set(late)) == (True, {403})
    assert all(200 in seen or 202 in seen for seen in statuses)
    with runtime.database.read() as session:
        assert stored(session) == 1
