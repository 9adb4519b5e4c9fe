"""Diseases of pigs that people get: the health officer's task, and what each service learns."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from services.audit.findings import AuditReport
from services.audit.tasks import compare_tasks
from services.core.roles import Role
from services.doctor.checks import lacking
from services.livestock.domain.details import REPORTABLE
from services.livestock.domain.zoonoses import ZOONOSES
from services.runtime.workers import keep_time
from services.storage.models import Contact, Message, Premises, Task
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.numbers import local
from tests.services.world import SECRET, open_folder
from tests.threats.phones import CODE, Phones

KEEPER, OTHER, VET = "+67570000001", "+67570000002", "+67570000005"
HEALTH, ELSEWHERE, CLINICIAN = "+67570000006", "+67570000007", "+67570000008"
STRANGER = "+67570009991"
PIG, SECOND = "598000000000017", "598000000000025"


@pytest.fixture(scope="module")
def staffed(staged, tmp_path_factory):
    """Two keepers of Jiwaka, a veterinary and a health officer there, and one in Enga."""
    folder = shutil.copytree(staged[0], tmp_path_factory.mktemp("staffed") / "data")
    world = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    phones = Phones(world)
    for number, role, province in (
        (VET, Role.VETERINARY_OFFICER, "Jiwaka"),
        (HEALTH, Role.HEALTH_OFFICER, "Jiwaka"),
        (ELSEWHERE, Role.HEALTH_OFFICER, "Enga"),
        (CLINICIAN, Role.CLINICIAN, "Jiwaka"),
    ):
        with world.runtime.database.write() as session:
            row = party_of(Unit(session, world.runtime.database.vault), number)
            row.role, row.province, row.language = role.value, province, "en"
    for keeper, tag in ((KEEPER, PIG), (OTHER, SECOND)):
        phones.says(keeper, "PLACE Kuri house, Jiwaka")
        phones.says(keeper, f"REG {tag}")
    with world.runtime.database.write() as session:
        for row in session.scalars(select(Premises).where(Premises.province == "Jiwaka")):
            row.district, row.llg = "Anglimp South Waghi", "Kudjip"
    world.runtime.close()
    return folder


@pytest.fixture
def world(staffed, tmp_path):
    folder = shutil.copytree(staffed, tmp_path / "data")
    opened = open_folder(folder, BILUM_TWILIO_AUTH_TOKEN=SECRET)
    yield opened
    opened.runtime.close()


@pytest.fixture
def phones(world):
    return Phones(world, count(2000))


def keep(world, minutes=2):
    world.runtime.clock.pass_by(timedelta(minutes=minutes).total_seconds())
    keep_time(world.runtime)


def tasks(world, kind="zoonosis"):
    with world.runtime.database.read() as session:
        rows = session.scalars(select(Task).where(Task.kind == kind).order_by(Task.id)).all()
        session.expunge_all()
        return rows


def texts(world, number):
    wanted = select(Message).where(Message.purpose == "task").order_by(Message.id)
    with world.runtime.database.read() as session:
        return [one.body for one in session.scalars(wanted) if one.recipient == number]


def party(world, number):
    index = world.runtime.database.vault.index(number)
    with world.runtime.database.read() as session:
        return session.scalars(select(Contact.party_id).where(Contact.number_index == index)).one()


def read(world, task, number, role):
    headers = world.bearer(role, party(world, number))
    return world.app.test_client().get(f"/api/v1/tasks/{task.public_id}", headers=headers)


def result(phones, words):
    return phones.says(VET, CODE.search(phones.says(VET, f"RESULT {words}"))[0])


def test_list__every_zoonosis__can_be_reported_and_has_its_source():
    assert set(ZOONOSES) <= set(REPORTABLE)
    assert all("WHO" in told for told in ZOONOSES.values())


@pytest.mark.slow
def test_suspicion__of_anthrax__is_a_task_of_the_health_officer_of_the_province(world, phones):
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    keep(world)
    [task] = tasks(world)
    assert (task.service, task.province, task.code) == ("one_health", "Jiwaka", "anthrax")
    assert (task.party_id, task.programme) == (None, None)
    [told] = texts(world, HEALTH)
    assert task.number in told
    assert "anthrax in pigs" in told
    assert len(told) <= 160
    assert texts(world, ELSEWHERE) == texts(world, CLINICIAN) == []
    shown = phones.says(HEALTH, f"TASK {task.number}")
    assert "anthrax in pigs (1)" in shown
    assert "Kudjip, Anglimp South Waghi" in shown
    assert local(VET) in shown
    for secret in (local(KEEPER), "Kuri", PIG):
        assert secret not in shown + told


def test_api__of_the_task__names_an_office_and_no_keeper(world, phones):
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    [task] = tasks(world)
    seen = read(world, task, HEALTH, Role.HEALTH_OFFICER)
    assert (seen.status_code, seen.json["phone"]) == (200, VET)
    assert seen.json["place"]["name"] == "Kudjip, Anglimp South Waghi"
    assert KEEPER not in seen.text
    assert "Kuri" not in seen.text
    event = seen.json["about"][0]["id"]
    headers = world.bearer(Role.HEALTH_OFFICER, party(world, HEALTH))
    for path in (f"/events/{event}", "/premises", "/flags", "/concerns", "/outbreaks", "/inbox"):
        answer = world.app.test_client().get(f"/api/v1{path}", headers=headers)
        assert KEEPER not in answer.text
        assert "Kuri" not in answer.text


@pytest.mark.parametrize(
    ("number", "role"),
    [
        (ELSEWHERE, Role.HEALTH_OFFICER),
        (VET, Role.VETERINARY_OFFICER),
        (CLINICIAN, Role.CLINICIAN),
    ],
)
def test_task__others_than_the_provinces_health_officer__do_not_see_it(world, phones, number, role):
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    [task] = tasks(world)
    assert read(world, task, number, role).status_code == 404
    assert task.number not in phones.says(number, "TASKS")
    phones.says(number, f"DONE {task.number}")
    assert tasks(world)[0].closed_at is None


def test_health_officer__sees_no_task_of_pigs_and_no_concern(world, phones):
    phones.says(KEEPER, "SICK 3 fever")
    phones.says(OTHER, "I have chest pain")
    keep(world)
    assert tasks(world) == []
    others = [*tasks(world, "alarm"), *tasks(world, "concern")]
    assert others
    for one in others:
        assert read(world, one, HEALTH, Role.HEALTH_OFFICER).status_code == 404


@pytest.mark.slow
def test_livestock__learns_that_it_was_taken_and_ended__and_nothing_else(world, phones):
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    keep(world)
    [task], [alarm] = tasks(world), tasks(world, "alarm")
    seen = [read(world, alarm, VET, Role.VETERINARY_OFFICER).json["counterpart"]]
    phones.says(HEALTH, f"TAKE {task.number}")
    seen.append(read(world, alarm, VET, Role.VETERINARY_OFFICER).json["counterpart"])
    phones.says(HEALTH, f"NOTE {task.number} two people have sores")
    phones.says(HEALTH, f"DONE {task.number} they are treated")
    last = read(world, alarm, VET, Role.VETERINARY_OFFICER)
    assert [*seen, last.json["counterpart"]] == ["waiting", "taken", "ended"]
    assert "sores" not in last.text
    assert "treated" not in last.text
    with world.runtime.database.read() as session:
        report = AuditReport()
        compare_tasks(session, report)
    assert report.findings == []


@pytest.mark.slow
@pytest.mark.parametrize("text", ["anthrax!!!", "ANTHRAX", "antraks long pik bilong mi"])
def test_joker__from_an_unknown_phone__is_one_task_however_often(world, phones, text):
    for _ in range(5):
        phones.sends(STRANGER, text)
    keep(world)
    assert len(tasks(world)) == 1
    assert len(texts(world, HEALTH)) == 1


def test_joker__with_a_place_of_their_own__is_one_task_and_one_text(world, phones):
    phones.says(STRANGER, "PLACE Nowhere, Jiwaka")
    for text in ("anthrax!!!", "my pigs have anthrax", "SICK 3 anthrax", "SICK 9 anthrax"):
        phones.sends(STRANGER, text)
    keep(world)
    [task] = tasks(world)
    assert "(9)" in phones.says(HEALTH, f"TASK {task.number}")
    assert len(texts(world, HEALTH)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "is this anthrax?", "no anthrax here", "it is not anthrax", "what is anthrax",
        "can people get anthrax?", "SICK 1 not anthrax", "there was anthrax on the radio",
    ],
)  # fmt: skip
def test_question_and_denial__make_no_task(world, phones, text):
    phones.sends(KEEPER, text)
    keep(world)
    assert tasks(world) == []


@pytest.mark.slow
def test_result__doubled__is_one_task_with_one_text(world, phones):
    phones.says(VET, f"SAMPLE {PIG} BLOOD S-17")
    for _ in range(2):
        result(phones, "S-17 BRUCELLOSIS POS")
    keep(world)
    [task], [alarm] = tasks(world), tasks(world, "alarm")
    assert (task.code, alarm.code, alarm.service) == ("brucellosis", "brucellosis", "livestock")
    assert len(texts(world, HEALTH)) == 1
    assert phones.says(KEEPER, f"OK {PIG}").startswith("YES") or "brucellosis" not in phones.says(
        KEEPER, f"OK {PIG}"
    )


def test_result__positive_for_anthrax__is_a_task_beside_the_outbreak(world, phones):
    phones.says(VET, f"SAMPLE {PIG} BLOOD S-17")
    result(phones, "S-17 ANTHRAX POS")
    assert [one.code for one in tasks(world)] == ["anthrax"]


def test_result__of_a_sample_that_nobody_took__makes_no_task(world, phones):
    phones.says(VET, "RESULT S-99 ANTHRAX POS")
    assert tasks(world) == []


def test_result__negative__ends_the_task_and_tells_the_health_officer(world, phones):
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    keep(world)
    phones.says(VET, f"SAMPLE {PIG} BLOOD S-17")
    result(phones, "S-17 ANTHRAX NEG")
    [task] = tasks(world)
    assert task.outcome == "settled"
    told = texts(world, HEALTH)[-1]
    assert told == (
        f"Task {task.number} has ended: a laboratory found no anthrax in the pigs in Jiwaka. "
        "There is nothing more to do."
    )
    assert len(told) <= 160


@pytest.mark.slow
def test_result__negative_of_one_pig__leaves_the_task_of_another(world, phones):
    phones.says(KEEPER, "REG 598000000000033")
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    phones.says(VET, "SAMPLE 598000000000033 BLOOD S-18")
    result(phones, "S-18 ANTHRAX NEG")
    assert tasks(world)[0].closed_at is None
    phones.says(VET, f"SAMPLE {PIG} BLOOD S-17")
    result(phones, "S-17 ANTHRAX POS")
    phones.says(VET, f"SAMPLE {PIG} BLOOD S-19")
    result(phones, "S-19 ANTHRAX NEG")
    [task] = tasks(world)
    assert task.closed_at is None


@pytest.mark.slow
def test_correction__it_was_erysipelas__ends_the_task_and_tells_the_health_officer(world, phones):
    answer = phones.says(KEEPER, f"SICK {PIG} anthrax")
    keep(world)
    receipt = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", answer)[0]
    phones.takes_back(KEEPER, receipt)
    phones.says(KEEPER, f"SICK {PIG} erysipelas red skin")
    keep(world)
    [task] = tasks(world)
    assert task.outcome == "settled"
    assert "was declared wrong" in texts(world, HEALTH)[-1]
    keep(world)
    assert len(texts(world, HEALTH)) == 2


def test_province__without_a_health_officer__is_told_to_another_and_doctor_says_so(world, phones):
    with world.runtime.database.write() as session:
        row = party_of(Unit(session, world.runtime.database.vault), HEALTH)
        row.role = Role.KEEPER.value
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    keep(world)
    assert len(texts(world, ELSEWHERE)) == 1
    assert any(
        line.startswith("no health officer can be reached in") and "Jiwaka" in line
        for line in lacking(world.runtime)
    )


def test_nobody__is_health_officer__the_task_waits_for_who_becomes_one(world, phones):
    with world.runtime.database.write() as session:
        for number in (HEALTH, ELSEWHERE):
            row = party_of(Unit(session, world.runtime.database.vault), number)
            row.role = Role.KEEPER.value
    phones.says(KEEPER, f"SICK {PIG} anthrax")
    keep(world)
    assert tasks(world)[0].told_at is None
    with world.runtime.database.write() as session:
        party_of(Unit(session, world.runtime.database.vault), HEALTH).role = "health-officer"
    keep(world)
    assert len(texts(world, HEALTH)) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("rabies", "rabies"),
        ("leptospirosis", "leptospirosis"),
        ("swine flu", "swine_influenza"),
        ("brucellosis", "brucellosis"),
        ("japanese encephalitis", "japanese_encephalitis"),
        ("cysticercosis", "cysticercosis"),
    ],
)
def test_suspicion__of_another_zoonosis__tells_both_and_binds_nothing(world, phones, words, code):
    phones.says(KEEPER, f"SICK {PIG} {words}")
    keep(world)
    assert [one.code for one in tasks(world)] == [code]
    vet = world.bearer(Role.VETERINARY_OFFICER, party(world, VET))
    outbreaks = world.app.test_client().get("/api/v1/outbreaks", headers=vet).json["items"]
    assert outbreaks == []
    with world.runtime.database.read() as session:
        alarms = session.scalars(select(Message).where(Message.purpose == "alarm")).all()
        assert len(alarms) == 1
        assert words.split()[0].casefold() in alarms[0].body.casefold()
        assert len(alarms[0].body) <= 160
