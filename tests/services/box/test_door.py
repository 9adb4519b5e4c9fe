"""The box's web server: who may come in, what is kept as it is, what is refused."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.devices import Request, RequestClaim, key_id, sign
from tests.services.box.village import FARMER, SECRET, START

DEVICE = UUID("7b1f3c1e-6f0b-4f6e-9a53-1f6f5f0c2c11")
KEY = Ed25519PrivateKey.generate()
PATH = f"/gateway/readers/{DEVICE}/scans"


def signed(body, counter=1, at="2026-11-25T01:02:03Z", path=PATH):
    claim = RequestClaim(DEVICE, key_id(KEY.public_key().public_bytes_raw()), counter, at)
    return sign(Request("POST", path, body), claim, KEY)


def post(village, body, path=PATH, **more):
    return village.app.test_client().post(path, data=body, headers=signed(body, **more))


def test_reader__its_request__is_kept_to_the_byte(village):
    body = '{"scans": ["982 000001088420"], "note": "pik \u201cbik\u201d\n"}'.encode()
    answer = post(village, body)
    assert (answer.status_code, answer.json) == (202, {"state": "waiting"})
    village.sync_all()
    (item,) = village.server.items.values()
    assert item == {
        "seq": 1,
        "kind": "signed",
        "at": "2026-11-25T02:00:00Z",
        "method": "POST",
        "path": PATH,
        "headers": signed(body),
        "body": body.decode(),
    }


def test_reader__its_request_again__is_kept_once(village):
    for at in ("2026-11-25T01:02:03Z", "2026-11-26T01:02:03Z"):
        assert post(village, b"{}", at=at).status_code == 202
    assert post(village, b'{"other": 1}').status_code == 202
    assert post(village, b"{}", counter=2).status_code == 202
    assert len(village.rows()) == 3


def named(village, device, counter, body=b"{}"):
    """A request that names any device; the box cannot tell whose signature it is."""
    path = f"/gateway/readers/{device}/scans"
    headers = signed(body, counter=counter, path=path) | {"Bilum-Device": str(device)}
    return village.app.test_client().post(path, data=body, headers=headers)


def test_reader__with_as_much_waiting_as_may__is_refused_and_nobody_else(village, monkeypatch):
    monkeypatch.setattr("services.box.intake.MOST_OF_A_DEVICE", 3)
    assert [named(village, DEVICE, n + 1).status_code for n in range(4)] == [202, 202, 202, 503]
    refusal = named(village, DEVICE, 5)
    assert (refusal.json["code"], bool(refusal.headers["Retry-After"])) == ("box_full", True)
    # What is kept already is answered as before.
    assert named(village, DEVICE, 1).status_code == 202
    assert named(village, UUID(int=2), 1).status_code == 202
    assert village.says(FARMER, "HELP").status_code == 200
    assert len(village.rows()) == 5
    village.sync_all()
    assert named(village, DEVICE, 4).status_code == 202


def test_readers__of_invented_ids__fill_their_share_and_texts_are_taken(village, monkeypatch):
    monkeypatch.setattr("services.box.intake.MOST_BYTES", 300_000)
    answers = [named(village, UUID(int=n + 1), 1, b"a" * 100_000).status_code for n in range(6)]
    assert answers == [202, 202, 202, 503, 503, 503]
    assert village.says(FARMER, "HELP").status_code == 200
    village.sync_all()
    assert named(village, UUID(int=9), 1).status_code == 202


REFUSED = [
    ("text that is none", PATH, b"\xff\xfe", {}, 400),
    ("a NUL", PATH, b'{"a": "\0"}', {}, 400),
    ("too long", PATH, b'"' * 300_000, {}, 400),
    ("far too long", PATH, b"a" * 600_000, {}, 413),
    ("no signature", PATH, b"{}", {"Bilum-Signature": ""}, 400),
    ("no counter", PATH, b"{}", {"Bilum-Counter": "\u0967"}, 400),
    ("another device", f"/gateway/readers/{UUID(int=1)}/scans", b"{}", {}, 403),
    ("a query", f"{PATH}?a=1", b"{}", {}, 403),
    ("a wild path", f"/gateway/readers/{DEVICE}/sc%C3%A4ns", b"{}", {}, 404),
    ("no device", "/gateway/readers/me/scans", b"{}", {}, 404),
    ("enrolment", "/gateway/devices/enrol", b"{}", {}, 404),
    ("a sync", "/gateway/sync", b"{}", {}, 404),
]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status"), [one[1:] for one in REFUSED], ids=[n[0] for n in REFUSED]
)
def test_request__not_a_readers__is_refused_and_nothing_kept(village, path, body, headers, status):
    told = {
        name: value.encode().decode("latin-1") for name, value in (signed(body) | headers).items()
    }
    answer = village.app.test_client().post(path, data=body, headers=told)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert village.rows() == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=%2B67570000001&id=x&text=HELP", 403),
        (f"secret={SECRET}x&from=%2B67570000001&text=HELP", 403),
        (f"secret={SECRET}&from=%2B67570000001&text=HELP", 400),
        (f"secret={SECRET}&from=70000001&id={UUID(int=1)}&text=HELP", 400),
        (f"secret={SECRET}&from=Digicel&id={UUID(int=1)}&text=HELP", 200),
    ],
)
def test_kannel__a_call_that_is_none__keeps_nothing(village, query, status):
    answer = village.app.test_client().get(f"/gateway/kannel/mo?{query}")
    assert answer.status_code == status
    assert status != 200 or answer.data == b""
    assert village.rows() == []


def test_kannel__text_as_the_body__is_kept_with_what_no_database_keeps(village):
    query = f"secret={SECRET}&from=%2B67570000001&id={UUID(int=1)}&charset=UTF-8"
    answer = village.app.test_client().post(
        f"/gateway/kannel/mo?{query}", data="DAI 3\0 \U0001f416".encode()
    )
    assert (answer.status_code, answer.data) == (200, b"")
    village.sync_all()
    assert village.server.items[1]["text"] == "DAI 3  \U0001f416"


def test_health__of_a_box__tells_how_many_wait(village):
    village.says(FARMER, "HELP")
    answer = village.app.test_client().get("/health")
    assert answer.json == {"state": "ok", "queued": 1}


def test_batch__of_large_requests__is_cut_by_size(village):
    for number in range(6):
        assert post(village, b"a" * 100_000, counter=number + 1).status_code == 202
    village.sync_all()
    sizes = [len(body) for body in village.server.requests.values()]
    # The first request after a start learns the time.
    assert len(village.server.items) == 6
    assert max(sizes) < 256 * 1024 + 1000
    assert [len(json.loads(body)["items"]) for body in village.server.requests.values()] == [
        0,
        2,
        2,
        2,
    ]


def test_time__of_an_item__is_the_boxs_best_guess(village):
    village.sync_all()
    village.time.wrong_by = -village.time.own().replace(year=1971).astimezone().utcoffset()
    village.time.pass_by(hours=1)
    village.says(FARMER, "HELP")
    village.sync_all()
    assert village.server.items[1]["at"] == "2026-11-25T03:00:00Z"
    assert START.hour == 2
