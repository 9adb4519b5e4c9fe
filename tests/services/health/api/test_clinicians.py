from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.storage.models import Party
from tests.services.health.scene import publish

RULE = "/api/v1/programmes/tobacco/clinicians"


@pytest.fixture
def put(ministry):
    publish(ministry.world.runtime.database)

    def change(*clinicians, path=RULE):
        client, headers = ministry.world.app.test_client(), ministry.planner.headers
        return client.put(path, json={"clinicians": list(clinicians)}, headers=headers)

    return change


def party_with(ministry, role):
    with ministry.world.runtime.database.read() as session:
        return str(session.scalar(select(Party.public_id).where(Party.role == role.value)))


def test_change__clinicians__take_the_place_of_those_before(ministry, put):
    party = party_with(ministry, Role.CLINICIAN)
    first = put({"province": None, "party": party}, {"province": "Morobe", "party": party})
    assert first.status_code == 200, first.text
    assert ministry.clinician.get(RULE).json == first.json
    assert [one["province"] for one in first.json["clinicians"]] == [None, "Morobe"]
    assert put().json == ministry.clinician.get(RULE).json == {"clinicians": []}


def test_change__who_is_no_clinician__is_refused(ministry, put):
    wrong = put({"province": None, "party": party_with(ministry, Role.PLANNER)})
    assert (wrong.status_code, wrong.json["code"]) == (409, "not_a_clinician")


def test_change__a_province_twice_or_of_nowhere__is_refused(ministry, put):
    one = {"province": "Enga", "party": party_with(ministry, Role.CLINICIAN)}
    assert put(one, one).status_code == 422
    assert put(one | {"province": "Atlantis"}).status_code == 422


def test_change__of_no_programme__is_404(ministry, put):
    assert put(path="/api/v1/programmes/nothing/clinicians").status_code == 404
