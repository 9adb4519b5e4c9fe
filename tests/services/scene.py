"""A farmer in Jiwaka, a neighbour in Enga, an abattoir, and people of every role with tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import delete, select

from services.core.roles import Role
from services.storage.models import Access, Party
from tests.factories import official

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from tests.services.world import World

# Farmer's, neighbour's, on its way to the abattoir, known to nobody.
PIG, OTHER_PIG, SENT_PIG, NEW_PIG = (official(number) for number in (17, 18, 19, 20))
TODAY = "2026-11-25"


@dataclass
class Caller:
    """Somebody with a token."""

    app: Flask
    headers: dict[str, str]
    party: str | None = None

    def get(self, path: str) -> TestResponse:
        return self.app.test_client().get(path, headers=self.headers)

    def post(self, path: str, body: object, key: str | None = None) -> TestResponse:
        headers = self.headers | {"Idempotency-Key": key or str(uuid4())}
        return self.app.test_client().post(path, json=body, headers=headers)

    def report(
        self, kind: str, *animals: str, at: str | None = None, on: str = TODAY, **more: object
    ) -> TestResponse:
        """Report one event."""
        return self.post(
            "/api/v1/events", {"events": [event(kind, *animals, at=at, on=on, **more)]}
        )


def event(
    kind: str, *animals: str, at: str | None = None, on: str = TODAY, **more: object
) -> dict[str, object]:
    return {
        "type": kind,
        "animals": list(animals),
        "premises": at,
        "occurred": {"at": on},
        **more,
    }


@dataclass
class Scene:
    """Callers by role; `neighbour` is a second keeper. Numbers of premises by whose they are."""

    world: World
    callers: dict[str, Caller] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Caller:
        return self.callers[name]


def set_scene(world: World) -> Scene:
    scene = Scene(world)
    chief = Caller(world.app, world.bearer(Role.ADMINISTRATOR))
    for number, (name, role, province) in enumerate(
        [
            ("keeper", Role.KEEPER, None),
            ("neighbour", Role.KEEPER, None),
            ("recorder", Role.RECORDER, "Jiwaka"),
            ("inspector", Role.INSPECTOR, None),
            ("officer", Role.VETERINARY_OFFICER, None),
            ("abattoir", Role.ABATTOIR, None),
            ("auditor", Role.AUDITOR, None),
            ("administrator", Role.ADMINISTRATOR, None),
        ],
        start=1,
    ):
        told = {"phone": f"+6757000{number:04}", "role": role, "province": province, "name": name}
        made = chief.post("/api/v1/parties", told)
        assert made.status_code == 201, made.text
        scene.callers[name] = Caller(
            world.app, world.bearer(role, _key(world, made.json["id"])), made.json["id"]
        )
    for name, kind, province in (
        ("keeper", "household", "Jiwaka"),
        ("neighbour", "household", "Enga"),
        ("abattoir", "abattoir", "Western Highlands"),
    ):
        told = {"kind": kind, "province": province, "name": f"Place of {name}"}
        made = chief.post("/api/v1/premises", told | {"keeper": scene.callers[name].party})
        assert made.status_code == 201, made.text
        scene.places[name] = made.json["numbers"][0]
    farm, other = scene.places["keeper"], scene.places["neighbour"]
    for done in (
        scene.keeper.report("register", PIG, at=farm),
        scene.neighbour.report("register", OTHER_PIG, at=other),
        scene.keeper.report("register", SENT_PIG, at=farm),
        scene.keeper.report("depart", SENT_PIG, at=farm, other=scene.places["abattoir"]),
    ):
        assert done.status_code == 201, done.text
    with world.runtime.database.write() as session:
        # What making the people has noted is no reading of a test's.
        session.execute(delete(Access))
    return scene


def _key(world: World, public_id: str) -> int:
    with world.runtime.database.read() as session:
        rows = session.execute(select(Party.id, Party.public_id))
        return next(row.id for row in rows if str(row.public_id) == public_id)
