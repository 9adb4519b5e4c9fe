"""What `POST /gateway/sync` refuses, each with its documented status: nothing is stored."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from services.devices.registry import DeviceKind, find_device, revoke_device
from tests.services.village.box import SYNC, set_up_box
from tests.support.device import enrol_device

ITEM = {
    "seq": 1,
    "kind": "sms",
    "at": "2026-11-25T01:02:03Z",
    "from": "+67570000101",
    "text": "HELP",
}
BODY = {
    "box": {"version": "0.1.0", "queued": 1, "free_bytes": None},
    "items": [ITEM],
    "reports": [],
    "have": {"statuses": 0, "programmes": 0, "numbers": 50},
}
HEADERS = {
    "Bilum-Device": str(uuid4()),
    "Bilum-Key": "0" * 16,
    "Bilum-Counter": "1",
    "Bilum-Time": "2026-11-25T01:02:03Z",
    "Bilum-Signature": "A" * 86 + "==",
}
SIGNED = {
    "seq": 1,
    "kind": "signed",
    "at": "2026-11-25T01:02:03Z",
    "method": "POST",
    "path": "/gateway/readers/x/scans",
    "headers": HEADERS,
    "body": "{}",
}


def body(**changes: object) -> bytes:
    return json.dumps(BODY | changes).encode()


def item(**changes: object) -> bytes:
    told = {name: value for name, value in (ITEM | changes).items() if value is not ...}
    return body(items=[told])


def signed(**changes: object) -> bytes:
    told = {name: value for name, value in (SIGNED | changes).items() if value is not ...}
    return body(items=[told])


CASES = {
    "no JSON": (b"{", 400, "bad_request"),
    "not UTF-8": (b'{"box": "\xff"}', 400, "bad_request"),
    "a name twice": (b'{"box": {}, "box": {}}', 400, "bad_request"),
    "NaN": (body().replace(b'"queued": 1', b'"queued": NaN'), 400, "bad_request"),
    "too large a number": (body().replace(b'"queued": 1', b'"queued": 1e999'), 400, "bad_request"),
    "nested too deep": (b"[" * 100_000 + b"]" * 100_000, 400, "bad_request"),
    "U+0000 in a text": (item(text="a\0b"), 400, "bad_request"),
    "half of a surrogate pair": (
        item().replace(b'"HELP"', b'"\\ud800"'), 400, "bad_request",
    ),
    "ten megabytes": (item(text="A" * 10_000_000), 413, "request_entity_too_large"),
    "a list": (b"[]", 422, "invalid"),
    "an unknown member": (body(more=1), 422, "invalid"),
    "an unknown member of the box": (
        body(box={"version": "1", "queued": 0, "free_bytes": 0, "owner": "x"}), 422, "invalid",
    ),
    "an unknown member of an item": (item(province="Enga"), 422, "invalid"),
    "no box": (json.dumps({k: v for k, v in BODY.items() if k != "box"}).encode(), 422, "invalid"),
    "no list of what it has": (
        json.dumps({k: v for k, v in BODY.items() if k != "have"}).encode(), 422, "invalid",
    ),
    "201 items": (body(items=[ITEM | {"seq": n} for n in range(1, 202)]), 422, "invalid"),
    "a seq twice": (body(items=[ITEM, ITEM | {"text": "STOP"}]), 422, "invalid"),
    "seq 0": (item(seq=0), 422, "invalid"),
    "seq true": (item(seq=True), 422, "invalid"),
    "seq as text": (item(seq="1"), 422, "invalid"),
    "seq above what JSON keeps": (item(seq=2**53), 422, "invalid"),
    "no such kind": (item(kind="ussd"), 422, "invalid"),
    "no sender": (item(**{"from": ...}), 422, "invalid"),
    "a sender that is a name": (item(**{"from": "DIGICEL"}), 422, "invalid"),
    "a sender in Devanagari digits": (item(**{"from": "+६७५७००००१०१"}), 422, "invalid"),
    "a sender with a line break": (item(**{"from": "+67570000101\n"}), 422, "invalid"),
    "a text that is a number": (item(text=7), 422, "invalid"),
    "a text longer than any": (item(text="A" * 39_016), 422, "invalid"),
    "a time without a zone": (item(at="2026-11-25T01:02:03"), 422, "invalid"),
    "an answer that there is not": (item(answered="maybe"), 422, "invalid"),
    "a promised number in words": (item(numbers=["one"]), 422, "invalid"),
    "a promised number in Devanagari digits": (item(numbers=["१०४२७६"]), 422, "invalid"),
    "a text with an address": (item(path="/gateway/readers/x/scans"), 422, "invalid"),
    "a request without a body": (signed(body=...), 422, "invalid"),
    "a request with a sender": (signed(**{"from": "+67570000101"}), 422, "invalid"),
    "a request that reads": (signed(method="GET"), 422, "invalid"),
    "a request with a query": (signed(path="/gateway/readers/x/scans?a=1"), 422, "invalid"),
    "a request without its key": (
        signed(headers={k: v for k, v in HEADERS.items() if k != "Bilum-Key"}), 422, "invalid",
    ),
    "a request with a cookie": (signed(headers=HEADERS | {"Cookie": "a"}), 422, "invalid"),
    "a report of no id": (body(reports=[{"message": "7", "state": "sent"}]), 422, "invalid"),
    "a report in no state": (
        body(reports=[{"message": str(uuid4()), "state": "lost"}]), 422, "invalid",
    ),
    "a code with words of a person": (
        body(reports=[{"message": str(uuid4()), "state": "failed", "code": "no reply from Jo"}]),
        422,
        "invalid",
    ),
    "a version below 0": (
        body(have={"statuses": -1, "programmes": 0, "numbers": 0}), 422, "invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sent", "status", "code"), CASES.values(), ids=CASES)
def test_sync__what_cannot_be_read__is_refused_and_leaves_nothing(box, sent, status, code):
    before = box.world.counts()
    done = box.post(sent)
    assert (done.status_code, done.json["code"]) == (status, code), done.text
    assert done.content_type == "application/problem+json"
    assert box.world.counts() == before
    # Its counter is free: the corrected batch takes effect.
    box.device.counter -= 1
    assert box.post(BODY).status_code == 200


def test_sync__refused__tells_no_number_of_a_person(box):
    told = box.post(item(**{"from": "+67570000101x"})).text
    assert "0000101" not in told


def test_sync__not_json__is_refused_by_its_type(box):
    path, raw, headers = box.device.sign(SYNC, BODY)
    done = box.device.send(path, raw, headers | {"Content-Type": "text/plain"})
    assert (done.status_code, done.json["code"]) == (415, "unsupported_media_type")


def test_sync__altered__is_refused(box):
    path, raw, headers = box.device.sign(SYNC, BODY)
    done = box.device.send(path, raw.replace(b"HELP", b"STOP"), headers)
    assert (done.status_code, done.json["code"]) == (403, "gateway.bad_device_signature")


def test_sync__revoked__is_refused_at_once(box):
    with box.world.runtime.database.write() as session:
        revoke_device(find_device(session, box.device.id), box.world.runtime.clock())
    done = box.post(BODY)
    assert (done.status_code, done.json["code"]) == (403, "gateway.device_revoked")


def test_sync__by_a_reader__is_refused(box):
    reader = enrol_device(box.world, DeviceKind.READER, box.owner, "a reader")
    assert reader.post(SYNC, BODY).status_code == 403


def test_sync__two_boxes__draw_their_own_seqs(box):
    other = set_up_box(box.world, "another village")
    for one in (box, other):
        box.world.runtime.clock.pass_by(60)
        assert one.sync(one.sms("HELP", at=one.now))["taken"] == [1]
    assert box.world.counts()["envelope"] == 4
