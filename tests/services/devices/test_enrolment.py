"""A device brings its key: labelled cases of POST /gateway/devices/enrol."""

from __future__ import annotations

import base64
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from services.devices.registry import (
    CODE_LIFE,
    OVERLAP,
    DeviceKind,
    add_device,
    find_device,
    give_code,
    revoke_device,
)
from services.storage.models import DeviceKey, Party
from tests.support.device import enrol_body

PATH = "/gateway/devices/enrol"


@pytest.fixture
def code(world):
    return give(world)


def give(world, name="stick"):
    with world.runtime.database.write() as session:
        owner = Party(public_id=uuid4(), role="keeper")
        session.add(owner)
        session.flush()
        return add_device(session, name, DeviceKind.READER, owner, world.runtime.clock())[1]


def bring(world, body, **more):
    return world.app.test_client().post(PATH, json=body, **more)


KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


def changed(**values):
    return lambda body: body | values


CASES = {
    "as it should be": (changed(), 200, None),
    "code in lower case": (lambda _: None, 200, None),
    "code of nobody": (changed(code="AAAA-AAAA-AAAA-AAAA"), 403, "gateway.bad_device_signature"),
    "no code": (lambda b: {k: v for k, v in b.items() if k != "code"}, 422, "invalid"),
    "empty code": (changed(code=""), 422, "invalid"),
    "code that is a number": (changed(code=7), 422, "invalid"),
    "code that is a list": (changed(code=["A"]), 422, "invalid"),
    "code of 65 characters": (changed(code="A" * 65), 422, "invalid"),
    "code in Devanagari digits": (changed(code="१२३४"), 403, "gateway.bad_device_signature"),
    "no key": (lambda b: {k: v for k, v in b.items() if k != "public_key"}, 422, "invalid"),
    "key that is no base64": (changed(public_key="?" * 44), 400, "gateway.malformed_message"),
    "key with letters of another script": (
        changed(public_key="ж" * 44),
        400,
        "gateway.malformed_message",
    ),
    "key of 31 bytes": (
        changed(public_key=base64.b64encode(bytes(31)).decode()),
        400,
        "gateway.malformed_message",
    ),
    "key of zeros": (
        changed(public_key=base64.b64encode(bytes(32)).decode()),
        403,
        "gateway.bad_device_signature",
    ),
    "key of somebody else": (
        changed(public_key=enrol_body("x", OTHER)["public_key"]),
        403,
        "gateway.bad_device_signature",
    ),
    "signature that is no base64": (changed(signature="%"), 400, "gateway.malformed_message"),
    "signature of 63 bytes": (
        changed(signature=base64.b64encode(bytes(63)).decode()),
        400,
        "gateway.malformed_message",
    ),
    "signature of zeros": (
        changed(signature=base64.b64encode(bytes(64)).decode()),
        403,
        "gateway.bad_device_signature",
    ),
    "signature of another code": (
        changed(signature=enrol_body("another", KEY)["signature"]),
        403,
        "gateway.bad_device_signature",
    ),
    "a field more": (changed(role="administrator"), 422, "invalid"),
}
RAW = {
    "no JSON": (b"{", "application/json", 400),
    "no body": (b"", "application/json", 400),
    "a list": (b"[]", "application/json", 422),
    "a name twice": (b'{"code": "a", "code": "b"}', "application/json", 400),
    "NaN": (b'{"code": NaN}', "application/json", 400),
    "NUL": (b'{"code": "\\u0000"}', "application/json", 400),
    "half a surrogate": (b'{"code": "\\ud800"}', "application/json", 400),
    "UTF-16": ('{"code": "a"}'.encode("utf-16"), "application/json", 400),
    "Latin-1": (b'{"code": "\xe9"}', "application/json", 400),
    "nested deep": (b"[" * 50_000 + b"]" * 50_000, "application/json", 413),
    "10 MB": (b'"' + b"a" * 10_000_000 + b'"', "application/json", 413),
    "a form": (b"code=a", "application/x-www-form-urlencoded", 415),
}


@pytest.mark.parametrize(("change", "status", "problem"), CASES.values(), ids=CASES)
def test_enrolment__case__is_answered_as_documented(world, code, change, status, problem):
    sent = change(enrol_body(code, KEY)) or enrol_body(code.lower(), KEY)
    before = world.counts()
    answer = bring(world, sent)
    assert (answer.status_code, answer.json.get("code")) == (status, problem), answer.text
    assert status == 200 or world.counts() == before
    assert code not in answer.text or status == 200


@pytest.mark.parametrize(("raw", "kind", "status"), RAW.values(), ids=RAW)
def test_enrolment__bytes_that_are_no_enrolment__are_refused(world, raw, kind, status):
    before = world.counts()
    answer = world.app.test_client().post(PATH, data=raw, content_type=kind)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert world.counts() == before


def test_enrolment__again_with_the_same_key__is_answered_the_same(world, code):
    first, again = bring(world, enrol_body(code, KEY)), bring(world, enrol_body(code, KEY))
    assert (first.json, first.json["counter"]) == (again.json, 1)


def test_enrolment__again_with_another_key__is_refused(world, code):
    bring(world, enrol_body(code, KEY))
    answer = bring(world, enrol_body(code, OTHER))
    assert (answer.status_code, answer.json["code"]) == (403, "gateway.bad_enrolment")


def test_enrolment__code_of_last_week__is_refused(world, code):
    world.runtime.clock.pass_by(CODE_LIFE.total_seconds())
    assert bring(world, enrol_body(code, KEY)).json["code"] == "gateway.bad_enrolment"


def test_enrolment__device_revoked_meanwhile__is_refused(world, code):
    with world.runtime.database.write() as session:
        revoke_device(find_device(session, "stick"), world.runtime.clock())
    assert bring(world, enrol_body(code, KEY)).json["code"] == "gateway.bad_enrolment"


def test_enrolment__second_key__ends_the_first_after_the_overlap(world, code):
    bring(world, enrol_body(code, KEY))
    now = world.runtime.clock()
    with world.runtime.database.write() as session:
        second = give_code(find_device(session, "stick"), now)
    assert bring(world, enrol_body(second, OTHER)).status_code == 200
    with world.runtime.database.read() as session:
        ends = session.scalars(select(DeviceKey.until).order_by(DeviceKey.id)).all()
    assert ends == [now + OVERLAP, None]
    assert timedelta(days=30) < OVERLAP


def test_enrolment__same_key_for_a_second_code__is_refused(world, code):
    bring(world, enrol_body(code, KEY))
    with world.runtime.database.write() as session:
        second = give_code(find_device(session, "stick"), world.runtime.clock())
    assert bring(world, enrol_body(second, KEY)).json["code"] == "gateway.bad_enrolment"
