"""What is answered to an upload, and what is kept of it: good ones, bad ones, and hostile ones."""

from __future__ import annotations

import base64
from operator import itemgetter
from time import process_time

import pytest
from sqlalchemy import func, select

from gateway.envelope import DEVICE_CHANNEL
from services.storage.models import Arrival, ReaderScan, ReaderSession
from tests.factories import official
from tests.services.livestock.readers.pens import reader_of
from tests.services.scene import NEW_PIG, OTHER_PIG, PIG

TAG = "982000001088420"
DEEP = b'{"session": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
AHEAD = "The clock of the reader is 3 days ahead. Set it."
BEHIND = "The clock of the reader is 3 hours behind. Set it."
SOON = "The clock of the reader is 30 minutes ahead. Set it."
PLAIN = {"format": "lines", "text": f"LA {TAG}\n"}


MIXED = f"EID,Note\n{TAG},é\n".encode() + b"\xe9\n"


def lines(text):
    return {"format": "lines", "text": text}


def found_out(text):
    return {"format": "auto", "text": text}


def scans(*told):
    return {"format": "scans", "text": None, "scans": list(told)}


def in_file(form, raw):
    return {"format": form, "file": base64.b64encode(raw).decode()}


def kept(scene):
    """Rows that uploads leave: sessions, lines, and envelopes of the door."""
    with scene.world.runtime.database.read() as session:
        wanted = (
            select(func.count()).select_from(ReaderSession),
            select(func.count()).select_from(ReaderScan),
            select(func.count()).where(Arrival.channel == DEVICE_CHANNEL),
        )
        return tuple(session.scalar(one) for one in wanted)


@pytest.mark.parametrize(
    ("label", "told", "tags", "faults"),
    [
        ("lines", PLAIN, [TAG], []),
        ("lines of a file", in_file("lines", f"LA {TAG}\0\r\n".encode()), [TAG], []),
        ("no line at all", lines(""), [], []),
        ("bad CRC", lines("6DB0840800F800016BC4\n"), [], [(1, "crc")]),
        ("half a frame", lines("6DB0840800F8\n"), [], [(1, "half")]),
        ("industrial", lines("LR 0006 0000000018514243"), [], [(1, "not_animal")]),
        ("Devanagari figures", lines("९८२०००००१०८८४२०"), [], [(1, "unreadable")]),
        ("some", lines(f"?\n{TAG}\n9.82E+14\n"), [TAG], [(1, "unreadable"), (3, "rounded")]),
        ("not half of a pair", lines(f"{TAG}\n\ufffd\n"), [TAG], [(2, "unreadable")]),
        ("a session file", {"format": "csv", "text": f"EID,VID\n{TAG},A1\n"}, [TAG], []),
        ("of a preset", {"format": "datamars", "text": f"EID,VID\n{TAG},A1\n"}, [TAG], []),
        ("a table, found out", found_out(f"EID,VID\n{TAG},A1\n"), [TAG], []),
        ("lines, found out", found_out(f"LA {TAG}, 41.5 kg\n?\n"), [TAG], [(2, "unreadable")]),
        ("UTF-16", in_file("csv", f"EID;VID\n{TAG};A1\n".encode("utf-16")), [TAG], []),
        ("mixed encodings", in_file("csv", MIXED), [TAG], [(3, "unreadable")]),
        ("Excel", {"format": "csv", "text": "EID\n9.82E+14\n"}, [], [(2, "rounded")]),
        ("scans", scans({"tag": TAG}, {"tag": "12"}), [TAG], [(2, "half")]),
        ("a scan in hexadecimal", scans({"tag": "6DB0840800F80001"}), ["124000270601654"], []),
    ],
)  # fmt: skip
def test_scans__an_upload_that_can_be_read__is_kept_with_its_faults(
    scene, label, told, tags, faults
):
    answer = reader_of(scene, "keeper").upload(**told)
    assert answer.status_code == 200, (label, answer.text)
    assert [one["tag"] for one in answer.json["seen"]] == tags, label
    assert [(one["line"], one["code"]) for one in answer.json["faults"]] == faults, label
    for one in answer.json["faults"]:
        assert set(one["texts"]) == {"en", "tpi"}
    assert kept(scene) == (1, len(tags) + len(faults), 1)


@pytest.mark.parametrize(
    ("label", "told", "status", "code"),
    [
        ("no session", {"session": None}, 422, "invalid"),
        ("a session that is no UUID", {"session": "first"}, 422, "invalid"),
        ("no format", {"format": None}, 422, "invalid"),
        ("another format", {"format": "pdf"}, 422, "invalid"),
        ("nothing read", {"text": None}, 422, "invalid"),
        ("text and file", {"file": "TEE="}, 422, "invalid"),
        ("scans of lines", {"scans": [{"tag": TAG}]}, 422, "invalid"),
        ("scans that are none", scans(), 422, "invalid"),
        ("a scan without a tag", scans({"at": "x"}), 422, "invalid"),
        ("a weight below nothing", scans({"tag": TAG, "kilograms": -1}), 422, "invalid"),
        ("another order of dates", {"date_order": "ydm"}, 422, "invalid"),
        ("a member that nobody knows", {"owner": "me"}, 422, "invalid"),
        ("a number for text", {"text": 12}, 422, "invalid"),
        ("a very long clock", {"clock": "9" * 99}, 422, "invalid"),
    ],
)  # fmt: skip
def test_scans__a_body_of_another_shape__is_refused_and_nothing_kept(
    scene, label, told, status, code
):
    reader = reader_of(scene, "keeper")
    body = {"session": reader.session} | PLAIN | told
    answer = reader.device.post(
        f"/gateway/readers/{reader.device.id}/scans",
        {name: value for name, value in body.items() if value is not None},
    )
    assert (answer.status_code, answer.json["code"]) == (status, code), (label, answer.text)
    assert answer.content_type == "application/problem+json"
    assert kept(scene) == (0, 0, 0)


@pytest.mark.parametrize(
    ("label", "raw", "status", "code"),
    [
        ("no JSON", b"LA 982 000001088420", 400, "bad_request"),
        ("not UTF-8", b'{"text": "\xff\xfe"}', 400, "bad_request"),
        ("nested deep", DEEP, 400, "bad_request"),
        ("NaN", b'{"scans": [{"tag": "1", "kilograms": NaN}]}', 400, "bad_request"),
        ("a name twice", b'{"format": "lines", "format": "csv"}', 400, "bad_request"),
        ("U+0000", b'{"format": "lines", "text": "\\u0000"}', 400, "bad_request"),
        ("half of a surrogate pair", b'{"format": "lines", "text": "\\ud800"}', 400, "bad_request"),
        ("a list", b"[]", 422, "invalid"),
        ("nothing", b"", 400, "bad_request"),
        ("ten megabytes", b" " * 10_000_000, 413, "request_entity_too_large"),
    ],
)  # fmt: skip
def test_scans__a_body_that_is_none__is_refused_and_nothing_kept(scene, label, raw, status, code):
    reader = reader_of(scene, "keeper")
    answer = reader.device.post(f"/gateway/readers/{reader.device.id}/scans", raw)
    assert (answer.status_code, answer.json["code"]) == (status, code), (label, answer.text)
    assert kept(scene) == (0, 0, 0)


def test_scans__with_half_of_a_file__are_refused_as_a_whole(scene):
    answer = reader_of(scene, "keeper").upload(format="csv", text="Name,Age\nx,3\n")
    assert (answer.status_code, answer.json["code"]) == (422, "gateway.not_a_session_file")
    answer = reader_of(scene, "neighbour").upload(format="csv", file="not base64")
    assert (answer.status_code, answer.json["code"]) == (422, "wrong_fields")
    assert answer.json["errors"] == [{"pointer": "#/file", "detail": "It is not base64."}]
    # A refusal is an answer, and has used its counter.
    assert kept(scene) == (0, 0, 2)


@pytest.mark.parametrize("what", ["another device", "altered", "unsigned", "with a query"])
def test_scans__that_the_device_did_not_sign__are_refused_and_nothing_kept(scene, what):
    reader, other = reader_of(scene, "keeper"), reader_of(scene, "neighbour")
    body = {"session": reader.session} | PLAIN
    path, raw, headers = other.device.sign(f"/gateway/readers/{other.device.id}/scans", body)
    if what == "another device":
        path = f"/gateway/readers/{reader.device.id}/scans"
        _, raw, headers = other.device.sign(path, body)
    elif what == "altered":
        raw = raw.replace(TAG.encode(), b"982000001088421")
    elif what == "unsigned":
        headers = {"Content-Type": "application/json"}
    else:
        path += "?session=other"
    answer = other.device.send(path, raw, headers)
    assert answer.status_code in {400, 403}, answer.text
    assert answer.json["code"] in {
        "forbidden", "gateway.bad_device_signature", "gateway.malformed_message",
    }  # fmt: skip
    assert kept(scene) == (0, 0, 0)


def test_scans__sent_again__are_answered_the_same_and_kept_once(scene):
    reader = reader_of(scene, "keeper")
    first = reader.scan(PIG, NEW_PIG)
    again = reader.device.send(*reader.device.sent[-1])
    assert again.data == first.data
    assert kept(scene) == (1, 2, 1)


def test_scans__the_same_counter_with_other_scans__is_a_conflict(scene):
    reader = reader_of(scene, "keeper")
    reader.scan(PIG)
    body = {"session": reader.session, "format": "lines", "text": TAG}
    answer = reader.device.post(f"/gateway/readers/{reader.device.id}/scans", body, counter=1)
    assert (answer.status_code, answer.json["code"]) == (409, "gateway.key_conflict")
    assert kept(scene)[:2] == (1, 1)


def test_scans__before_their_turn__wait_and_are_kept_in_order(scene):
    reader = reader_of(scene, "keeper")
    path = f"/gateway/readers/{reader.device.id}/scans"
    first = reader.device.sign(path, {"session": reader.session, "format": "lines", "text": PIG})
    second = reader.device.sign(path, {"session": reader.session, "format": "lines", "text": TAG})
    waiting = reader.device.send(*second)
    assert (waiting.status_code, waiting.json) == (202, {"state": "waiting", "missing": [[1, 1]]})
    assert kept(scene)[:2] == (0, 0)
    assert reader.device.send(*first).status_code == 200
    answer = reader.device.send(*second)
    assert [one["tag"] for one in answer.json["seen"]] == [PIG, TAG]


def test_scans__several_uploads__are_one_session(scene):
    reader = reader_of(scene, "keeper")
    reader.scan(PIG, NEW_PIG)
    answer = reader.upload(format="csv", text=f"EID,Weight\n{PIG},41.5\n,\n{PIG},42\n").json
    assert (answer["parts"], answer["scans"], answer["animals"], answer["duplicates"]) == (
        2,
        4,
        2,
        2,
    )
    read = itemgetter("tag", "part", "line", "times", "kilograms")
    assert list(map(read, answer["seen"])) == [(PIG, 1, 1, 3, 42.0), (NEW_PIG, 1, 2, 1, None)]


def test_scans__of_two_devices_under_one_session_s_id__are_two_sessions(scene):
    mine, theirs = reader_of(scene, "keeper"), reader_of(scene, "neighbour")
    theirs.session = mine.session
    mine.scan(PIG)
    assert [one["tag"] for one in theirs.scan(OTHER_PIG).json["seen"]] == [OTHER_PIG]


def test_scans__what_is_known__is_what_the_owner_may_see(scene):
    hall = scene.places["keeper"]
    medicine = {"product": "Oxytetracycline", "withdrawal_days": 14}
    scene.keeper.report("treatment", PIG, at=hall, details=medicine)
    mine = reader_of(scene, "keeper").scan(PIG, NEW_PIG).json["seen"]
    assert mine[0]["place"] == {"number": hall, "name": "Place of keeper"}
    assert (mine[0]["known"], mine[0]["withdrawal_until"]) == (True, "2026-12-09")
    assert (mine[1]["known"], mine[1]["status"], mine[1]["place"]) == (False, None, None)
    [theirs] = reader_of(scene, "neighbour").scan(PIG).json["seen"]
    assert (theirs["status"], theirs["province"]) == ("alive", "Jiwaka")
    assert (theirs["place"], theirs["withdrawal_until"], theirs["number"]) == (None, None, None)
    [officers] = reader_of(scene, "inspector").scan(PIG).json["seen"]
    assert officers["place"] == {"number": hall, "name": "Place of keeper"}


@pytest.mark.parametrize(
    ("told", "ahead", "sentence"),
    [
        ({"clock": "2026-11-28T11:02:03"}, 259_200, AHEAD),
        ({"clock": "25/11/2026 08:02:03"}, -10_800, BEHIND),
        ({"clock": "2026-11-25T01:32:03Z"}, 1_800, SOON),
        ({"clock": "2026-11-25T11:05:00"}, None, None),
        ({"clock": "yesterday"}, None, None),
        ({"text": f"{PIG} 28/11/2026 11:02:03"}, 259_200, AHEAD),
        ({"text": f"{PIG} 25/11/2020 11:02:03"}, None, None),
    ],
)  # fmt: skip
def test_scans__a_clock_that_is_wrong__is_told_and_changes_no_time(scene, told, ahead, sentence):
    answer = reader_of(scene, "keeper").upload(**(PLAIN | told)).json
    clock = answer["clock"] or {"ahead_seconds": None, "texts": {"en": None}}
    assert (clock["ahead_seconds"], clock["texts"]["en"]) == (ahead, sentence)
    if "text" in told:
        assert answer["seen"][0]["at"] == (
            "2026-11-28T11:02:03" if ahead else "2020-11-25T11:02:03"
        )


def test_scans__of_a_confirmed_session__are_refused(scene):
    reader = reader_of(scene, "keeper")
    reader.scan(PIG)
    assert reader.confirm("stocktake", premises=scene.places["keeper"]).status_code == 200
    answer = reader.scan(NEW_PIG)
    assert (answer.status_code, answer.json["code"]) == (409, "session_confirmed")
    assert kept(scene)[1] == 1


def test_scans__more_than_a_session_holds__are_refused_as_a_whole(scene):
    reader = reader_of(scene, "keeper")
    reader.scan(PIG)
    answer = reader.upload(text="\n".join(official(number) for number in range(100, 5_100)))
    assert (answer.status_code, answer.json["code"]) == (422, "too_many_scans")
    assert kept(scene)[1] == 1


def a_thousand(scene):
    """Seconds of an upload of a thousand scans, after one that warms up."""
    reader = reader_of(scene, "keeper")
    reader.another().scan(PIG)
    tags = [PIG, *(official(number) for number in range(1_000, 1_999))]
    begun = process_time()
    answer = reader.scan(*tags)
    took = process_time() - begun
    assert answer.json["animals"] == 1_000
    return took


def test_scans__a_thousand__are_kept_in_a_moment(scene):
    # The figure to reach is 0.2 s; this only catches a search for each single animal.
    assert a_thousand(scene) < 2


@pytest.mark.postgres
def test_scans__a_thousand_on_a_server__are_kept_in_a_moment(server_scene):
    assert a_thousand(server_scene) < 2


@pytest.mark.parametrize("form", ["lines", "csv"])
@pytest.mark.parametrize(
    "text", ["\n" * 500_000, "1\n" * 300_000, "\x021" * 140_000, ",\n" * 300_000, "9" * 900_000]
)
def test_scans__a_megabyte_of_anything__is_answered_soon(scene, form, text):
    reader = reader_of(scene, "keeper")
    begun = process_time()
    answer = reader.upload(format=form, text=text)
    assert process_time() - begun < 2
    assert answer.status_code in {200, 422}
