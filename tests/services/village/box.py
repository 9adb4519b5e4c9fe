"""A village's box in a test: it draws its seqs, signs its batches, and keeps what it is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from services.devices.registry import DeviceKind, find_device
from services.storage.models import Party
from tests.support.boxes import bind_numbers
from tests.support.device import CLOCK, SignedDevice, enrol_device

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.test import TestResponse

    from tests.services.world import World

FARMER, NURSE, OTHER = "+67570000101", "+67570000102", "+67570000103"
THIRD = "+67570000104"
SYNC = "/gateway/sync"


@dataclass
class Box:
    """`had` is what it was handed over, `seq` the last that it drew."""

    world: World
    device: SignedDevice
    owner: int
    seq: int = 0
    had: list[dict[str, Any]] = field(default_factory=list)
    statuses: int = 0
    programmes: int = 0
    numbers: int = 0
    last: Any = None

    @property
    def now(self) -> str:
        """What a clock shows that is right."""
        return f"{self.world.runtime.clock():%Y-%m-%dT%H:%M:%SZ}"

    def sms(self, text: str, sender: str = FARMER, at: str = "", **more: object) -> dict:
        """A text of a phone; no two come in one second, where `at` is not told."""
        self.seq += 1
        shown = datetime.fromisoformat(CLOCK) + timedelta(seconds=self.seq)
        at = at or f"{shown:%Y-%m-%dT%H:%M:%SZ}"
        told = {"seq": self.seq, "kind": "sms", "at": at, "from": sender, "text": text}
        return told | {"answered": "kept", "numbers": []} | more

    def signed(self, request: tuple[str, bytes, dict[str, str]], at: str = CLOCK) -> dict:
        path, raw, headers = request
        self.seq += 1
        kept = {name: value for name, value in headers.items() if name.startswith("Bilum-")}
        told = {"seq": self.seq, "kind": "signed", "at": at, "method": "POST", "path": path}
        return told | {"headers": kept, "body": raw.decode()}

    def body(self, *items: dict, reports: tuple = (), **have: int) -> dict[str, Any]:
        lists = {
            "statuses": self.statuses,
            "programmes": self.programmes,
            "numbers": self.numbers,
        }
        return {
            "box": {"version": "0.1.0", "queued": len(items), "free_bytes": 10**9},
            "items": list(items),
            "reports": list(reports),
            "have": lists | have,
        }

    def post(self, body: object, counter: int | None = None) -> TestResponse:
        return self.device.post(SYNC, body, counter)

    def sync(self, *items: dict, reports: tuple = (), **have: int) -> dict[str, Any]:
        """Sync, and keep what comes of it."""
        self.world.runtime.clock.pass_by(1)
        done = self.post(self.body(*items, reports=reports, **have))
        assert done.status_code == 200, done.text
        answer = done.json
        self.had += answer["messages"]
        for name in ("statuses", "programmes"):
            if answer[name]:
                setattr(self, name, answer[name]["version"])
        if answer["numbers"]:
            self.numbers = answer["numbers"]["last"] - answer["numbers"]["first"] + 1
        self.last = answer
        return answer

    def texts(self, to: str = FARMER) -> list[str]:
        return [one["text"] for one in self.had if one["to"] == to]

    @property
    def key(self) -> int:
        with self.world.runtime.database.read() as session:
            return find_device(session, str(UUID(self.device.id))).id


def set_up_box(
    world: World, name: str = "a village", numbers: Iterable[str] = (FARMER, NURSE, OTHER, THIRD)
) -> Box:
    """A box to which some numbers are bound."""
    with world.runtime.database.write() as session:
        owner = session.scalar(select(Party.id).limit(1))
        if owner is None:
            party = Party(public_id=UUID(int=len(name)), role="keeper")
            session.add(party)
            session.flush()
            owner = party.id
    box = Box(world, enrol_device(world, DeviceKind.VILLAGE, owner, name), owner)
    bind_numbers(world.runtime, name, numbers)
    return box


def join_course(box: Box) -> None:
    """A nurse goes through the whole intake by a box; the quit date is ten days off."""
    for text in ("QUIT", "1", "yes", "Maria", "2", "5 Dec"):
        box.sync(box.sms(text, NURSE, at=box.now, answered="help"))
