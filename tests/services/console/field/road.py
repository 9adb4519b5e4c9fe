"""A roadblock between Jiwaka and Western Highlands, and a truck of twenty pigs, one dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.core.roles import Role
from services.livestock.recording.short_numbers import numbers_of
from services.storage.models import Identifier, Party, Premises
from tests.factories import official
from tests.services.scene import TODAY, Caller, Scene

if TYPE_CHECKING:
    from tests.services.world import World

LAST = "2026-11-27"


def truck(first: int) -> tuple[str, ...]:
    return tuple(official(number) for number in range(first, first + 20))


TRUCK = truck(101)
DEAD = TRUCK[7]


@dataclass
class Road:
    """Numbers of the roadblock, of the permit for the truck, of its pigs, and of the dead one."""

    post: str
    permit: str
    truck: tuple[str, ...]
    dead: str


def set_road(scene: Scene, first: int = 101, name: str = "Kagamuga bridge") -> Road:
    """Build the roadblock, register the pigs, have their permit issued, and let one die."""
    road = load_truck(scene, first, name)
    made(scene.keeper.report("death", road.dead, at=scene.places["keeper"]))
    return road


def load_truck(scene: Scene, first: int = 101, name: str = "Kagamuga bridge") -> Road:
    """Build the roadblock, register the pigs, all well, and have their permit issued."""
    farm, pigs = scene.places["keeper"], truck(first)
    post = made(
        scene.administrator.post(
            "/api/v1/premises",
            {
                "kind": "roadblock",
                "province": "Jiwaka",
                "beyond_province": "Western Highlands",
                "name": name,
            },
        )
    )["numbers"][0]
    made(scene.keeper.report("register", *pigs, at=farm))
    permit = asked(scene, *pigs)
    made(decided(scene, permit, "issued"), 200)
    return Road(post, permit, pigs, pigs[7])


def scene_of(world: World) -> Scene:
    """The scene that was set in a world, with tokens of its people made anew."""
    scene = Scene(world)
    with world.runtime.database.read() as session:
        people = [
            (one.name, one.role, one.id, str(one.public_id))
            for one in session.scalars(select(Party))
        ]
        keys = [(row.id, row.name or "") for row in session.scalars(select(Premises))]
        numbers = numbers_of(session, Identifier.premises_id)
    for name, role, key, public_id in people:
        if name:
            headers = world.bearer(Role(role), key)
            scene.callers[name] = Caller(world.app, headers, public_id)
    places = {name.removeprefix("Place of "): numbers[key][0] for key, name in keys}
    scene.places.update(places)
    return scene


def asked(scene: Scene, *pigs: str) -> str:
    """Ask for a permit from the keeper's place to the abattoir; return its number."""
    body = {
        "origin": scene.places["keeper"],
        "destination": scene.places["abattoir"],
        "animals": list(pigs),
        "first_day": TODAY,
        "last_day": LAST,
    }
    number: str = made(scene.keeper.post("/api/v1/permits", body))["number"]
    return number


def decided(scene, permit, state, **more):
    return scene.officer.post(f"/api/v1/permits/{permit}/decision", {"state": state, **more})


def made(answer, status=201):
    assert answer.status_code == status, answer.text
    return answer.json
