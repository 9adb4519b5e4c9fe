"""A box that is killed again and again, on a link that is cut at any byte: each thing once."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from waitress.server import create_server

from gateway.channels.village import SMS_CHANNEL
from services.box.pending_requests import has_more
from services.box.runtime import IDENTITY, Box, enrol
from services.box.status import read_status
from services.box.store import set_state
from services.core.clock import utc_now
from services.core.roles import Role
from services.devices.registry import DeviceKind, add_device
from services.devices.signing_client import Identity, ServerUnreachable, save_identity
from services.runtime.app import create_app
from services.runtime.command_catalogue import phrases
from services.runtime.container import Runtime
from services.storage.models import Arrival, Attempt, Journal, Message, Party
from sms.reasons import Reason
from tests.fakes.village_server import VillageServer, serving
from tests.flow.boxes import BoxProcess, Kannel, Paper, spawned, wait_until
from tests.services.box.village import settings_of
from tests.support.bad_link import bad_link
from tests.support.boxes import bind_numbers
from tests.support.environment import KILLS
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.core.settings import Settings

pytestmark = pytest.mark.sockets

ROUNDS = max(3, KILLS // 5)
_PAUSE = 0.02
PEOPLE = [f"+67570000{number:03}" for number in range(1, 6)]


@dataclass
class Life:
    """A village whose box is killed, and whose link is bad.

    `queued` are the messages that the server had for its phones.
    """

    box: BoxProcess
    kannel: Kannel
    server: VillageServer
    queued: list[str] = field(default_factory=list)
    dice: random.Random = field(default_factory=random.SystemRandom)

    def live(self, seconds: float) -> None:
        """Let people write and be written to for a while, then cut the power."""
        self.box.start()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            person = self.dice.choice(PEOPLE)
            self.kannel.says(str(uuid4()), person, f"DEAD {len(self.kannel.said) + 1}")
            if self.dice.random() < 0.3:
                with self.server._lock:
                    self.queued.append(self.server.text(person, f"Text {len(self.queued)}"))
            # A fast machine would write thousands, which take minutes to arrive.
            time.sleep(_PAUSE)
        self.box.kill()

    def come_to_an_end(self) -> None:
        """Let everything arrive that can."""
        self.box.start()
        wait_until(self.kannel.hand_over, "texts of phones")
        wait_until(lambda: len(self.server.items) == len(self.kannel.said), "items")
        wait_until(lambda: len(self.server.handed) == len(self.queued), "messages")
        wait_until(lambda: set(self.reported()) == set(self.queued), "reports")
        # What the server has taken, the box may not know yet.
        wait_until(lambda: _stands(self.box, queued=0, texts=0), "an empty box")
        self.box.kill()

    def reported(self) -> dict[str, set[str]]:
        """Which states the server was told of each message."""
        found = defaultdict(set)
        for one in list(self.server.reports):
            found[one["message"]].add(one["state"])
        return found


@pytest.fixture
def server() -> VillageServer:
    return VillageServer(utc_now)


@pytest.fixture
def link(server) -> Iterator:
    with serving(server) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with bad_link((host, int(port)), 0.6, 1500) as opened:
            yield opened


def identify(folder: Path, url: str, server: VillageServer) -> None:
    private = Ed25519PrivateKey.generate()
    server.public = private.public_key().public_bytes_raw()
    box = Box.open(settings_of(folder))
    save_identity(Identity.of(url, str(uuid4()), private), box.folder / IDENTITY)
    with box.store.write() as unit:
        set_state(unit, "counter", 1)
    box.close()


@pytest.mark.slow
def test_box__killed_and_cut_off_at_random__hands_over_each_thing_once(tmp_path, server, link):
    # So that each process has them from the start.
    phrases()
    identify(tmp_path, link.url, server)
    box = BoxProcess(settings_of(tmp_path), Paper(tmp_path / "phones"), free_port())
    life = Life(box, Kannel(box.port), server)
    for _ in range(ROUNDS):
        life.live(life.dice.uniform(0.3, 1.2))
    cuts, link.chance = link.cuts, 0.0
    life.come_to_an_end()

    got, said, queued = box.paper.got(), life.kannel.said, life.queued
    uncertain = {name for name, states in life.reported().items() if states == {"uncertain"}}
    print(  # noqa: T201
        f"{ROUNDS} kills, {cuts} cuts: {len(said)} texts, {len(queued)} messages, "
        f"{len(uncertain)} uncertain, {server.calls} calls"
    )
    texts = Counter((item["from"], item["text"]) for item in server.items.values())
    assert texts == Counter(said.values())
    assert server.conflicts == []
    assert Counter(server.handed) == Counter(queued)
    assert max(got[name] for name in queued) == 1
    assert {name for name in queued if not got[name]} <= uncertain
    opened = Box.open(box.settings)
    assert read_status(opened).queued == 0
    opened.close()


@dataclass
class Home:
    """The real server, in processes that are killed."""

    settings: Settings
    port: int
    process: int = 0

    def prepare(self) -> str:
        """Make its database; return a code for a box."""
        runtime = Runtime.open(self.settings)
        runtime.database.upgrade()
        with runtime.database.write() as session:
            owner = Party(public_id=uuid4(), role=Role.KEEPER.value)
            session.add(owner)
            session.flush()
            code = add_device(session, "box", DeviceKind.VILLAGE, owner, utc_now())[1]
        bind_numbers(runtime, "box", PEOPLE)
        runtime.close()
        return code

    def start(self) -> None:
        def work() -> None:
            app = create_app(Runtime.open(self.settings))
            create_server(app, host="127.0.0.1", port=self.port, threads=2).run()

        self.process = spawned(work)

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(settings_of(tmp_path / "server"), free_port())


@pytest.fixture
def cut_link(home) -> Iterator:
    with bad_link(("127.0.0.1", home.port), 0.0, 1500) as opened:
        yield opened


def enrolled(home: Home, url: str, folder: Path) -> BoxProcess:
    """Start the server, and make a box that it knows."""
    code = home.prepare()
    home.start()
    settings = settings_of(folder / "box")
    box = Box.open(settings)
    # The server may not listen yet.
    wait_until(lambda: _enrolled(box, url, code), "enrolment")
    box.close()
    return BoxProcess(settings, Paper(folder / "phones"), free_port())


def _enrolled(box: Box, url: str, code: str) -> bool:
    try:
        enrol(box.folder, box.store, url, code)
    except ServerUnreachable:
        return False
    return True


@pytest.mark.slow
def test_box_and_server__both_killed_at_random__agree_on_each_text(tmp_path, home, cut_link):
    phrases()
    dice = random.SystemRandom()
    box = enrolled(home, cut_link.url, tmp_path)
    kannel = Kannel(box.port)
    cut_link.chance = 0.7
    for number in range(ROUNDS):
        box.start()
        until = time.monotonic() + dice.uniform(0.3, 1.5)
        while time.monotonic() < until:
            said = len(kannel.said)
            texts = ["HELP", f"BORN {number + 1}", f"STORI {said}", f"bla {said}", f"OK {said}"]
            one = dice.choice(PEOPLE), dice.choice(texts)
            # The server refuses the same text of the same number and second as a repetition.
            if one not in kannel.said.values():
                kannel.says(str(uuid4()), *one)
            time.sleep(_PAUSE)
        if number % 3 == 0:
            home.kill()
            home.start()
        box.kill()
    cut_link.chance = 0.0
    box.start()
    wait_until(kannel.hand_over, "texts of phones")
    runtime = Runtime.open(home.settings)
    wait_until(lambda: _stands(box, queued=0, texts=0), "an empty box", 90)
    wait_until(lambda: not _count(runtime, Message, Message.state == "queued"), "mail")
    wait_until(lambda: _stands(box, queued=0, texts=0), "texts")
    box.kill()
    home.kill()
    print(f"{ROUNDS} kills, {cut_link.cuts} cuts")  # noqa: T201
    agree(runtime, kannel, box.paper)
    runtime.close()


def agree(runtime: Runtime, kannel: Kannel, paper: Paper) -> None:
    """Each text of a phone is on the server once, each of its own on a phone at most once."""
    texts, got = [text for _, text in kannel.said.values()], paper.got()
    births = sum(text.startswith("BORN") for text in texts)
    print(f"{len(texts)} texts, {births} births, {sum(got.values())} on phones")  # noqa: T201
    assert _count(runtime, Arrival, Arrival.channel == SMS_CHANNEL) == len(texts)
    assert _count(runtime, Journal, Journal.type == "birth") == births
    assert max(got.values()) == 1
    with runtime.database.read() as session:
        states = dict(session.execute(select(Attempt.public_id, Attempt.state)).all())
        silent = select(Message.reason).where(Message.state == "suppressed")
        # Who writes very often, or is given the same answer each time, is answered no more.
        assert set(session.scalars(silent)) <= {Reason.LOOP, Reason.TOO_MANY}
    sent = Message.state.not_in(("cancelled", "suppressed"))
    assert len(states) == _count(runtime, Message, sent)
    assert {states[name] for name in states if not got[str(name)]} <= {"uncertain"}


def _stands(box: BoxProcess, *, queued: int, texts: int) -> bool:
    opened = Box.open(box.settings)
    now = read_status(opened)
    with opened.store.read() as unit:
        unreported = has_more(unit)
    opened.close()
    assert now.refused == {}
    assert now.stopped is None
    return not unreported and (now.queued, now.texts) == (queued, texts)


def _count(runtime: Runtime, table: type, *which: object) -> int:
    with runtime.database.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*which)) or 0
