"""Which refusals use up a device's counter: what docs/devices.md tells who builds a device."""

from __future__ import annotations

import re

import pytest

from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import PIG, TODAY
from tests.support.paths import ROOT

OTHER = "6f1c1f7e-55b1-4f1a-9d8e-2f9f0c8f4d11"
SCANS, SESSION = "/gateway/readers/{id}/scans", "/gateway/readers/{id}/sessions/{session}"
STOCKTAKE = {"as": "stocktake", "day": TODAY}
LINES = {"format": "lines", "text": PIG}
JSON, TEXT = {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}
FREE = [
    ("bad JSON", SCANS, b"{", JSON, "400 bad_request"),
    ("not UTF-8", SCANS, b'"\xff"', JSON, "400 bad_request"),
    ("no key", SCANS, LINES, {"Bilum-Key": ""}, "400 gateway.malformed_message"),
    ("altered", SCANS, LINES, {"Bilum-Time": "2026-11-26T01:02:03Z"}, "403 gateway."),
    ("unknown key", SCANS, LINES, {"Bilum-Key": "0" * 16}, "403 gateway."),
    ("too long", SCANS, b" " * 2_000_000, JSON, "413 request_entity_too_large"),
    ("no JSON", SCANS, b"{}", TEXT, "415 unsupported_media_type"),
    ("another shape", SCANS, {"format": "pdf"}, JSON, "422 invalid"),
    ("wrong kind of device", "/gateway/sync", {}, JSON, "403 forbidden"),
    ("another's address", f"/gateway/readers/{OTHER}/scans", LINES, JSON, "403 forbidden"),
    ("nothing there", "/gateway/readers/{id}/nothing", LINES, JSON, "404 not_found"),
]
USED = [
    ("no session", SESSION.format(id="{id}", session=OTHER) + "/review", "404 no_session"),
    ("not the owner's place", SESSION + "/review", "403 forbidden"),
]


def named(cases):
    return [pytest.param(case[1:-1], case[-1], id=case[0]) for case in cases]


@pytest.fixture
def reader(scene):
    made = reader_of(scene, "keeper")
    assert made.scan(PIG).status_code == 200
    return made


def send(reader, path, body, headers):
    """Send the device's next request without counting it; return its status and code."""
    path = path.format(id=reader.device.id, session=reader.session)
    if isinstance(body, dict):
        body = {"session": reader.session} | body if "format" in body else body
    path, raw, signed = reader.device.sign(path, body, reader.device.counter)
    answer = reader.device.send(path, raw, signed | headers)
    return f"{answer.status_code} {answer.json['code']}"


def documented(answer):
    """What the table says of a status with this code; else of the status with no code beside it."""
    status, code = answer.split()
    text = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    exact = [row[1] for row in rows if f"{status} `{code}" in row[0]]
    return exact or [row[1] for row in rows if re.search(rf"\b{status}\b(?! `)", row[0])]


@pytest.mark.parametrize(("request_", "answer"), named(FREE))
def test_counter__of_what_is_not_read_or_believed__is_free(reader, request_, answer):
    assert send(reader, *request_).startswith(answer)
    assert any("the counter is not used" in told for told in documented(answer))
    assert reader.scan(PIG).status_code == 200


@pytest.mark.parametrize(("request_", "answer"), named(USED))
def test_counter__of_what_is_refused_for_what_it_says__is_used(scene, reader, request_, answer):
    body = STOCKTAKE | {"premises": scene.places["neighbour"]}
    assert send(reader, *request_, body, JSON) == answer
    assert any("the counter is used" in told for told in documented(answer))
    assert send(reader, *request_, body, JSON) == answer
    assert send(reader, SCANS, LINES, JSON) == "409 gateway.key_conflict"
