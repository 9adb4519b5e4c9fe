"""The journal also holds approvals of health programmes: partners see nothing of them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.storage.models import Journal
from tests.services.health.scene import publish


@pytest.fixture
def approval(partner):
    """The id of the event of an approval, as EPCIS writes ids."""
    database = partner.world.runtime.database
    publish(database)
    with database.read() as session:
        event = session.scalar(select(Journal.event_id).where(Journal.type == "programme"))
    return f"urn:uuid:{event}"


def test_capture__with_the_id_of_an_approval__is_a_conflict(partner, approval):
    before = partner.journal()
    response = partner.capture(partner.event(eventID=approval))
    assert (response.status_code, response.json["code"]) == (409, "event_conflict")
    assert partner.journal() == before


def test_capture__an_approval_declared_wrong__is_a_conflict(partner, approval):
    before = partner.journal()
    declaration = {"declarationTime": "2026-11-25T00:30:00Z", "reason": "did_not_occur"}
    response = partner.capture(partner.event(eventID=approval, errorDeclaration=declaration))
    assert (response.status_code, response.json["code"]) == (409, "event_conflict")
    assert partner.journal() == before


def test_query__beside_approvals__answers_what_it_did(partner):
    before = partner.events()
    assert before
    publish(partner.world.runtime.database)
    assert partner.events() == before
