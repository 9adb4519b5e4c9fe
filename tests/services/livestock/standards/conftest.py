"""A web application, and what partners send to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from services.core.roles import Role
from services.livestock.standards.epcis.canonical import CONTEXT
from services.livestock.standards.epcis.identifiers import Names
from services.storage.models import Journal, Premises
from tests.factories import pig, report, source_place, write

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

NAMES = Names()
CAPTURE, EVENTS = "/api/v1/epcis/capture", "/api/v1/epcis/events"


def document(*events: dict) -> dict:
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-25T01:02:03Z",
        "epcisBody": {"eventList": list(events)},
    }


def event(here: str, there: str, **changes) -> dict:
    """An arrival of one pig, written as a partner would."""
    made = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-24T08:30:00+10:00",
        "eventTimeZoneOffset": "+10:00",
        "epcList": [NAMES.animal(pig(17))],
        "action": "OBSERVE",
        "bizStep": "arriving",
        "disposition": "in_progress",
        "readPoint": {"id": here},
        "bizLocation": {"id": here},
        "sourceList": [{"type": "location", "source": there}],
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def without(event: dict, *names: str) -> dict:
    return {name: value for name, value in event.items() if name not in names}


@dataclass
class Partner:
    """An office that speaks EPCIS and ICAR, and an auditor who reads."""

    world: object
    here: str
    there: str

    def capture(self, *events: dict, **changes) -> TestResponse:
        """Send events in a document."""
        return self.world.post(CAPTURE, document(*events) | changes, Role.INSPECTOR)

    def taken(self, *events: dict) -> None:
        response = self.capture(*events)
        assert response.status_code == 202, response.json

    def events(self, **asked: object) -> list[dict]:
        """Query events; every page."""
        found, path = [], EVENTS
        response = self.query(path, asked)
        while True:
            assert response.status_code == 200, response.json
            body = response.json["epcisBody"]["queryResults"]["resultsBody"]
            found += body["eventList"]
            if "Link" not in response.headers:
                return found
            path = response.headers["Link"].partition("<")[2].partition(">")[0]
            response = self.query(path, {})

    def query(self, path: str, asked: dict) -> TestResponse:
        return self.world.app.test_client().get(
            path, query_string=asked or None, headers=self.world.bearer(Role.AUDITOR)
        )

    def faults(self, response: TestResponse) -> dict[str, str]:
        assert response.status_code == 422, response.json
        return {one["pointer"]: one["detail"] for one in response.json["errors"]}

    def journal(self) -> int:
        """How many events of livestock there are; tokens and offices have theirs beside."""
        with self.world.runtime.database.read() as session:
            livestock = Journal.type.not_in(("party", "token"))
            return session.scalar(select(func.count(Journal.id)).where(livestock)) or 0

    def event(self, **changes) -> dict:
        return event(self.here, self.there, **changes)


@pytest.fixture
def partner(world) -> Partner:
    """Two known premises and a registered pig."""
    database = world.runtime.database
    before = datetime(2026, 1, 1, tzinfo=UTC)
    write(
        database,
        report("register", [pig(17)], at=source_place(1), on=before.date(), key="first"),
        report("arrive", [pig(18)], at=source_place(2), on=before.date(), key="second"),
        at=before,
    )
    with database.read() as session:
        places = session.scalars(select(Premises.public_id).order_by(Premises.id)).all()
        assert len(session.scalars(select(Journal.id)).all()) == 2
    return Partner(world, *map(NAMES.place, places))
