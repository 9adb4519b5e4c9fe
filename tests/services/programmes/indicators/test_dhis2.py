from __future__ import annotations

import logging
from collections import Counter

import pytest
from sqlalchemy import delete, func, select, update

from services.programmes.indicators.cuts import Cut, added, grouped
from services.programmes.indicators.dhis2 import compare, send_changes
from services.programmes.indicators.dhis2_client import Dhis2Client
from services.programmes.indicators.dhis2_mapping import read_mapping
from services.programmes.indicators.dhis2_values import make_export
from services.programmes.indicators.errors import BadMapping, Dhis2Refused, Dhis2Unreachable
from services.storage.models import Exported, Message, Person
from tests.fakes.dhis2_server import DROP, HANG, TOKEN, Fault, dhis2_server
from tests.services.programmes.indicators.histories import NOW, write_history

pytestmark = pytest.mark.sockets

MAPPING = """\
programme: tobacco
dataSet: dsTobacco01
orgUnits: {Morobe: ouMorobe001, Chimbu: ouChimbu001, Gulf: ouGulf00001, unknown: ouUnknown01}
values:
  - {indicator: attempts, dataElement: deAttempts1}
  - {indicator: members, dataElement: deMembers01, categoryOptionCombo: coAllOfThem}
  - {indicator: cost, dataElement: deCost00001}
  - indicator: delivered
    dataElement: deDelivered
    by: sex
    combos: {f: coFemale001, m: coMale00001}
  - {indicator: success_of_asked.abstinent.month1, dataElement: deAbstinent}
  - {indicator: success_of_asked.abstinent.month6, dataElement: deAbstinen6}
"""


def set_scene(database):
    write_history(database, 9, 300)


@pytest.fixture
def server():
    with dhis2_server() as server:
        yield server


@pytest.fixture
def client(server):
    client = Dhis2Client(server.url, TOKEN, connect=5, read=5)
    yield client
    client.close()


@pytest.fixture
def export_of(set_up, report_of):
    def make(text=MAPPING):
        return make_export(report_of(set_up), read_mapping(text))

    return make


def marks(database):
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Exported))


def test_make_export__values__are_the_counts_of_each_province(set_up, report_of, export_of):
    report, export = report_of(set_up), export_of()
    by_province = grouped(report.facts, (Cut.PROVINCE,))
    crossed = grouped(report.facts, (Cut.PROVINCE, Cut.SEX))
    found = {tuple(place): value for place, value in export.values.items()}
    assert export.period == "202610"
    assert found["ouMorobe001", "deAttempts1", ""] == str(by_province["Morobe",]["attempts",])
    members = by_province["Morobe",]["members",]
    assert found["ouMorobe001", "deMembers01", "coAllOfThem"] == str(members)
    women = crossed["Gulf", "f"]["delivered",]
    assert found["ouGulf00001", "deDelivered", "coFemale001"] == str(women)
    cost = by_province["Chimbu",]["cost",]
    assert found["ouChimbu001", "deCost00001", ""] == f"{cost / 100:.2f}"
    assert "0" not in found.values()


def test_make_export__what_has_no_place__is_named(export_of):
    export = export_of()
    assert export.places == ["Enga"]
    assert export.groups == ["sex unknown (delivered)"]
    assert {"consented", "opted_out.too_many", "answered"} <= set(export.indicators)
    assert not {"attempts", "cost", "cost_per_person", "delivered"} & set(export.indicators)
    assert "success_of_answered.abstinent.month1" not in export.indicators
    assert export.idle == ["success_of_asked.abstinent.month6"]
    assert not export.is_whole


def test_make_export__the_country__has_everybody(set_up, report_of, export_of):
    provinces = (
        "{Morobe: ouMorobe001, Chimbu: ouChimbu001, Gulf: ouGulf00001, unknown: ouUnknown01}"
    )
    export = export_of(MAPPING.replace(provinces, "{all: ouCountry01}"))
    value = export.values["ouCountry01", "deAttempts1", ""]
    assert value == str(added(report_of(set_up).facts)["attempts",])


def test_make_export__mapping_of_another_programme__is_refused(export_of):
    with pytest.raises(BadMapping):
        export_of(MAPPING.replace("programme: tobacco", "programme: diabetes"))


def test_send_changes__first_time__dhis2_has_every_value(set_up, server, client, export_of):
    export = export_of()
    done = send_changes(set_up, client, export, NOW)
    assert done.changed == export.values
    assert Counter(server.values.values()) == Counter(export.values.values())
    assert marks(set_up) == len(export.values)
    (sent,) = server.requests
    assert sent[0] == "CREATE_AND_UPDATE"
    assert sent[1]["dataSet"] == "dsTobacco01"


@pytest.mark.parametrize("old", [False, True], ids=["now", "before_2.38"])
def test_send_changes__again__sends_nothing(set_up, server, client, export_of, old):
    server.old = old
    send_changes(set_up, client, export_of(), NOW)
    before = dict(server.values)
    done = send_changes(set_up, client, export_of(), NOW)
    assert (len(done.changed), len(done.gone), done.same) == (0, 0, len(before))
    assert len(server.requests) == 1
    assert server.values == before


def test_send_changes__some_changed__only_these_are_sent(set_up, server, client, export_of):
    before = export_of()
    send_changes(set_up, client, before, NOW)
    with set_up.write() as session:
        session.execute(
            update(Message)
            .where(Message.state == "sent", Message.id < 300)
            .values(state="delivered")
        )
    after = export_of()
    done = send_changes(set_up, client, after, NOW)
    assert done.changed == dict(after.values.items() - before.values.items())
    assert 0 < len(done.changed) < len(after.values)
    assert Counter(server.values.values()) == Counter(after.values.values())


def test_send_changes__a_province_has_nobody_any_more__its_values_are_deleted(
    set_up, server, client, export_of
):
    send_changes(set_up, client, export_of(), NOW)
    with set_up.write() as session:
        session.execute(update(Person).where(Person.province == "Gulf").values(province="Morobe"))
    done = send_changes(set_up, client, export_of(), NOW)
    assert {place.unit for place in done.gone} == {"ouGulf00001"}
    assert [strategy for strategy, _ in server.requests[1:]] == ["CREATE_AND_UPDATE", "DELETE"]
    assert not any(unit == "ouGulf00001" for unit, *_ in server.values)
    assert marks(set_up) == len(server.values)


def test_send_changes__deleted_there_before__is_no_fault(set_up, server, client, export_of):
    send_changes(set_up, client, export_of(), NOW)
    server.values.clear()
    with set_up.write() as session:
        session.execute(delete(Person))
    done = send_changes(set_up, client, export_of(), NOW)
    assert done.gone
    assert {unit for unit, *_ in server.values} == {"ouUnknown01"}


def test_compare__another_system_period_or_programme__has_its_own_marks(set_up, client, export_of):
    export = export_of()
    send_changes(set_up, client, export, NOW)
    with set_up.read() as session:
        assert compare(session, client.url, export).same == len(export.values)
        others = [
            compare(session, f"{client.url}/test", export),
            compare(session, client.url, export._replace(period="202611")),
            compare(session, client.url, export._replace(mapping=renamed(export))),
        ]
    assert [(other.same, len(other.gone)) for other in others] == [(0, 0)] * 3


def renamed(export):
    return export.mapping._replace(programme="diabetes")


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
    assert (marks(set_up), server.values) == (0, {})


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
