"""Who reads a person's record through the API is noted; who is refused reads nothing."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.messaging.person_erasure import forget
from services.storage.models import Access, Arrival, Party
from services.storage.parties import find_party
from services.storage.unit_of_work import Unit

PARTIES = "/api/v1/parties"
ONE = "/api/v1/parties/<uuid:party_id>"


def noted(scene):
    """What was noted: how it was read, by which party, whose it is."""
    with scene.world.runtime.database.read() as session:
        names = {row.id: row.public_id for row in session.scalars(select(Party))}
        found = session.scalars(select(Access).order_by(Access.id)).all()
        assert all(one.token_id for one in found)
        return [(one.what, names.get(one.actor_id), names.get(one.subject_id)) for one in found]


def reads(scene):
    keeper, officer = (UUID(scene.callers[who].party) for who in ("keeper", "officer"))
    path = f"{PARTIES}/{keeper}"
    assert scene.officer.get(path).status_code == 200
    assert scene.keeper.get(path).status_code == 200
    assert scene.officer.post(path, {"language": "en"}).status_code == 200
    assert noted(scene) == [
        (f"GET {ONE}", officer, keeper),
        (f"GET {ONE}", keeper, keeper),
        (f"POST {ONE}", officer, keeper),
    ]


def test_party__read_by_an_officer_or_the_person__is_noted(scene):
    reads(scene)


@pytest.mark.postgres
def test_party__read_with_postgresql__is_noted(server_scene):
    reads(server_scene)


def test_parties__listed__is_noted_for_each_that_is_shown(scene):
    page = scene.officer.get(f"{PARTIES}?limit=2").json["items"]
    officer = UUID(scene.officer.party)
    assert noted(scene) == [(f"GET {PARTIES}", officer, UUID(one["id"])) for one in page]
    assert len(page) == 2


def test_party__that_may_not_be_read_or_is_not_there__is_not_noted(scene):
    assert scene.keeper.get(f"{PARTIES}/{scene.neighbour.party}").status_code == 403
    assert scene.officer.get(f"{PARTIES}/{uuid4()}").status_code == 404
    assert scene.keeper.get(PARTIES).status_code == 403
    assert noted(scene) == []


def test_new_party__once_forgotten__is_in_no_kept_answer(scene):
    phone = "+67570000077"
    made = scene.officer.post(PARTIES, {"phone": phone, "role": "keeper", "name": "Maria"})
    assert made.status_code == 201, made.text
    database = scene.world.runtime.database
    with database.write() as session:
        party = find_party(session, UUID(made.json["id"]))
        forget(Unit(session, database.vault), party, phone, scene.world.runtime.clock())
    with database.read() as session:
        answers = session.scalars(select(Arrival.answer).where(Arrival.channel == "api")).all()
    assert [answer for answer in answers if phone in (answer or "")] == []
