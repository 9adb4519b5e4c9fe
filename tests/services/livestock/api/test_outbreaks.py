"""Orders, notices and outbreaks through the API."""

from __future__ import annotations

import csv
import io
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from services.core.roles import Role
from services.livestock.domain.model import Key
from services.livestock.recording.identity import ensure_premises
from services.storage.models import Contact, Message, Party, Premises

VET = Role.VETERINARY_OFFICER
PHONE = "+67570000021"
ZONE = {
    "kind": "zone",
    "status": "infected",
    "disease": "african_swine_fever",
    "area": {"provinces": ["Jiwaka"]},
    "area_name": "Jiwaka",
    "since": "2026-11-25",
}
SIGNS_OF_A_PAGE = "<!doctype html>"


@pytest.fixture
def keeper(world):
    """A keeper in Jiwaka with a phone; the number of his premises."""
    with world.runtime.database.write() as session:
        party = Party(public_id=uuid4(), role="keeper", language="en")
        session.add(party)
        session.flush()
        index = world.runtime.database.vault.index(PHONE)
        session.add(Contact(party_id=party.id, number=PHONE, number_index=index))
        key = Key("premises", "1")
        row = session.get_one(Premises, ensure_premises(session, [key])[key].id)
        row.province, row.keeper_id, row.name = "Jiwaka", party.id, "Kuri"
    return "premises:1"


@pytest.fixture
def officer(world):
    """Makes an officer who posts."""

    def make():
        with world.runtime.database.write() as session:
            party = Party(public_id=uuid4(), role=VET.value)
            session.add(party)
            session.flush()
            key = party.id
        headers = world.bearer(VET, key)

        def post(path, body=None):
            once = headers | {"Idempotency-Key": str(uuid4())}
            return world.app.test_client().post(f"/api/v1{path}", json=body or {}, headers=once)

        return post

    return make


@pytest.fixture
def outbreak(world, keeper):
    body = {"disease": ZONE["disease"], "premises": keeper, "began_on": "2026-11-23"}
    answer = world.post("/api/v1/outbreaks", body, VET)
    assert answer.status_code == 201, answer.json
    return answer.json["number"]


def read(world, path, role=Role.INSPECTOR):
    return world.get(f"/api/v1{path}", role)


def sent(world):
    with world.runtime.database.read() as session:
        return session.scalar(select(func.count()).where(Message.purpose == "notice"))


def test_order__declared__tells_whom_a_notice_would_reach_and_what_it_costs(world, keeper):
    answer = world.post("/api/v1/orders", ZONE, VET)
    assert (answer.status_code, answer.json["number"]) == (201, "Z-2026-1")
    assert answer.json["reach"] == {"keepers": 1, "segments": 1, "cost": 25}
    assert read(world, "/orders/z-2026-1").json == answer.json
    assert sent(world) == 0


def test_order__by_numbers_of_premises__binds_them(world, keeper):
    body = {name: value for name, value in ZONE.items() if name not in {"status", "area"}}
    answer = world.post("/api/v1/orders", body | {"kind": "quarantine", "premises": [keeper]}, VET)
    assert (answer.status_code, answer.json["number"]) == (201, "Q-2026-1")
    assert list(answer.json["area"]) == ["premises"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"area": None}, "#/area"),
        ({"premises": ["1068"]}, "#/area"),
        ({"area": {"provinces": ["Atlantis"]}}, "#/provinces"),
        ({"status": None}, "#/status"),
        ({"until": "2026-11-24"}, "#/until"),
        ({"kind": "wish"}, "#/kind"),
        ({"number": "12/26"}, "#/number"),
    ],
)
def test_order__that_cannot_be__points_at_the_field(world, change, pointer):
    answer = world.post("/api/v1/orders", ZONE | change, VET)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)


def test_orders__by_day__are_those_in_force(world):
    for since in ("2026-11-20", "2026-12-20"):
        world.post("/api/v1/orders", ZONE | {"since": since}, VET)
    everything = read(world, "/orders?limit=1").json
    assert [one["number"] for one in everything["items"]] == ["Z-2026-1"]
    assert everything["next"]
    found = read(world, "/orders?on=2026-12-20").json["items"]
    assert [one["number"] for one in found] == ["Z-2026-1", "Z-2026-2"]
    assert len(read(world, "/orders?on=2026-11-25").json["items"]) == 1


def test_order__lifted__binds_no_longer_and_cannot_be_lifted_again(world):
    world.post("/api/v1/orders", ZONE, VET)
    lifted = world.post("/api/v1/orders/Z-2026-1/lift", {"on": "2026-11-26"}, VET)
    assert (lifted.status_code, lifted.json["until"]) == (200, "2026-11-26")
    again = world.post("/api/v1/orders/Z-2026-1/lift", {}, VET)
    assert (again.status_code, again.json["code"]) == (409, "order_ended")


def test_notice__two_officers__is_sent_once(world, keeper, officer):
    first, second = officer(), officer()
    number = first("/orders", ZONE).json["number"]
    draft = first(f"/orders/{number}/notices")
    assert (draft.status_code, draft.json["unreviewed"], sent(world)) == (201, ["tpi"], 0)
    path = f"/notices/{draft.json['id']}/approve"
    own = first(path)
    assert (own.status_code, own.json["code"], sent(world)) == (403, "same_officer", 0)
    assert [second(path).json["recipients"] for _ in range(2)] == [1, 1]
    assert sent(world) == 1
    [listed] = read(world, f"/orders/{number}/notices").json["items"]
    assert listed == read(world, f"/notices/{draft.json['id']}").json
    assert listed["state"] == "approved"


def test_notice__token_of_nobody__may_neither_draft_nor_approve(world, keeper, officer):
    post = officer()
    number = post("/orders", ZONE).json["number"]
    draft = post(f"/orders/{number}/notices").json["id"]
    for path in (f"/orders/{number}/notices", f"/notices/{draft}/approve"):
        answer = world.post(f"/api/v1{path}", {}, VET)
        assert (answer.status_code, answer.json["code"]) == (403, "needs_a_person")


def test_outbreak__state__changes_by_steps(world, outbreak):
    for state, status in [("controlled", 409), ("confirmed", 200), ("suspect", 409)]:
        answer = world.post(f"/api/v1/outbreaks/{outbreak}/state", {"state": state}, VET)
        assert answer.status_code == status
    assert read(world, f"/outbreaks/{outbreak}").json["state"] == "confirmed"
    assert [one["number"] for one in read(world, "/outbreaks").json["items"]] == [outbreak]


@pytest.mark.parametrize("path", ["/outbreaks/1234", "/orders/Z-1", f"/notices/{UUID(int=7)}"])
def test_reading__what_is_not_there__is_not_found(world, path):
    assert read(world, path).status_code == 404


def test_reports__of_an_outbreak__are_there_as_json_page_and_tables(world, outbreak):
    world.post("/api/v1/orders", ZONE | {"outbreak": outbreak}, VET)
    seen = read(world, f"/outbreaks/{outbreak}/situation", Role.AUDITOR).json
    assert [line["number"] for line in seen["orders"]] == ["Z-2026-1"]
    assert (seen["on"], seen["total"]["sick"]) == ("2026-11-25", 0)
    page = read(world, f"/outbreaks/{outbreak}/situation.html")
    assert page.content_type == "text/html; charset=utf-8"
    assert page.text.startswith(SIGNS_OF_A_PAGE)
    assert "Kuri" not in page.text
    woah = read(world, f"/outbreaks/{outbreak}/woah?on=2026-11-24").json
    assert (woah["event"], woah["report_date"]) == (outbreak, "2026-11-24")
    for name, column in [("woah.csv", "killed_and_disposed_of"), ("compensation.csv", "receipt")]:
        table = read(world, f"/outbreaks/{outbreak}/{name}")
        assert table.content_type == "text/csv; charset=utf-8"
        assert column in next(csv.reader(io.StringIO(table.text)))


def test_woah__described_and_sent__is_the_first_report_and_proven(world, outbreak):
    world.post(f"/api/v1/outbreaks/{outbreak}/state", {"state": "confirmed"}, VET)
    path = f"/outbreaks/{outbreak}/woah"
    early = world.post(f"/api/v1{path}/sent", {}, VET)
    assert (early.status_code, early.json["code"]) == (409, "reason_not_given")
    told = {"reason": "recurrence", "comment": "One village near the highway."}
    answer = world.post(f"/api/v1{path}", told, VET)
    assert (answer.status_code, answer.json["report"]) == (200, "Immediate notification")
    assert answer.json["epidemiological_comments"] == told["comment"]
    sent = world.post(f"/api/v1{path}/sent", {}, VET)
    assert (sent.status_code, sent.json["report"], sent.json["number"]) == (200, "immediate", 1)
    [listed] = read(world, f"{path}/sent", Role.AUDITOR).json["items"]
    assert (listed["unchanged"], listed["sent"]) == (True, sent.json)
    due = read(world, path).json
    assert (due["report"], due["report_number"], due["changes"]) == ("Follow-up report", 2, [])


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "because"},
        {"reason": None},
        {"comment": "x" * 1001},
        {"comment": "Ring 7123 4567"},
        {"other": "x"},
    ],
)
def test_woah__description_that_cannot_be__is_refused(world, outbreak, change):
    body = {"reason": "recurrence"} | change
    assert world.post(f"/api/v1/outbreaks/{outbreak}/woah", body, VET).status_code == 422
    assert read(world, f"/outbreaks/{outbreak}/woah").json["reason_for_notification"] is None


def test_six_monthly__as_json_and_table__has_every_disease_and_province(world, outbreak):
    path = "/woah/six-monthly?period=2026-H2"
    report = read(world, path, Role.AUDITOR).json
    assert (report["period"], report["changes"]) == ("2026-H2", [])
    found = {
        one["occurrence"]: one["cases"]
        for one in report["rows"]
        if one["disease"].startswith("African")
    }
    assert found == {"suspected": None, "no information": None}
    table = read(world, path.replace("monthly?", "monthly.csv?"))
    assert len(list(csv.DictReader(io.StringIO(table.text)))) == len(report["rows"])
    since = read(world, f"{path}&since=2026-11-01T00:00:00Z").json["changes"]
    [changed] = [one for one in since if one["field"] == "occurrence"]
    assert (changed["before"], changed["after"]) == ("no information", "suspected")
    wrong = read(world, "/woah/six-monthly?period=2026")
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid")


@pytest.mark.parametrize("role", [Role.KEEPER, Role.CLINICIAN, Role.ABATTOIR])
@pytest.mark.parametrize(
    "path", ["/woah/six-monthly?period=2026-H2", "/outbreaks/1/woah", "/outbreaks/1/woah/sent"]
)
def test_woah__others_than_officers_and_auditors__is_forbidden(world, role, path):
    assert read(world, path, role).status_code == 403


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.AUDITOR, Role.KEEPER])
@pytest.mark.parametrize(
    "path",
    [
        "/outbreaks/1/woah",
        "/outbreaks/1/woah/sent",
        "/orders",
        "/orders/Z-2026-1/lift",
        "/outbreaks",
        f"/notices/{UUID(int=7)}/approve",
    ],
)
def test_writing__others_than_officers__is_forbidden(world, role, path):
    answer = world.post(f"/api/v1{path}", ZONE, role)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_preview__of_an_order__tells_what_it_would_do_and_stores_nothing(world, keeper):
    answer = world.post("/api/v1/orders/preview", ZONE, VET)
    expected = {"places": 1, "unsure": 0, "keepers": 1, "segments": 1, "cost": 25, "permits": 0}
    assert answer.status_code == 200, answer.text
    assert {name: answer.json[name] for name in expected} == expected
    assert (answer.json["stopped"], answer.json["same"]) == ([], None)
    assert world.get("/api/v1/orders", VET).json["items"] == []
    assert world.post("/api/v1/orders", ZONE | {"number": "G 7"}, VET).status_code == 201
    assert world.post("/api/v1/orders/preview", ZONE, VET).json["same"] == "G 7"
    taken = world.post("/api/v1/orders/preview", ZONE | {"number": "g 7"}, VET)
    assert (taken.status_code, taken.json["code"]) == (409, "order_number_taken")
    bad = world.post("/api/v1/orders/preview", ZONE | {"area": {"circles": [1]}}, VET)
    assert bad.status_code == 422
    assert world.post("/api/v1/orders/preview", ZONE, Role.INSPECTOR).status_code == 403
    lifted = {"on": "2026-11-25", "reason": "whim"}
    assert world.post("/api/v1/orders/g 7/lift", lifted, VET).status_code == 422
    assert world.post("/api/v1/orders/g 7/lift", lifted | {"reason": "mistaken"}, VET).json["until"]
