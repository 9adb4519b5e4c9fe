"""What is exported is FHIR: each resource is read by another party's models of R4B."""

from __future__ import annotations

import json
from collections import Counter
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.communication import Communication
from fhir.resources.R4B.communicationrequest import CommunicationRequest
from fhir.resources.R4B.measurereport import MeasureReport
from sqlalchemy import select

from services.health.indicators.disaggregation import Cut
from services.health.indicators.fhir import as_bundle, as_lines, measure_reports, people, resources
from services.health.indicators.tables import lines, make_table
from services.storage.models import Attempt, Message, Subscription
from tests.services.health.indicators.histories import CODE, NOW, OCTOBER, write_history

MODELS = {
    "Communication": Communication,
    "CommunicationRequest": CommunicationRequest,
    "MeasureReport": MeasureReport,
}
STATUS = {
    "delivered": ("completed", "completed"),
    "sent": ("in-progress", "completed"),
    "attempting": ("in-progress", "active"),
    "uncertain": ("unknown", "unknown"),
    "undelivered": ("not-done", "completed"),
    "failed": ("not-done", "completed"),
    "expired": ("not-done", "revoked"),
    "suppressed": ("not-done", "revoked"),
    "queued": (None, "active"),
    "cancelled": (None, "revoked"),
}


def set_scene(database):
    write_history(database, 4, 200)


@pytest.fixture
def report(set_up, report_of):
    return report_of(set_up)


@pytest.fixture
def found(set_up, report):
    with set_up.read() as session:
        return list(resources(session, report))


def of_type(found, name):
    return [one for one in found if one["resourceType"] == name]


@pytest.mark.slow
def test_resources__each__is_read_by_the_models_of_r4b(found):
    counts = Counter(one["resourceType"] for one in found)
    assert set(counts) == set(MODELS)
    for one in found:
        read = MODELS[one["resourceType"]].model_validate_json(json.dumps(one))
        assert json.loads(read.model_dump_json())["status"] == one["status"]


@pytest.mark.slow
def test_resources__either_database__are_as_many(database, report_of):
    write_history(database, 4, 60)
    report = report_of(database)
    with database.read() as session:
        made = list(resources(session, report))
        persons = people(session, report)
    texts = of_type(made, "CommunicationRequest")
    assert len({one["subject"]["identifier"]["value"] for one in texts}) == len(persons) > 10


@pytest.mark.slow
def test_resources__every_planned_text__is_a_request_and_what_became_of_it(set_up, found):
    texts = {one["id"]: one for one in of_type(found, "Communication")}
    requests = {one["id"]: one for one in of_type(found, "CommunicationRequest")}
    start, end = OCTOBER.bounds(NOW)
    with set_up.read() as session:
        rows = session.execute(
            select(Message.public_id, Message.state, Subscription.public_id.label("person"))
            .join(Subscription, Subscription.id == Message.subscription_id)
            .where(
                Message.purpose == "course",
                Subscription.programme == CODE,
                Message.planned_at >= start,
                Message.planned_at < end,
            )
        ).all()
    assert len(rows) == len(requests) > 100
    assert {row.state for row in rows} == set(STATUS)
    for row in rows:
        wanted, requested = STATUS[row.state]
        text = texts.pop(str(row.public_id), None)
        assert (text and text["status"]) == wanted
        if text:
            request = requests[text["basedOn"][0]["reference"].partition("/")[2]]
            assert request["status"] == requested
            assert text["subject"]["identifier"]["value"] == str(row.person)
    assert texts == {}


def test_resources__not_done__tells_why(found):
    for one in of_type(found, "Communication"):
        assert (one["status"] == "not-done") == ("statusReason" in one)
    reasons = {
        one["statusReason"]["coding"][0]["code"]: one["statusReason"].get("text")
        for one in of_type(found, "CommunicationRequest")
        if one["status"] == "revoked"
    }
    assert reasons["stopped"] == "Not sent: the receiver stopped this programme."
    assert set(reasons) == {"replanned", "stopped", "expired"}


@pytest.mark.slow
def test_resources__sent__is_when_the_last_attempt_that_went_began(set_up, found):
    with set_up.read() as session:
        went = {}
        for attempt, message in session.execute(
            select(Attempt, Message.public_id).join(Message, Message.id == Attempt.message_id)
        ):
            if attempt.state in {"sent", "delivered"}:
                known = went.get(str(message), attempt.started_at)
                went[str(message)] = max(known, attempt.started_at)
    texts = of_type(found, "Communication")
    assert any("sent" in one for one in texts)
    for one in texts:
        at = went.get(one["id"])
        assert one.get("sent") == (at and at.isoformat())


@pytest.mark.slow
def test_resources__persons__are_the_ids_of_subscriptions_and_nothing_else(set_up, report, found):
    with set_up.read() as session:
        known = {str(one) for one in session.scalars(select(Subscription.public_id))}
        told = people(session, report)
    for one in found:
        if one["resourceType"] != "MeasureReport":
            assert one["recipient"] == [one["subject"]]
            assert set(one["subject"]) == {"type", "identifier"}
            assert one["subject"]["identifier"]["value"] in known
    persons = {one["subject"]["identifier"]["value"] for one in found if "subject" in one}
    assert len(told) == len(persons) > 50
    assert "payload" not in json.dumps(found)


def test_measure_reports__figures__are_those_of_the_table(report):
    table = make_table(report, (Cut.SEX,))
    shown = {(line.measure.name, line.group): line.figure for line in lines(report, table)}
    found = 0
    for one in measure_reports(report):
        (group,) = one["group"]
        name = group["code"]["coding"][0]["code"]
        same(group, shown[name, ()], name)
        (sexes,) = [by for by in group["stratifier"] if by["code"][0]["coding"][0]["code"] == "sex"]
        for stratum in sexes["stratum"]:
            same(stratum, shown[name, (stratum["value"]["text"],)], name)
            found += 1
    assert found == 3 * len(report.measures)


def same(told, figure, name):
    counts = {one["code"]["coding"][0]["code"]: one["count"] for one in told.get("population", ())}
    money = name.startswith("cost")
    assert counts.get("numerator") == (None if money else int(figure.numerator))
    assert counts.get("denominator") == figure.denominator
    score = told.get("measureScore")
    assert (score and score["value"]) == (None if figure.value is None else float(figure.value))
    assert score is None or ("unit" in score) == money


@pytest.mark.slow
def test_measure_reports__public__leave_hidden_figures_out(report):
    full = json.dumps(list(measure_reports(report)))
    public = json.dumps(list(measure_reports(report, public=True)))
    assert public.count('"count"') < full.count('"count"')
    for one in measure_reports(report, public=True):
        MeasureReport.model_validate_json(json.dumps(one))


@pytest.mark.slow
def test_as_bundle__everything__is_one_bundle_whose_references_lead_somewhere(report, found):
    text = "".join(as_bundle(found, report.now))
    bundle = json.loads(Bundle.model_validate_json(text).model_dump_json())
    addresses = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(addresses) == len(found)
    for entry in bundle["entry"]:
        assert UUID(entry["fullUrl"].removeprefix("urn:uuid:"))
        for ground in entry["resource"].get("basedOn", ()):
            assert ground["reference"] in addresses


def test_as_bundle__nothing__is_an_empty_bundle(report):
    assert json.loads("".join(as_bundle([], report.now)))["entry"] == []


@pytest.mark.slow
def test_as_lines__everything__is_one_resource_a_line(found):
    text = "".join(as_lines(found))
    assert [json.loads(line) for line in text.splitlines()] == found
