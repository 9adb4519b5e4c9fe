"""A village in a test: a box, its phones, and the server on the other side of a bad link."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select

from services.box.app import create_box_app
from services.box.intake import Intake
from services.box.pending_requests import COUNTER
from services.box.runtime import Box
from services.box.sender import Sender
from services.box.store import set_state
from services.box.sync_loop import Step, Sync
from services.box.tables import ITEM, TEXT
from services.core.settings import Settings
from sms.message import AttemptState, Outcome
from tests.fakes.village_server import VillageServer

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from sms.message import Outgoing

SECRET = "a-secret-of-the-box"
FARMER, NURSE, STRANGER = "+67570000001", "+67570000002", "+67570000003"
START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
PIG, OTHER_PIG = "598000000000017", "598000000000018"


@dataclass
class Time:
    """The box's clock, which can be set wrong, and the time that really passes."""

    really: datetime = START
    wrong_by: timedelta = timedelta(0)

    def own(self) -> datetime:
        return self.really + self.wrong_by

    def true(self) -> datetime:
        return self.really

    def passed(self) -> float:
        return (self.really - START).total_seconds()

    def pass_by(self, **time: float) -> None:
        self.really += timedelta(**time)


@dataclass
class Phones:
    """A carrier: what phones got, or `outcome` of each call."""

    name: str = "phones"
    got: list[tuple[str, str]] = field(default_factory=list)
    outcome: Any = None

    def send(self, message: Outgoing, attempt_id: UUID) -> Outcome:
        outcome = self.outcome(message) if self.outcome else Outcome(AttemptState.SENT)
        if outcome.state is not AttemptState.FAILED:
            self.got.append((message.to, message.body))
        assert attempt_id == message.id
        return outcome


@dataclass
class Village:
    box: Box
    time: Time
    server: VillageServer
    phones: Phones = field(default_factory=Phones)
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.door = Intake(self.box.store, self.box.reserve, self.box.clock)
        self.sender = Sender(self.box.store, self.phones, self.box.clock)
        self.sync = Sync(self.box.store, self.box.reserve, self.server, self.box.clock)
        self.app = create_box_app(self.door, self.sender, self.box.settings.gateway)

    def says(self, sender: str, text: str, number: int | None = None) -> TestResponse:
        """A phone sends a text; Kannel hands it over."""
        told = {
            "secret": SECRET,
            "from": sender,
            "id": str(UUID(int=number or next(self.ids))),
            "charset": "UTF-8",
            "text": text,
        }
        return self.app.test_client().get(f"/gateway/kannel/mo?{urlencode(told)}")

    def send_all(self) -> list[tuple[str, str]]:
        """Send what waits; return what phones got by it."""
        before = len(self.phones.got)
        while self.sender.step():
            pass
        return self.phones.got[before:]

    def told(self, sender: str, text: str) -> str:
        """What a person is told at once; empty: nothing."""
        assert self.says(sender, text).status_code == 200
        return "\n".join(body for to, body in self.send_all() if to == sender)

    def sync_all(self) -> Step:
        while (step := self.sync.step()) is Step.MORE:
            pass
        return step

    def rows(self, table: Any = ITEM) -> list[Any]:
        with self.box.store.read() as unit:
            return list(unit.execute(select(table).order_by(table.primary_key.columns[0])))

    def states(self) -> list[str]:
        return [row.state for row in self.rows(TEXT)]

    def restarted(self) -> Village:
        """The same box after a power cut."""
        self.box.close()
        boot = f"start {next(self.ids)}"
        again = open_village(self.box.settings, self.time, self.server, boot)
        again.phones.got, again.ids = self.phones.got, self.ids
        return again


def settings_of(folder: Path, **environ: str) -> Settings:
    return Settings.from_env(
        {"BILUM_DATA_DIR": str(folder), "BILUM_KANNEL_SECRET": SECRET, **environ}
    )


def open_village(
    settings: Settings, time: Time, server: VillageServer | None = None, boot: str = "start"
) -> Village:
    box = Box.open(settings, time.own, time.passed, boot)
    village = Village(box, time, server or VillageServer(time.true))
    if server is None:
        with box.store.write() as unit:
            set_state(unit, COUNTER, 1)
    return village


def screen() -> io.StringIO:
    return io.StringIO()
