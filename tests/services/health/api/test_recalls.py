"""A recall through the API: asked by one, approved by another, seen by whoever looks."""

from __future__ import annotations

import pytest

from services.health.indicators.disaggregation import Period
from services.health.indicators.facts import count_facts
from services.health.indicators.measures import measures
from tests.services.health.scene import SMALL, publish

ALL = "/api/v1/programmes/tobacco/recalls"
WRONG, RIGHT = "Tell a friend today.", "Tell nobody but a friend."
ASKED = {"text": "tip-1", "language": "en", "by": 2, "reason": "It misleads", "correct": True}


@pytest.mark.slow
def test_recall__through_the_api__is_seen_by_programme_person_and_indicators(ministry, course):
    publish(course.database, SMALL.replace(WRONG, RIGHT))
    course.later(days=1)
    with course.database.write() as session:
        session.connection().exec_driver_sql(
            "UPDATE message SET state = 'delivered' WHERE item = 'tip-1'"
        )
    assert ministry.approver.post(ALL, ASKED).status_code == 403
    told = ministry.planner.post(ALL, ASKED).json
    assert [one["texts"][0]["say"] for one in told["wrong"]] == [WRONG]
    assert (told["right"][0]["say"], told["approved_at"]) == (RIGHT, None)
    one = f"{ALL}/{told['id']}"
    counted = ministry.auditor.get(f"{one}/dry-run").json
    assert (counted["waiting"], counted["have"], counted["segments"]) == (0, 1, 2)
    given = {"reference": "NDOH 2026/115"}
    assert ministry.planner.post(f"{one}/approval", given).status_code == 403
    assert len(ministry.approver.post(f"{one}/approval", given).json["receipt"]) == 19
    again = ministry.approver.post(f"{one}/approval", given)
    assert (again.status_code, again.json["code"]) == (409, "nothing_to_recall")
    course.later(minutes=1)
    (seen,) = ministry.auditor.get(ALL).json["items"]
    assert (seen["corrections"], seen["noting"]) == ({"sent": 1}, False)
    person = ministry.clinician.get(f"/api/v1/subscriptions/{course.row().public_id}").json
    (corrected,) = person["corrections"]
    assert (corrected["text"], corrected["outcome"]) == ("tip-1", "sent")
    with course.database.read() as session:
        facts = count_facts(session, "tobacco", Period(*[course.now.date()] * 2), course.now)
    (row,) = facts.values()
    assert row[("recalled",)] == row[("delivered",)] == 1
    assert "recalled" in {measure.name for measure in measures(row.keys())}
