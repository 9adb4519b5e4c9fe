"""An outbreak at the farm of the scene, and what officers do about it."""

from __future__ import annotations

from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Identifier, Premises
from tests.services.console.visitors import Visitor, party_named
from tests.services.scene import PIG, Caller

ASF = "african_swine_fever"
FARM, NEIGHBOUR = (144.60, -5.86), (144.65, -5.88)


def measure(world):
    """The farm and the neighbour's place have points and districts."""
    for name, (longitude, latitude), district in (
        ("keeper", FARM, "Anglimp South Waghi"),
        ("neighbour", NEIGHBOUR, "Wapenamanda"),
    ):
        told = {"longitude": longitude, "latitude": latitude, "district": district}
        with world.runtime.database.write() as session:
            row = place_of(session, name)
            for field, value in told.items():
                setattr(row, field, value)


def place_of(session, name):
    """The place that somebody of the scene keeps."""
    keeper = party_named(session, name).id
    return session.scalars(select(Premises).where(Premises.keeper_id == keeper)).one()


def number_at(world, name):
    """The short number of that place."""
    with world.runtime.database.read() as session:
        mine = Identifier.premises_id == place_of(session, name).id
        return session.scalars(select(Identifier.value).where(mine)).first()


def caller(world, name):
    """Somebody of the scene with a token of their own."""
    with world.runtime.database.read() as session:
        row = party_named(session, name)
        key, role = row.id, Role(row.role)
    return Caller(world.app, world.bearer(role, key))


def send_pig(world):
    """A pig goes from the farm to the neighbour."""
    farm, there = number_at(world, "keeper"), number_at(world, "neighbour")
    left = caller(world, "keeper").report("depart", PIG, at=farm, other=there)
    came = caller(world, "neighbour").report("arrive", PIG, at=there, other=farm)
    assert (left.status_code, came.status_code) == (201, 201), (left.text, came.text)


def alarm(world):
    """Three pigs of the farm fall sick, and its keeper tells of it."""
    told = {"signs": ["fever", "not_eating"], "head_count": 3}
    sick = caller(world, "keeper").report("sickness", at=number_at(world, "keeper"), details=told)
    assert sick.status_code == 201, sick.text


def open_outbreak(scene, on="2026-11-23", place="keeper", state="suspect"):
    """An outbreak at a place of the scene; its number."""
    told = {"disease": ASF, "premises": scene.places[place], "began_on": on, "state": state}
    made = scene.officer.post("/api/v1/outbreaks", told)
    assert made.status_code == 201, made.text
    return made.json["number"]


def declare(scene, outbreak, **told):
    """A zone of an outbreak; its number."""
    body = {
        "kind": "zone",
        "status": "infected",
        "area": {"provinces": ["Jiwaka"]},
        "area_name": "Jiwaka",
        "since": "2026-11-24",
        "outbreak": outbreak,
    }
    made = scene.officer.post("/api/v1/orders", body | told)
    assert made.status_code == 201, made.text
    return made.json["number"]


def put_under_watch(scene, outbreak):
    """Pigs went from the farm to the neighbour, whose place is under watch; its visitor."""
    one = Visitor(scene.world).take_session_of("officer")
    at = f"/console/outbreaks/{outbreak}/trace"
    one.get(at)
    sent = one.submit(f"{at}/watch", days="40")
    assert sent.status_code == 303, sent.text
    return one
