"""A day without signal: a box in one network, the real server in another, the cable cut.

Farmers and a health worker go on writing; when the link is back, everything is where it belongs,
each once, and the ledger agrees.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from pytest_socket import socket_allow_hosts
from sqlalchemy import and_, func, select

from gateway.channels.village import SMS_CHANNEL
from services.box.runtime import Box, enrol
from services.box.status import read_status
from services.core.clock import utc_now
from services.core.roles import Role
from services.devices.registry import DeviceKind, add_device
from services.runtime.app import create_app
from services.runtime.command_catalogue import phrases
from services.storage.models import Arrival, Identifier, Journal, Message, Party
from services.texts.catalogue import say
from sms.local_time import DEFAULT_ZONE
from tests.flow.boxes import BoxProcess, FarKannel, Paper, wait_until
from tests.flow.courses import publish
from tests.services.box.village import settings_of
from tests.support.boxes import bind_numbers
from tests.support.namespaces import Cut, hosts
from tests.support.ports import free_port
from tests.support.web import on_socket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.cli.demo_stage import Stage
    from tests.support.namespaces import Host

pytestmark = [pytest.mark.namespaces, pytest.mark.sockets, pytest.mark.slow]

FARMER, OTHER, NURSE = "+67570000001", "+67570000002", "+67570000003"
PIG, NEW = "598000000000017", "598000000000025"
DAY = 86_400.0


class Days:
    """A clock of all processes, ahead of the real one by days that have not passed."""

    def __init__(self) -> None:
        # The age of what the box knows is told in days: none begins while the test runs.
        local = utc_now().astimezone(ZoneInfo(DEFAULT_ZONE))
        nearly_midnight = (local.hour, local.minute) >= (23, 45)
        self.ahead = RawValue("d", 1_200.0 if nearly_midnight else 0.0)

    def __call__(self):
        return utc_now() + timedelta(seconds=self.ahead.value)

    def passed(self) -> float:
        return time.monotonic() + self.ahead.value


@pytest.fixture
def clock():
    return Days()


@pytest.fixture
def host() -> Iterator[Host]:
    with hosts(1) as (made,):
        socket_allow_hosts(["127.0.0.1", made.here])
        yield made


@dataclass
class Village:
    """The village, and the server that it sees at times."""

    stage: Stage
    host: Host
    clock: Days
    box: BoxProcess
    kannel: FarKannel
    ids: Any

    def says(self, sender: str, text: str) -> None:
        self.kannel.says(str(UUID(int=next(self.ids))), sender, text)

    def hears(self, number: str, text: str) -> None:
        """Wait until a phone has got a text that holds this."""
        texts = self.box.paper.texts
        wait_until(lambda: any(text in one for one in texts(number)), (text, texts(number)), 30)

    def standing(self):
        opened = Box.open(self.box.settings, self.clock, self.clock.passed)
        found = read_status(opened)
        opened.close()
        return found

    def count(self, table, *which) -> int:
        with self.stage.runtime.database.read() as session:
            return session.scalar(select(func.count()).select_from(table).where(*which)) or 0


@pytest.fixture
def village(stage, host, clock, tmp_path) -> Iterator[Village]:
    # So that each process has them from the start.
    phrases()
    publish(stage, "tobacco")
    settings = settings_of(tmp_path / "box")
    box = BoxProcess(
        settings, Paper(tmp_path / "phones"), free_port(), clock, clock.passed, host.enter
    )
    made = Village(stage, host, clock, box, FarKannel(box.port, host.enter), count(1))
    with on_socket(create_app(stage.runtime), host.here) as url:
        opened = Box.open(settings, clock, clock.passed)
        enrol(opened.folder, opened.store, url, code_of(stage))
        opened.close()
        box.start()
        made.kannel.start()
        yield made
        made.kannel.kill()
        box.kill()


def code_of(stage: Stage) -> str:
    with stage.runtime.database.write() as session:
        owner = Party(public_id=uuid4(), role=Role.KEEPER.value)
        session.add(owner)
        session.flush()
        now = stage.runtime.clock()
        code = add_device(session, "box of Kudjip", DeviceKind.VILLAGE, owner, now)[1]
    bind_numbers(stage.runtime, "box of Kudjip", (FARMER, OTHER, NURSE))
    return code


def with_signal(village: Village) -> str:
    """A registration, its receipt, the lists, and numbers to promise; return the pig's number."""
    village.says(FARMER, f"REG {PIG}")
    village.hears(FARMER, "Send: WRONG")
    wait_until(lambda: village.standing().animals[0] == 1, "the list of animals")
    assert village.standing().numbers > 20
    return found(r"short number is (\d+)", village.box.paper.texts(FARMER))


def without_signal(village: Village, pig: str) -> str:
    """A day of farmers and a health worker; return the number that a pig was promised."""
    village.says(FARMER, f"OK {pig}")
    village.hears(FARMER, f"Pig {pig}: alive")
    village.hears(FARMER, "a day old")
    village.says(NURSE, "CRAVE")
    village.hears(NURSE, "wait five minutes")
    village.says(NURSE, "chest pain")
    village.hears(NURSE, "health centre NOW")
    village.says(OTHER, f"RAITIM {NEW}")
    village.hears(OTHER, "Namba bilong pik")
    village.says(OTHER, "DAI 2")
    village.hears(OTHER, say("village.kept", "tpi"))
    village.says(FARMER, "bla bla bla")
    village.hears(FARMER, say("not_understood", "en"))
    # The power fails as well, and Kannel repeats itself.
    village.box.kill()
    village.box.start()
    village.says(FARMER, f"TRACE {pig}")
    village.kannel.says(str(UUID(int=1)), FARMER, f"REG {PIG}")
    assert village.standing().queued == 7
    return found(r"em (\d+)\.", village.box.paper.texts(OTHER))


def found(pattern: str, texts: list[str]) -> str:
    return next(match[1] for text in texts if (match := re.search(pattern, text)))


def test_village__a_day_without_signal__everything_arrives_once_and_the_ledger_agrees(village):
    pig = with_signal(village)
    village.host.cut(Cut.WHOLE)
    village.clock.ahead.value += DAY
    promised = without_signal(village, pig)
    assert village.count(Arrival, Arrival.channel == SMS_CHANNEL) == 1

    village.host.heal()
    village.hears(OTHER, f"Sotpela namba em {promised}.")
    village.hears(FARMER, "in the record book")
    wait_until(lambda: village.standing().queued == 0, "an empty queue")
    # What follows a danger goes by the ordinary road, for which nobody works here.
    mail = and_(Message.state == "queued", Message.purpose != "second_contact")
    wait_until(lambda: not village.count(Message, mail), "mail")
    wait_until(lambda: not village.standing().texts, "texts")

    assert village.count(Arrival, Arrival.channel == SMS_CHANNEL) == 8
    assert village.count(Identifier, Identifier.value == promised) == 1
    assert max(village.box.paper.got().values()) == 1
    for phone in (FARMER, OTHER, NURSE):
        # What the box has said, the server does not say again; that it keeps a message, the box
        # says once an hour.
        texts = village.box.paper.texts(phone)
        often = Counter(text for text in texts if text != say("village.kept", "en"))
        assert set(often.values()) == {1}, often
    village.stage.record()
    report = village.stage.audit(projections=True)
    assert report.clean, report
    assert village.count(Journal) > 3
