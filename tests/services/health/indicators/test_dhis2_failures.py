"""What DHIS2 refuses, or does not answer, is not noted as sent, and is sent again."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import delete, update

from services.core.errors import RestoredCopy
from services.health.errors import Dhis2Refused, Dhis2Unreachable
from services.health.indicators.dhis2 import send_changes
from services.health.indicators.dhis2_client import Dhis2Client
from services.health.indicators.dhis2_sending import send_by_command
from services.storage.models import Person, SendingRight
from services.storage.sending_right import give_right
from tests.fakes.dhis2_server import DROP, HANG, TOKEN, Fault
from tests.services.health.indicators.exporting import marks
from tests.services.health.indicators.histories import NOW, write_history

pytestmark = pytest.mark.sockets


def set_scene(database):
    write_history(database, 9, 300)


REFUSALS = {
    "redirect": Fault(302, ""),
    "bad_request": Fault(400, "{}"),
    "forbidden": Fault(403, "{}"),
    "not_found": Fault(404, "<html>"),
}
FAILURES = {
    "fault": Fault(500),
    "too_many": Fault(429, "{}"),
    "gateway": Fault(502, ""),
    "dropped": Fault(200, DROP),
    "another_program": Fault(200, "<html>Welcome</html>"),
    "strange_json": Fault(200, "[1]"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_send_changes__refused__nothing_is_noted(set_up, server, client, export_of, name):
    server.faults = [REFUSALS[name]]
    with pytest.raises(Dhis2Refused):
        send_changes(set_up, client, export_of(), NOW)
    assert marks(set_up) == 0


@pytest.mark.parametrize("name", FAILURES)
def test_send_changes__failure__nothing_is_noted_and_the_next_sends_it(
    set_up, server, client, export_of, name
):
    server.faults = [FAILURES[name]]
    with pytest.raises(Dhis2Unreachable):
        send_changes(set_up, client, export_of(), NOW)
    assert marks(set_up) == 0
    send_changes(set_up, client, export_of(), NOW)
    assert marks(set_up) == len(server.values) > 0


def test_send_changes__no_answer_in_time__is_unreachable(set_up, server, export_of):
    server.faults = [Fault(200, HANG)]
    impatient = Dhis2Client(server.url, TOKEN, connect=5, read=0.1)
    with pytest.raises(Dhis2Unreachable):
        send_changes(set_up, impatient, export_of(), NOW)
    impatient.close()
    assert marks(set_up) == 0


def test_send_changes__nobody_listens__is_unreachable(set_up, server, export_of):
    server.server_close()
    client = Dhis2Client(server.url, TOKEN)
    with pytest.raises(Dhis2Unreachable):
        send_changes(set_up, client, export_of(), NOW)
    client.close()


@pytest.mark.parametrize("old", [False, True], ids=["now", "before_2.38"])
def test_send_changes__unknown_element__is_named_and_nothing_is_noted(
    set_up, server, client, export_of, old
):
    server.unknown, server.old = {"deMembers01", "coMale00001"}, old
    with pytest.raises(Dhis2Refused, match="deMembers01: Not found") as caught:
        send_changes(set_up, client, export_of(), NOW)
    assert caught.value.detail.count("coMale00001: ") == 1
    # What DHIS2 took all the same is sent again.
    assert marks(set_up) == 0
    assert server.values
    assert not {element for _, _, element, _ in server.values} & server.unknown


@pytest.mark.slow
def test_send_changes__deletion_refused__what_was_sent_is_noted(set_up, server, client, export_of):
    send_changes(set_up, client, export_of(), NOW)
    with set_up.write() as session:
        session.execute(update(Person).where(Person.province == "Gulf").values(province="Morobe"))
    # Morobe's values are stored; the deletion of Gulf's is refused.
    server.unknown = {"ouGulf00001"}
    with pytest.raises(Dhis2Refused):
        send_changes(set_up, client, export_of(), NOW)
    server.unknown = set()
    done = send_changes(set_up, client, export_of(), NOW)
    assert not done.changed
    assert {place.unit for place in done.gone} == {"ouGulf00001"}


def test_send_changes__values_ignored_without_a_word__are_not_noted(
    set_up, server, client, export_of
):
    export = export_of()
    zeros = export._replace(values=dict.fromkeys(export.values, "0"))
    with pytest.raises(Dhis2Refused, match="ignored"):
        send_changes(set_up, client, zeros, NOW)
    assert marks(set_up) == 0


def test_client__wrong_token__is_refused_and_never_told(set_up, server, export_of, caplog):
    caplog.set_level(logging.DEBUG)
    client = Dhis2Client(server.url, "d2pat_of_somebody_else")
    with pytest.raises(Dhis2Refused, match="does not accept the token") as caught:
        send_changes(set_up, client, export_of(), NOW)
    client.close()
    assert "somebody" not in caplog.text + repr(caught.value) + repr(client)


@pytest.mark.slow
def test_send_by_command__restored_copy__asks_dhis2_for_nothing_until_it_may(
    set_up, server, client, export_of
):
    with set_up.write() as session:
        # No backup holds a right to send.
        session.execute(delete(SendingRight))
    with pytest.raises(RestoredCopy):
        send_by_command(set_up, client, export_of(), NOW)
    assert (server.values, marks(set_up)) == ({}, 0)
    with set_up.write() as session:
        give_right(session, None, NOW)
    send_by_command(set_up, client, export_of(), NOW)
    assert marks(set_up) == len(server.values) > 0
