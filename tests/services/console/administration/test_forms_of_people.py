"""Forms of people that are older than what is known, or name somebody who is known already."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.storage.models import Party
from tests.services.console.visitors import Visitor, party_named, phone_of

PEOPLE = "/console/administration/people"
KNOWN = ("role", "province", "name", "language")


def known(world, public_id):
    """What is known of a person."""
    with world.runtime.database.read() as session:
        row = session.scalars(select(Party).where(Party.public_id == public_id)).one()
        return {name: getattr(row, name) for name in KNOWN}


def public_id_of(world, name):
    with world.runtime.database.read() as session:
        return party_named(session, name).public_id


@pytest.fixture
def chief(visitor):
    return visitor.take_session_of("administrator")


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"role": "inspector"},
        {"province": "Enga"},
        {"name": "Somebody"},
        {"language": "tpi"},
    ],
)
def test_change__by_an_older_form__gives_nothing_back_and_shows_what_is_now(
    scene, chief, meanwhile
):
    officer = public_id_of(scene.world, "officer")
    at = f"{PEOPLE}/{officer}"
    chief.get(at)
    old = {name: value or "" for name, value in known(scene.world, officer).items()}
    older = chief.fields(at) | old
    other = Visitor(scene.world).take_session_of("administrator")
    other.get(at)
    assert other.submit(at, **old | meanwhile).status_code == 303
    now = known(scene.world, officer)
    late = chief.send(at, older | {"name": "Maria Kaupa"})
    assert late.status_code == 409
    assert "somebody else changed this person meanwhile" in late.text
    assert "Maria Kaupa" not in late.text
    assert known(scene.world, officer) == now
    # The page that is shown is the newest, and may be sent.
    told = {name: value or "" for name, value in now.items()}
    assert chief.submit(at, **told | {"name": "Maria Kaupa"}).status_code == 303
    assert known(scene.world, officer) == now | {"name": "Maria Kaupa"}


def test_change__without_the_mark_of_its_form__is_refused(scene, chief):
    at = f"{PEOPLE}/{scene.officer.party}"
    chief.get(at)
    fields = {name: value for name, value in chief.fields(at).items() if name != "seen"}
    assert chief.send(at, fields | {"role": "inspector"}).status_code == 409


def test_person__noted_who_is_known__keeps_what_is_left_empty(scene, chief):
    world, keeper = scene.world, public_id_of(scene.world, "keeper")
    chief.get(f"{PEOPLE}/{keeper}")
    told = {"role": "keeper", "province": "Jiwaka", "name": "keeper", "language": "tpi"}
    assert chief.submit(f"{PEOPLE}/{keeper}", **told).status_code == 303
    chief.get(f"{PEOPLE}/new")
    phone = phone_of(world, "keeper")
    typed = {"phone": phone, "role": "inspector", "province": "", "language": ""}
    assert chief.submit(f"{PEOPLE}/new", **typed).status_code == 303
    assert known(world, keeper) == told | {"role": "inspector"}


def test_person__noted_who_holds_another_office__keeps_it(scene, chief):
    world, officer = scene.world, public_id_of(scene.world, "officer")
    before = known(world, officer)
    chief.get(f"{PEOPLE}/new")
    typed = {"phone": phone_of(world, "officer"), "role": "inspector", "name": "x"}
    refused = chief.submit(f"{PEOPLE}/new", **typed)
    assert refused.status_code == 422
    assert "has another office" in refused.text
    assert known(world, officer) == before
    same = chief.submit(f"{PEOPLE}/new", **typed | {"role": "veterinary-officer"})
    assert same.status_code == 303
    assert known(world, officer) == before | {"name": "x"}
