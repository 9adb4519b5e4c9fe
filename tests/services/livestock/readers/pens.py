"""Readers of the people of a scene, and what they scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from services.devices.registry import DeviceKind
from tests.services.scene import TODAY
from tests.services.scene import _key as party_key
from tests.support.device import enrol_device

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.services.scene import Scene
    from tests.support.device import SignedDevice


@dataclass
class Reader:
    """A device of somebody, with one session."""

    device: SignedDevice
    session: str

    def scan(self, *tags: str, **more: object) -> TestResponse:
        """Upload tags as Allflex writes them."""
        return self.upload(text="".join(f"LA {tag[:3]} {tag[3:]}\r\n" for tag in tags), **more)

    def upload(self, **told: object) -> TestResponse:
        given = {name: value for name, value in told.items() if value is not None}
        body = {"session": self.session, "format": "lines"} | given
        return self.device.post(f"/gateway/readers/{self.device.id}/scans", body)

    def review(self, kind: str, **told: object) -> TestResponse:
        return self._become("review", kind, told)

    def confirm(self, kind: str, **told: object) -> TestResponse:
        return self._become("confirm", kind, told)

    def _become(self, step: str, kind: str, told: dict[str, object]) -> TestResponse:
        path = f"/gateway/readers/{self.device.id}/sessions/{self.session}/{step}"
        return self.device.post(path, {"as": kind, "day": TODAY} | told)

    def another(self) -> Reader:
        """The same reader with a new session."""
        return Reader(self.device, str(uuid4()))


def reader_of(scene: Scene, who: str, name: str | None = None) -> Reader:
    caller = scene.callers[who]
    assert caller.party
    owner = party_key(scene.world, caller.party)
    device = enrol_device(scene.world, DeviceKind.READER, owner, name or f"reader of {who}")
    return Reader(device, str(uuid4()))


def verdicts(answer: TestResponse) -> dict[str, tuple[str, list[str]]]:
    """Verdict and codes of reasons by tag."""
    return {
        one["tag"]: (one["verdict"], [reason["code"] for reason in one["reasons"]])
        for one in answer.json["animals"]
    }
