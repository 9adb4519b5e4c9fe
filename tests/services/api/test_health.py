from __future__ import annotations

import re
from threading import Event

import pytest
from sqlalchemy import LargeBinary, type_coerce, update

from chain.connection import connect
from chain.errors import NodeUnreachable
from chain.ports import LedgerIdentity
from chain.settings import ChainSettings
from services.core.errors import DatabaseUnreachable
from services.core.settings import Settings
from services.ledger import probe as ledger_probe
from services.ledger.probe import LedgerProbe, PartHealth
from services.runtime.app import create_app
from services.runtime.container import Runtime
from services.storage.models import Contact
from tests.services.world import ANIMAL, World
from tests.support.paths import ROOT

OTHER = LedgerIdentity(1, b"\x01" * 32, "0x5FbDB2315678afecb367f032d93F642f64180aa3")


def test_health__process_lives__says_so(world):
    response = world.get("/health")
    assert (response.status_code, response.json) == (200, {"state": "ok"})


def test_ready__chain_and_database_well__is_ok(world):
    with connect(world.runtime.settings.chain, write=True) as connection:
        world.runtime.recorder_store.remember_identity(connection.identity())
    response = world.get("/ready")
    assert response.status_code == 200
    assert response.json == {
        "ending": False,
        "database": {"state": "ok", "code": None, "detail": None},
        "ledger": {"state": "ok", "code": None, "detail": None, "waiting": 0},
    }


def test_ready__no_chain_yet__is_degraded_and_takes_events(world):
    response = world.get("/ready")
    assert response.status_code == 200
    assert response.json["ledger"]["state"] == "degraded"
    assert response.json["ledger"]["code"] == "chain.node_unreachable"
    assert world.sms(f"REG {ANIMAL}").status_code == 200
    assert world.get("/ready").json["ledger"]["waiting"] == 2


def test_ready__chain_of_another_database__is_degraded_and_names_both(world):
    with connect(world.runtime.settings.chain, write=True) as connection:
        here = connection.identity()
    world.runtime.recorder_store.remember_identity(OTHER)
    response = world.get("/ready")
    assert response.status_code == 200
    assert response.json["ledger"]["code"] == "chain.wrong_chain"
    assert OTHER.contract in response.json["ledger"]["detail"]
    assert here.contract in response.json["ledger"]["detail"]


@pytest.mark.parametrize(
    ("url", "address", "code"),
    [
        ("http://127.0.0.1:1", OTHER.contract, "chain.node_unreachable"),
        ("http://127.0.0.1:1", None, "chain.no_contract"),
    ],
)
@pytest.mark.sockets
def test_ready__node_silent_or_without_contract__is_degraded(open_world, url, address, code):
    world = open_world(chain=ChainSettings(url=url, embedded=None, address=address))
    response = world.get("/ready")
    assert (response.status_code, response.json["ledger"]["code"]) == (200, code)


def test_ready__data_key_of_another_database__is_unavailable(world):
    assert world.sms("HELP").status_code == 200
    assert world.get("/ready").status_code == 200
    with world.runtime.database.write() as session:
        session.execute(update(Contact).values(number=type_coerce(b"\x02other", LargeBinary)))
    response = world.get("/ready")
    assert response.status_code == 503
    assert response.json["database"]["code"] == "wrong_data_key"


def test_ready__database_empty__is_unavailable(tmp_path):
    runtime = Runtime.open(Settings.from_env({"BILUM_DATA_DIR": str(tmp_path)}))
    response = World(runtime, create_app(runtime)).get("/ready")
    runtime.close()
    assert response.status_code == 503
    assert response.json["database"]["state"] == "unavailable"
    assert response.json["database"]["code"] == "schema_behind"
    assert response.json["ledger"]["waiting"] is None


class Look:
    """Looks at nothing; counts, and raises what it is told to."""

    def __init__(self):
        self.times = 0
        self.error = None
        self.may_end = Event()
        self.may_end.set()

    def __call__(self):
        self.times += 1
        self.may_end.wait()
        if self.error:
            raise self.error


class Seconds:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_probe__asked_often__looks_once_in_a_while():
    look, seconds = Look(), Seconds()
    probe = LedgerProbe(look, seconds)
    assert [probe.health().ok for _ in range(3)] == [True] * 3
    assert look.times == 1
    seconds.now += ledger_probe.FRESH_SECONDS
    look.error = NodeUnreachable("The node does not answer.")
    assert probe.health() == PartHealth("chain.node_unreachable", "The node does not answer.")
    assert look.times == 2


def test_probe__look_that_hangs__is_not_waited_for_nor_begun_again():
    look, seconds = Look(), Seconds()
    look.may_end.clear()
    probe = LedgerProbe(look, seconds)
    probe._newest, probe._started = probe._begin(), 0.0
    assert probe.health().code == "chain.node_unreachable"
    assert probe.health().code == "chain.node_unreachable"
    look.may_end.set()
    probe._newest.result(60)
    assert look.times == 1
    assert probe.health().ok


def test_probe__how_long_it_waits__is_shorter_than_the_check_of_the_load_balancer():
    front = (ROOT / "deploy" / "haproxy" / "front.cfg").read_text(encoding="ascii")
    (check,) = re.findall(r"^ +timeout check (\d+)s$", front, re.MULTILINE)
    assert int(check) - 0.5 >= ledger_probe.PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("error", "code"),
    [(DatabaseUnreachable("no"), "database_unreachable"), (RuntimeError("no"), "chain.ledger")],
)
def test_probe__any_other_fault__is_degraded_too(error, code):
    look = Look()
    look.error = error
    assert LedgerProbe(look, Seconds()).health().code == code


def test_ready__server_was_told_to_end__says_so_and_still_serves(world):
    ending = Event()
    world = World(world.runtime, create_app(world.runtime, ending))
    assert world.get("/ready").status_code == 200
    ending.set()
    response = world.get("/ready")
    assert (response.status_code, response.json["ending"]) == (503, True)
    assert response.json["database"]["state"] == "ok"
    assert world.get("/health").status_code == 200
