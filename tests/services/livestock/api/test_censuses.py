"""A census by API: drafted, opened by another officer, read, and closed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.livestock.control import censuses
from services.storage.locks import require_one_writer
from tests.services.scene import TODAY

CENSUSES = "/api/v1/censuses"
FIRST = date.fromisoformat(TODAY)
DRAFT = {
    "province": "Jiwaka",
    "district": None,
    "first_day": TODAY,
    "last_day": (FIRST + timedelta(days=20)).isoformat(),
}


def drafted(scene, who="officer", **told):
    return scene.callers[who].post(CENSUSES, DRAFT | told)


def test_census__drafted_and_opened_by_another_officer__is_read_and_closed(scene):
    made = drafted(scene)
    assert made.status_code == 201, made.text
    assert made.json["state"] == "drafted"
    path = f"{CENSUSES}/{made.json['number']}"
    opened = scene.administrator.post(f"{path}/open", {})
    assert opened.status_code == 200, opened.text
    assert opened.json["state"] == "open"
    read = scene.auditor.get(path).json
    assert read["opened_at"] is not None
    assert read["total"]["answered"] == sum(one["answered"] for one in read["districts"]) == 0
    table = scene.auditor.get(f"{path}/result.csv")
    assert table.content_type.startswith("text/csv")
    assert len(table.text.splitlines()) == 1 + len(read["districts"])
    assert scene.officer.post(f"{path}/close", {}).json["state"] == "closed"
    assert [one["number"] for one in scene.officer.get(CENSUSES).json["items"]] == [
        made.json["number"]
    ]


def test_census__its_keepers_are_counted__before_the_writers_lock_is_taken(scene, monkeypatch):
    whole, counted = censuses._reach, []

    def reach(session, *told):
        with pytest.raises(RuntimeError):
            require_one_writer(session)
        counted.append(told)
        return whole(session, *told)

    monkeypatch.setattr(censuses, "_reach", reach)
    number = drafted(scene).json["number"]
    assert scene.administrator.post(f"{CENSUSES}/{number}/open", {}).json["state"] == "open"
    assert drafted(scene).status_code == 409
    assert len(counted) == 3


def test_census__opened_by_the_officer_who_drafted_it__is_refused(scene):
    number = drafted(scene).json["number"]
    refused = scene.officer.post(f"{CENSUSES}/{number}/open", {})
    assert refused.status_code == 403, refused.text
    assert scene.officer.get(f"{CENSUSES}/{number}").json["state"] == "drafted"


def test_census__that_ends_before_it_begins__is_refused(scene):
    late = (FIRST - timedelta(days=1)).isoformat()
    assert drafted(scene, last_day=late).status_code == 422


def test_census__of_keepers_and_neighbours__is_not_theirs_to_draft_or_read(scene):
    number = drafted(scene).json["number"]
    for who in ("keeper", "neighbour", "recorder", "abattoir"):
        assert drafted(scene, who).status_code == 403
        assert scene.callers[who].get(f"{CENSUSES}/{number}").status_code == 403


def test_census__of_a_number_that_none_has__is_not_found(scene):
    assert scene.officer.get(f"{CENSUSES}/C-2026-9").status_code == 404
