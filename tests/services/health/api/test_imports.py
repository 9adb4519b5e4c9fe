"""Lists of people through the API: uploaded, matched, corrected and started by their planner."""

from __future__ import annotations

from base64 import b64encode

import pytest
from sqlalchemy import func, select

from services.health.imports.taking import take_lists
from services.storage.models import Subscription

LISTS = "/api/v1/imports"
HEAD = "phone,name,consent,consent_date,quit"
ROWS = (
    HEAD,
    "71000001,Jo,nurse,2026-11-20,2026-12-05",
    "123,Al,nurse,2026-11-20,",
    "71000003,Bo,nurse,soon,",
)


@pytest.fixture
def content(course):
    return b64encode("\n".join(ROWS).encode()).decode()


def upload(ministry, content, **more):
    told = {"programme": "tobacco", "name": "a.csv", "content": content} | more
    return ministry.planner.post(LISTS, told)


def test_import__uploaded_corrected_and_started__enrols_once(ministry, course, content):
    made = upload(ministry, content)
    assert made.status_code == 201, made.text
    told, at = made.json, f"{LISTS}/{made.json['id']}"
    assert (told["state"], told["begin"], told["rows"]["fault"]) == ("checked", 1, 2)
    assert told["columns"]["consent_date"] == 3
    assert told["names"] == HEAD.split(",")
    wrong = ministry.planner.get(f"{at}/rows?limit=1").json
    assert wrong["items"][0]["fault"]["column"] == "phone"
    assert wrong["items"][0]["cells"]["name"] == "Al"
    rest = ministry.planner.get(wrong["next"]).json["items"]
    assert [row["line"] for row in rest] == [4]
    fixes = [{"line": 3, "cells": {"phone": "71000002"}}, {"line": 4, "leave_out": True}]
    done = ministry.planner.post(f"{at}/rows", {"rows": fixes}).json
    assert (done["begin"], done["rows"]["left_out"], done["rows"]["fault"]) == (2, 1, 0)
    assert done["toea"] == done["segments"] * ministry.world.runtime.settings.sms.price_toea
    started = [ministry.planner.post(f"{at}/start", None, key="once") for _ in range(2)]
    assert [one.json["state"] for one in started] == ["running", "running"]
    assert ministry.planner.post(f"{at}/start", None).json["code"] == "import_started"
    while take_lists(course.database, ministry.world.runtime.clock()):
        pass
    read = ministry.planner.get(at).json
    assert (read["state"], read["taken"], read["total"], read["enrolled"]) == ("done", 2, 2, 2)
    assert ministry.planner.get(LISTS).json["items"][0]["id"] == read["id"]
    with course.database.read() as session:
        assert session.scalar(select(func.count(Subscription.id))) == 3
    text = ministry.planner.get(f"{at}/refused.csv").text
    assert "4,,71000003,Bo,nurse,soon," in text


def test_columns__matched_anew__are_checked_again(ministry, course, content):
    at = f"{LISTS}/{upload(ministry, content).json['id']}"
    wish = {"header": 1, "columns": {"phone": 0, "name": 1}, "language": "en"}
    told = ministry.planner.post(f"{at}/columns", wish).json
    assert (told["begin"], told["without_consent"], told["rows"]["fault"]) == (0, 2, 1)
    for columns in ({"name": 1}, {"phone": 0, "name": 0}, {"phone": 0, "feast": 1}):
        refused = ministry.planner.post(f"{at}/columns", {"header": 1, "columns": columns})
        assert refused.status_code == 422, columns


def test_import__refused_or_thrown_away__keeps_nothing(ministry, course, content):
    assert upload(ministry, "not base64!").status_code == 422
    assert upload(ministry, b64encode(b"%PDF").decode()).json["code"] == "unreadable_file"
    assert upload(ministry, content, programme="pigs").status_code == 422
    at = f"{LISTS}/{upload(ministry, content).json['id']}"
    headers = ministry.planner.headers | {"Idempotency-Key": "away"}
    gone = ministry.planner.app.test_client().delete(at, headers=headers)
    assert gone.status_code == 204
    assert ministry.planner.get(at).json["code"] == "unknown_import"
    for who in ("clinician", "approver", "administrator", "analyst"):
        assert ministry.callers[who].get(LISTS).status_code == 403
