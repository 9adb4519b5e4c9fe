from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import update

from services.health.errors import BadMapping
from services.health.indicators.dhis2 import compare, make_export, send_changes
from services.health.indicators.dhis2_mapping import read_mapping
from services.health.indicators.disaggregation import Cut, grouped, total_of
from services.storage.models import Message, Person
from tests.services.health.indicators.exporting import MAPPING, marks
from tests.services.health.indicators.histories import NOW, write_history

pytestmark = pytest.mark.sockets


def set_scene(database):
    write_history(database, 9, 300)


@pytest.mark.slow
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
    assert export.idle == ["success_of_activated.abstinent.month6"]
    assert not export.is_whole


@pytest.mark.slow
def test_make_export__the_country__has_everybody(set_up, report_of, export_of):
    provinces = (
        "{Morobe: ouMorobe001, Chimbu: ouChimbu001, Gulf: ouGulf00001, unknown: ouUnknown01}"
    )
    export = export_of(MAPPING.replace(provinces, "{all: ouCountry01}"))
    value = export.values["ouCountry01", "deAttempts1", ""]
    assert value == str(total_of(report_of(set_up).facts)["attempts",])


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


@pytest.mark.slow
def test_send_changes__either_database__the_second_time_sends_nothing(
    database, server, client, report_of
):
    write_history(database, 9, 120)
    for _ in range(2):
        export = make_export(report_of(database), read_mapping(MAPPING))
        send_changes(database, client, export, NOW)
    assert len(server.requests) == 1
    assert marks(database) == len(server.values) > 5


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


@pytest.mark.slow
def test_send_changes__deleted_there_before__is_no_fault(set_up, server, client, export_of):
    send_changes(set_up, client, export_of(), NOW)
    server.values.clear()
    with set_up.write() as session:
        session.execute(update(Person).values(province=None, sex=None, birth_year=None))
    done = send_changes(set_up, client, export_of(), NOW)
    assert done.gone
    assert {unit for unit, *_ in server.values} == {"ouUnknown01"}


@pytest.mark.slow
def test_send_changes__two_mappings_of_one_data_set__delete_nothing_of_each_other(
    set_up, server, client, export_of
):
    nation = """\
programme: tobacco
dataSet: dsTobacco01
orgUnits: {all: ouCountry01}
values: [{indicator: attempts, dataElement: deAttempts1}]
"""
    texts = (
        MAPPING,
        MAPPING.replace("deAttempts1", "deAttempts9").replace("deMembers01", "deMembers09"),
        nation,
    )
    exports = [export_of(text) for text in texts]
    for export in exports:
        assert send_changes(set_up, client, export, NOW).gone == []
    again = [send_changes(set_up, client, export, NOW) for export in exports]
    assert [(len(one.changed), len(one.gone)) for one in again] == [(0, 0)] * 3
    assert marks(set_up) == len(server.values) == len(set().union(*(one.values for one in exports)))


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
