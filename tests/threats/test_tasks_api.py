"""Tasks by the API: each role, service, programme and province meets its own and others'."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from services.core.roles import Role
from services.messaging.tasks.model import READS
from services.storage.models import Access
from tests.threats.test_inbox import PLAIN, READERS, SENDERS, country, settled
from tests.threats.test_tasks import KEEPER, OTHER, VET, VET_OF_ENGA, alarmed, keep, tasks_of

__all__ = ["country", "settled"]

TASKS = "/api/v1/tasks"
SMOKER = "smoker in Jiwaka"

# Whose message each reader has a task of.
SEES = {
    "vet of Jiwaka": {"keeper in Jiwaka"},
    "inspector of Jiwaka": {"keeper in Jiwaka"},
    "vet of Enga": {"keeper in Enga"},
    "vet of the country": {"keeper in Jiwaka", "keeper in Enga", "stranger"},
    "administrator": {"keeper in Jiwaka", "keeper in Enga", "stranger"},
    "clinician of tobacco in Jiwaka": {"smoker in Jiwaka", "keeper and smoker in Jiwaka"},
    "clinician of tobacco in Enga": {"smoker in Enga"},
    "clinician of tobacco anywhere": {
        *("smoker in Jiwaka", "smoker in Enga", "keeper and smoker in Jiwaka"),
    },
    "clinician of diabetes in Jiwaka": {"diabetic in Jiwaka"},
}


@pytest.mark.slow
def test_tasks__of_each_role_service_programme_and_province__are_their_own_alone(country):
    """Threat: staff of one service, programme or province read or end the tasks of another."""
    for who in SENDERS:
        country.send(who, PLAIN)
    keep(country)
    ids = {one.public_id for one in tasks_of(country)}
    assert len(ids) == len(SENDERS)
    for name, (role, _, _) in READERS.items():
        reader = country.readers[name]
        listed = reader.get(TASKS)
        assert listed.status_code == (200 if role in READS else 403), name
        if role not in READS:
            continue
        mine = [one["id"] for one in listed.json["items"]]
        phones = {reader.get(f"{TASKS}/{one}").json["phone"] for one in mine}
        assert phones == {country.numbers[who] for who in SEES.get(name, set())}, name
        for one in sorted(ids - set(map(type(next(iter(ids))), mine)))[:2]:
            assert reader.get(f"{TASKS}/{one}").status_code == 404, name
            assert reader.post(f"{TASKS}/{one}/close", {}).status_code == 404, name


@pytest.mark.slow
def test_list__names_no_number_and_each_reading_of_one_is_noted(country):
    """Threat: a list of tasks is a list of phone numbers, and nobody knows who read them."""
    country.send(SMOKER, "I have chest pain")
    reader = country.readers["clinician of tobacco in Jiwaka"]
    listed = reader.get(TASKS)
    assert country.numbers[SMOKER] not in listed.text
    (one,) = listed.json["items"]
    assert (one["kind"], one["code"], one["programme"]) == ("concern", "flag", "tobacco")
    assert reader.get(f"{TASKS}/{one['id']}").json["phone"] == country.numbers[SMOKER]
    with country.world.runtime.database.read() as session:
        assert session.scalars(select(Access.what)).all() == [f"GET {TASKS}/<uuid:task_id>"]


def test_officer__works_on_a_task__every_step_is_in_its_history(country):
    number = alarmed(country)
    reader, inspector = country.readers[VET], country.readers["inspector of Jiwaka"]
    (one,) = reader.get(f"{TASKS}?kind=alarm").json["items"]
    path = f"{TASKS}/{one['id']}"
    assert (one["number"], one["place"]["number"]) == (number, "1068")
    assert reader.post(f"{path}/take", {}).json["owner"] == reader.party
    again = inspector.post(f"{path}/take", {})
    assert (again.status_code, again.json["code"]) == (409, "task_taken")
    given = reader.post(f"{path}/assign", {"party": inspector.party})
    assert given.json["owner"] == inspector.party
    refused = reader.post(f"{path}/assign", {"party": country.readers[VET_OF_ENGA].party})
    assert (refused.status_code, refused.json["code"]) == (403, "not_on_duty")
    assert inspector.post(f"{path}/calls", {"text": "No answer."}).status_code == 201
    assert inspector.post(f"{path}/notes", {"text": "I go there."}).status_code == 201
    done = inspector.post(f"{path}/close", {"outcome": "mistaken", "text": "Healthy."})
    assert (done.status_code, done.json["outcome"]) == (200, "mistaken")
    late = inspector.post(f"{path}/close", {})
    assert (late.status_code, late.json["code"]) == (409, "task_ended")
    assert reader.get(f"{TASKS}?kind=alarm").json["items"] == []
    assert reader.post(f"{path}/reopen", {}).json["outcome"] is None
    again = reader.post(f"{path}/reopen", {})
    assert (again.status_code, again.json["code"]) == (409, "task_goes_on")
    steps = [entry["kind"] for entry in reader.get(path).json["history"]]
    assert steps == [
        *("made", "told", "taken", "assigned", "call", "note", "closed", "reopened"),
    ]


@pytest.mark.parametrize("query", ["kind=x", "service=x", "province=x", "mine=x", "limit=0"])
def test_list__with_a_filter_that_is_none__says_so(country, query):
    assert country.readers[VET].get(f"{TASKS}?{query}").status_code == 422


@pytest.mark.slow
def test_token__of_no_party__reads_and_changes_nothing(country):
    """Threat: what nobody answers for ends a task."""
    alarmed(country)
    headers = country.world.bearer(Role.VETERINARY_OFFICER)
    client = country.world.app.test_client()
    (one,) = client.get(f"{TASKS}?kind=alarm", headers=headers).json["items"]
    headers |= {"Idempotency-Key": "a-key-of-nobody"}
    answer = client.post(f"{TASKS}/{one['id']}/close", json={}, headers=headers)
    assert answer.status_code == 403


def test_metrics__of_tasks__tell_numbers_and_ages_and_no_province(country):
    country.send(OTHER, "SICK 3 pigs fever")
    alarmed(country)
    country.world.runtime.clock.pass_by(3 * 3600)
    metric, of = country.world.metric, {"kind": "alarm", "service": "livestock"}
    assert metric("bilum_tasks_open", **of, province="staffed") == 2
    assert metric("bilum_tasks_late", **of) == 2
    assert metric("bilum_task_oldest_seconds", **of) >= 3 * 3600
    reader = country.readers[VET]
    (one,) = reader.get(f"{TASKS}?kind=alarm").json["items"]
    reader.post(f"{TASKS}/{one['id']}/close", {})
    assert metric("bilum_tasks_open", **of, province="staffed") == 1
    assert metric("bilum_tasks_ended_day", **of, outcome="done") == 1
    assert metric("bilum_tasks_ended_day_seconds", **of, outcome="done") >= 3 * 3600


def test_message__answered_by_a_person__ends_its_task(country):
    country.send(KEEPER, PLAIN)
    keep(country)
    (task,) = tasks_of(country, "message")
    reader = country.readers[VET]
    (one,) = reader.get("/api/v1/inbox").json["items"]
    assert reader.post(f"/api/v1/inbox/{one['id']}/answer", {"text": "Yes."}).status_code == 201
    found = reader.get(f"{TASKS}/{task.public_id}").json
    assert (found["outcome"], found["history"][-1]["by"]) == ("settled", reader.party)
