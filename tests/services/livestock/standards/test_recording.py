"""What the routes do, on each kind of database."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.livestock.domain.access import Viewer
from services.livestock.domain.model import Origin
from services.livestock.reporting.reporting import Reporter
from services.livestock.standards.epcis.queries import answer, make_query
from services.livestock.standards.epcis.stored import capture
from services.livestock.standards.errors import UnreadableMember
from services.livestock.standards.icar.resources import RESOURCES
from services.livestock.standards.icar.stored import rows_of, take, write_members
from services.storage.models import Premises
from services.storage.unit_of_work import Unit
from tests.factories import NOW, pig, report, source_place, write
from tests.services.livestock.standards.conftest import NAMES, document, event

ASKED = {
    "EQ_bizStep": "arriving",
    "MATCH_epc": NAMES.animal(pig(17)),
    "GE_eventTime": "2026-11-23T22:30:00Z",
    "LT_eventTime": "2026-11-23T22:30:01Z",
    "GE_recordTime": "2026-11-25T00:00:00Z",
    "EXISTS_errorDeclaration": "false",
}


@pytest.fixture
def places(database):
    write(database, report("arrive", [pig(18)], at=source_place(1), other=source_place(2)))
    with database.read() as session:
        return [NAMES.place(one) for one in session.scalars(select(Premises.public_id))]


def officer(database, session, channel):
    """An officer hands over whatever a partner's system holds."""
    viewer = Viewer(Role.VETERINARY_OFFICER, None, None)
    return Reporter(Unit(session, database.vault), viewer, Origin(channel, None, NOW), "")


def captured(database, *events):
    with database.write() as session:
        return capture(document(*events), NAMES, officer(database, session, "epcis"))


def found(database, asked):
    with database.read() as session:
        query = make_query(session, asked, NAMES)
        return answer(session, session.execute(query.wanted()).all(), query, NAMES)


def test_capture_and_query__each_database__give_the_event_back(database, places):
    sent = event(*places)
    [taken] = captured(database, sent)
    asked = ASKED | {"EQ_bizLocation": places[0]}
    [again] = found(database, asked)
    assert again.items() >= sent.items()
    assert found(database, {"EQ_eventID": again["eventID"]}) == [again]
    assert found(database, {"EQ_eventID": f"urn:uuid:{taken.event_id}"}) == []


def test_capture__refused_within_a_larger_work__leaves_nothing(database, places):
    wrong = event(*places, eventTime="2027-01-01T00:00:00Z", eventTimeZoneOffset="+10:00")
    with pytest.raises(UnreadableMember):
        captured(database, event(*places), wrong)
    assert found(database, ASKED) == []


def test_icar__each_database__gives_the_weight_back(database, places):
    weight = {
        "resourceType": "icarWeightEventResource",
        "animal": {"id": "598000000000017", "scheme": "iso11784"},
        "eventDateTime": "2026-11-25T10:30:00+10:00",
        "weight": {"measurement": 45.5, "units": "KGM"},
    }
    resource = RESOURCES["weights"]
    with database.write() as session:
        [taken] = take(resource, weight, officer(database, session, "icar"))
    with database.read() as session:
        assert session.execute(rows_of(resource, since=NOW)).all()
        assert not session.execute(rows_of(resource, until=NOW)).all()
        [member] = write_members(resource, session.execute(rows_of(resource)).all())
    assert member.items() >= weight.items()
    assert member["meta"]["sourceId"] == str(taken.id)
