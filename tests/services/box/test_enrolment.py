"""A box's identity: it comes once, also where the answer was lost, and may be changed."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest

from services.box import runtime
from services.box.pending_requests import pending_request
from services.box.runtime import COMMAND, IDENTITY, enrol
from services.box.store import get_state, set_state
from services.box.tables import NUMBER, TEXT
from services.core.errors import Invalid
from services.core.roles import Role
from services.devices.registry import DeviceKind, add_device, give_code
from services.devices.signing_client import ServerUnreachable, load_identity
from services.storage.models import Device, Party
from tests.services.box.village import FARMER, Time, open_village, settings_of
from tests.support.web import on_socket

pytestmark = [pytest.mark.sockets]


@pytest.fixture
def server(world):
    with on_socket(world.app) as url:
        yield world, url


@pytest.fixture
def village(tmp_path):
    opened = open_village(settings_of(tmp_path / "village"), Time())
    yield opened
    opened.box.close()


def code_for(world, name="box"):
    """Register a box; return its code."""
    clock = world.runtime.clock
    with world.runtime.database.write() as session:
        owner = Party(public_id=uuid4(), role=Role.KEEPER.value)
        session.add(owner)
        session.flush()
        return add_device(session, name, DeviceKind.VILLAGE, owner, clock())[1]


def fresh_code(world):
    with world.runtime.database.write() as session:
        return give_code(session.query(Device).one(), world.runtime.clock())


def enrolled(village, url, code):
    return enrol(village.box.folder, village.box.store, url, code)


def state_of(village, name):
    with village.box.store.read() as unit:
        return get_state(unit, name)


def test_enrol__with_a_code__keeps_an_identity_that_its_owner_alone_reads(server, village):
    world, url = server
    identity = enrolled(village, f"{url}/", code_for(world))
    path = village.box.folder / IDENTITY
    assert load_identity(path, COMMAND) == identity
    assert identity.url == url
    assert os.stat(path).st_mode & 0o077 == 0  # noqa: PTH116 — plain enough
    assert state_of(village, "counter") == 1
    assert not (village.box.folder / "enrolling.json").exists()
    assert identity.seed not in repr(identity)


def test_enrol__answer_is_lost__brings_the_same_key_again(server, village, monkeypatch):
    world, url = server
    code = code_for(world)
    bring = runtime.enrol_key

    def lose(*arguments):
        bring(*arguments)
        raise ServerUnreachable("The server does not answer")

    monkeypatch.setattr(runtime, "enrol_key", lose)
    with pytest.raises(ServerUnreachable):
        enrolled(village, url, code)
    monkeypatch.setattr(runtime, "enrol_key", bring)
    assert enrolled(village, url, code).device


def test_enrol__with_a_code_that_is_none__says_so(server, village):
    _, url = server
    with pytest.raises(Invalid, match="refuses this code"):
        enrolled(village, url, "7KQ2-M9XA-P4TD-WZ3C")


def test_enrol__server_is_off__says_so(village):
    with pytest.raises(ServerUnreachable, match=r"at http://127.0.0.1:9: check"):
        enrolled(village, "http://127.0.0.1:9", "7KQ2-M9XA-P4TD-WZ3C")


def test_enrol__anew_after_it_was_stopped__sends_its_items_in_another_request(server, village):
    world, url = server
    enrolled(village, url, code_for(world))
    village.box.clock.told(world.runtime.clock(), village.box.clock.begin())
    village.says(FARMER, "HELP")
    village.sync._request()
    with village.box.store.write() as unit:
        set_state(unit, "stopped", "no")
    enrolled(village, url, fresh_code(world))
    assert state_of(village, "stopped") is None
    with village.box.store.read() as unit:
        assert pending_request(unit) is None
    assert village.sync._request().seqs == [1]


def test_enrol__a_new_key_of_the_same_box__keeps_what_is_on_its_way(server, village):
    world, url = server
    enrolled(village, url, code_for(world))
    village.says(FARMER, "HELP")
    before = village.sync._request()
    enrolled(village, url, fresh_code(world))
    assert village.sync._request() == before._replace(begun=None)
    assert state_of(village, "counter") == 2


def test_enrol__as_another_box__leaves_behind_what_was_the_first_ones(server, village):
    world, url = server
    enrolled(village, url, code_for(world))
    village.server.blocks = [{"first": 10427, "last": 10436}]
    village.server.text(FARMER, "Day 1.")
    village.sync_all()
    village.send_all()
    with village.box.store.write() as unit:
        set_state(unit, "counter", 900)
    enrolled(village, url, code_for(world, "another"))
    assert village.rows(NUMBER) == []
    assert [row.of_server for row in village.rows(TEXT)] == [False]
    assert state_of(village, "counter") == 1
