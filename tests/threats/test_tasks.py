"""Attacks on tasks: who sees, takes and ends them, and how many a flood makes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from gateway.tags import issue
from services.audit.findings import AuditReport
from services.audit.tasks import compare_tasks
from services.core.roles import Role
from services.messaging.person_erasure import erase_leftovers, forget
from services.messaging.tasks import model
from services.messaging.tasks.history import erase_old_notes
from services.messaging.tasks.model import TaskKind
from services.messaging.tasks.numbers import is_task_number, task_number
from services.runtime.workers import keep_tasks
from services.storage.models import Access, Arrival, Concern, Message, Task, TaskEntry, TaskSource
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from sms.numbers import local
from tests.threats.phones import journal
from tests.threats.test_inbox import PLAIN, READERS, SICK, appointed, country, settled

__all__ = ["country", "settled"]

KEEPER, OTHER = "keeper in Jiwaka", "keeper in Enga"
PIG = "598000000000017"
MOST = 10


def tasks_of(country, *kinds):
    """Return the open tasks of some kinds, or of all, oldest first."""
    with country.world.runtime.database.read() as session:
        rows = session.scalars(select(Task).where(Task.closed_at.is_(None)).order_by(Task.id)).all()
        session.expunge_all()
        return [row for row in rows if not kinds or row.kind in kinds]


def keep(country):
    keep_tasks(country.world.runtime)


def make_each(country):
    """Let one thing of each kind happen, but what the clock alone finds."""
    country.send(KEEPER, PLAIN)
    country.send(KEEPER, f"REG {PIG}")
    country.send(OTHER, "REG 598000000000025")
    country.send(KEEPER, f"PERMIT {PIG} to {country.numbers[OTHER]}")
    country.send(KEEPER, "SICK 3 fever")
    country.send(KEEPER, f"MOVE {PIG} {country.numbers[OTHER]} 7/11")
    country.send(OTHER, f"ARRIVE {PIG} 8/11")
    country.send(KEEPER, f"MOVE {PIG} {country.numbers[OTHER]} 9/11")
    country.send("smoker in Jiwaka", "I have chest pain")


@pytest.mark.slow
def test_every_cause__has_its_task__with_service_and_province(country):
    make_each(country)
    keep(country)
    found = {(one.kind, one.service, one.province) for one in tasks_of(country)}
    assert found >= {
        ("permit", "livestock", "Jiwaka"),
        ("alarm", "livestock", "Jiwaka"),
        ("flag", "livestock", "Jiwaka"),
        ("overdue", "livestock", "Enga"),
        ("message", "livestock", "Jiwaka"),
        ("concern", "health", "Jiwaka"),
    }
    assert all(one.party_id is None for one in tasks_of(country) if one.service == "health")


@pytest.mark.slow
def test_thefts_and_found_pigs__are_tasks_of_those_who_are_told(country):
    country.send(OTHER, f"REG {PIG}")
    country.send(OTHER, f"STOLEN {PIG}")
    country.send(KEEPER, f"OK {PIG}")
    country.send("stranger", "I found a dead pig")
    found = {(one.code, one.province) for one in tasks_of(country, "alarm")}
    assert found == {("stolen", "Enga"), ("stolen_seen", "Enga"), ("found", None)}


@pytest.mark.slow
def test_upgrade__what_is_open_without_a_task__gets_one_and_what_is_settled_none(country):
    make_each(country)
    keep(country)
    before = sorted((one.kind, one.province) for one in tasks_of(country))
    with country.world.runtime.database.write() as session:
        for table in (TaskEntry, TaskSource, Task):
            session.execute(delete(table))
    for _ in range(2):
        keep(country)
    alarms = [one for one in before if one[0] == TaskKind.ALARM]
    again = sorted((one.kind, one.province) for one in tasks_of(country))
    assert sorted([*again, *alarms]) == before


def test_flood__of_junk_by_many_numbers__is_few_tasks(country, monkeypatch):
    """Threat: ten thousand texts that mean nothing bury the tasks that matter."""
    monkeypatch.setattr(model, "MOST_OF_PROVINCE", MOST)
    database, now = country.world.runtime.database, country.world.runtime.clock()
    with database.write() as session:
        for number in range(3 * MOST):
            session.add(
                Arrival(
                    key_digest=number.to_bytes(32),
                    content_digest=b"",
                    channel="twilio-sms",
                    received_at=now - timedelta(seconds=number),
                    sender=f"+675700{number:05}",
                    payload="junk",
                    service="unknown",
                )
            )
    keep(country)
    junk = tasks_of(country, "message")
    assert len(junk) == MOST + 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(TaskSource)) == 3 * MOST
    country.send(KEEPER, SICK)
    assert len(tasks_of(country, "alarm")) == 1


def test_sender__of_many_texts_that_mean_nothing__has_one_task(country):
    """Threat: one phone makes a task with every text."""
    for number in range(5):
        country.send("stranger", f"bla {number}")
    keep(country)
    assert len(tasks_of(country, "message")) == 1


@pytest.mark.parametrize("kind", ["message", "concern"])
def test_forgotten_person__their_tasks_end_and_the_notes_go(country, kind):
    """Threat: a note of a task keeps a name or a number that FORGET was to erase."""
    who = "smoker in Jiwaka"
    country.send(who, PLAIN if kind == "message" else "I have chest pain")
    keep(country)
    (task,) = tasks_of(country, kind)
    database, clock = country.world.runtime.database, country.world.runtime.clock
    with database.write() as session:
        note = TaskEntry(task_id=task.id, at=clock(), kind="note", text="Maria, 70000031")
        session.add(note)
    forgotten(country, who)
    keep(country)
    assert tasks_of(country, kind) == []
    with database.read() as session:
        assert set(session.scalars(select(TaskEntry.text))) == {None}


def test_keeper__who_is_forgotten__can_be_called_by_no_task(country):
    """Threat: a task tells whom FORGET erased."""
    country.send(KEEPER, SICK)
    assert tasks_of(country, "alarm")[0].party_id is not None
    forgotten(country, KEEPER)
    assert [one.party_id for one in tasks_of(country, "alarm")] == [None]


VETS = {"vet of Jiwaka": "+67571000100", "vet of Enga": "+67571010101"}
VET, VET_OF_ENGA = VETS
COUNTRYS = "vet of the country"
CLINICIAN, OTHERS = "clinician of tobacco in Jiwaka", "clinician of diabetes in Jiwaka"


def says(country, reader, text, wait=600):
    """Send a text from the phone of somebody on duty, and return the newest text to it."""
    number = number_of(reader)
    answer = country.world.sms(text, f"SM{next(country.ids)}", number)
    assert answer.status_code == 200, answer.text
    country.world.runtime.clock.pass_by(wait)
    with country.world.runtime.database.read() as session:
        rows = session.scalars(select(Message).order_by(Message.id.desc())).all()
        return next((row.body for row in rows if row.recipient == number), "")


def number_of(reader):
    at = 100 + list(READERS).index(reader)
    return f"+6757{at}0{at}"


def texts_to(country, reader, purpose="task"):
    with country.world.runtime.database.read() as session:
        rows = session.scalars(select(Message).where(Message.purpose == purpose)).all()
        return [row.body for row in rows if row.recipient == number_of(reader)]


def alarmed(country):
    country.send(KEEPER, "SICK 3 fever")
    return tasks_of(country, "alarm")[-1].number


def test_officer__by_sms__sees_takes_notes_and_ends_a_task(country):
    number = alarmed(country)
    assert says(country, VET, "TASKS") == (
        f"Tasks: 1. Oldest first: task {number}: sick pigs. To see one, send TASK and its number."
    )
    shown = says(country, VET, f"Task {number}?")
    assert "sick pigs" in shown
    assert f"Call {local(country.numbers[KEEPER])}." in shown
    assert shown.endswith(f"Send TAKE {number}")
    assert says(country, VET, f"take {number}").endswith(f"At the end: DONE {number}")
    assert says(country, VET, f"CALLED {number} comes tomorrow") == f"We added it to task {number}."
    assert says(country, VET, f"NOTE {number} took a sample") == f"We added it to task {number}."
    ended = says(country, VET, f"DONE {number} wrong number, no sick pigs")
    assert ended.startswith(f"Task {number} has ended: sick pigs.")
    assert tasks_of(country, "alarm") == []
    with country.world.runtime.database.read() as session:
        row = session.scalars(select(Task).where(Task.number == number)).one()
        assert row.outcome == "mistaken"
        kinds = session.scalars(select(TaskEntry.kind).where(TaskEntry.task_id == row.id)).all()
    assert kinds == ["made", "told", "taken", "call", "note", "closed"]


def test_others__of_another_province_or_service__have_no_task_of_this_number(country):
    """Threat: an officer of another province or service reads or ends a task."""
    number = alarmed(country)
    for word in ("TASK", "TAKE", "DONE", "NOTE", "CALLED", "OPEN"):
        for reader in (VET_OF_ENGA, CLINICIAN):
            refused = says(country, reader, f"{word} {number} all is well")
            assert refused.startswith(f"No task of yours has the number {number}."), (word, reader)
    assert [one.number for one in tasks_of(country, "alarm")] == [number]


def test_officer__and_a_concern__never_meet(country):
    """Threat: an officer of pigs reads of a person's health, or a clinician of another course."""
    country.send("smoker in Jiwaka", "I have chest pain")
    (task,) = tasks_of(country, "concern")
    for reader in (VET, COUNTRYS, OTHERS, "clinician of tobacco in Enga", "administrator"):
        assert says(country, reader, f"TASK {task.number}").startswith("No task of yours"), reader
        assert "person to call" not in says(country, reader, "TASKS"), reader
    shown = says(country, CLINICIAN, f"TASK {task.number}")
    assert local(country.numbers["smoker in Jiwaka"]) in shown
    says(country, CLINICIAN, f"DONE {task.number} sent to the clinic")
    with country.world.runtime.database.read() as session:
        concern = session.scalars(select(Concern)).one()
        assert (concern.handled_at is None, concern.note) == (False, "sent to the clinic")
        assert session.scalars(select(Access.what)).all() == ["SMS TASK"]


def test_stranger__types_done__ends_nothing_and_learns_nothing(country):
    """Threat: anybody ends an alarm by its number."""
    number = alarmed(country)
    for who in (KEEPER, "stranger", "smoker in Jiwaka"):
        country.send(who, f"DONE {number}")
        assert not any(number in text for text in country.texts(who, "reply"))
    assert len(tasks_of(country, "alarm")) == 1


def test_forged_officer__ends_a_task__the_officer_is_told_and_opens_it_again(country):
    """Threat: who forges an officer's number ends the alarms of a province."""
    number = alarmed(country)
    told = says(country, VET, f"DONE {number}")
    assert told.endswith(f"If you did not send this, send OPEN {number}")
    assert says(country, VET, f"OPEN {number}") == f"Task {number} is open again."
    assert len(tasks_of(country, "alarm")) == 1
    told = [one["details"]["change"] for one in journal(country.world, "task")]
    assert told == ["closed", "reopened"]


def test_two_officers__take_one_task__the_second_is_told_and_cannot_end_it(country):
    """Threat: two officers drive to one village, or one ends what the other has begun."""
    number, inspector = alarmed(country), "inspector of Jiwaka"
    says(country, VET, f"TAKE {number}")
    for word in ("TAKE", "DONE"):
        assert says(country, inspector, f"{word} {number}").startswith("Another has task"), word
    assert says(country, inspector, f"TASK {number}").endswith("Another has it.")
    assert says(country, inspector, f"NOTE {number} I am near").startswith("We added")
    says(country, VET, f"DONE {number}")
    again = says(country, VET, f"DONE {number}")
    assert again.startswith(f"Task {number} has ended before.")


def test_permit__that_waits__its_task_ends_with_the_decision_alone(country):
    """Threat: the task is ended, and the keeper waits for an answer that nobody owes."""
    country.send(KEEPER, f"REG {PIG}")
    country.send(KEEPER, f"PERMIT {PIG} to {country.numbers[OTHER]}")
    (task,) = tasks_of(country, "permit")
    shown = says(country, VET, f"TASK {task.number}")
    permit = re.search(r"permit asked for (\d+)\.", shown)[1]
    refused = says(country, VET, f"DONE {task.number}")
    assert refused.startswith("First decide on the permit")
    said = says(country, VET, f"PERMIT {permit} NO", wait=60)
    says(country, VET, re.search(r"code (\d{6})", said)[1])
    assert tasks_of(country, "permit") == []


def test_number_with_a_wrong_digit__is_no_task_at_all(country):
    """Threat: a typo ends somebody else's task."""
    number = alarmed(country)
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in "0123456789"
        if digit != number[place]
    ]
    assert not any(map(is_task_number, wrong))
    assert says(country, VET, f"DONE {wrong[-1]}").startswith("No task of yours")


def test_number_of_a_task__is_never_that_of_a_pig():
    """Threat: an officer types a pig's number after DONE."""
    ours = {task_number(counter) for counter in range(10, 20_000)}
    others = {issue(counter) for counter in range(10, 20_000)}
    assert not (ours & others) - {None}


def pass_hours(country, hours):
    for _ in range(hours):
        country.world.runtime.clock.pass_by(3600)
        keep(country)


def test_officer__never_answers__the_alarm_climbs_to_the_next(country):
    """Threat: an alarm that nobody answers is forgotten."""
    number = alarmed(country)
    says(country, VET, f"TAKE {number}")
    pass_hours(country, 7)
    late = {reader: len(texts_to(country, reader)) for reader in (VET, VET_OF_ENGA, COUNTRYS)}
    assert late[VET_OF_ENGA] == 1, "Enga is of the same region"
    assert late[COUNTRYS] == 1, "after it"
    assert "sick pigs, Jiwaka, since" in texts_to(country, COUNTRYS)[0]
    assert says(country, VET_OF_ENGA, f"TAKE {number}").endswith(f"DONE {number}")
    assert says(country, VET_OF_ENGA, f"DONE {number}").startswith("Task")


def test_officer__leaves_office__their_tasks_are_free_and_passed_on(country):
    """Threat: the tasks of one who left wait for nobody."""
    number = alarmed(country)
    says(country, VET, f"TAKE {number}")
    appointed(country.world, number_of(VET), Role.KEEPER, None)
    keep(country)
    (task,) = tasks_of(country, "alarm")
    assert task.owner_id is None
    assert texts_to(country, VET_OF_ENGA)
    assert not texts_to(country, VET)
    changes = [one["details"]["change"] for one in journal(country.world, "task")]
    assert changes == ["taken", "released"]


def test_audit__somebody_changes_the_end_of_a_task_in_the_tables__it_is_noticed(country):
    """Threat: who runs the server ends an alarm, or says that an officer did not."""
    number = alarmed(country)
    database = country.world.runtime.database
    assert differences(database) == []
    says(country, VET, f"TAKE {number}")
    says(country, VET, f"DONE {number} wrong")
    assert differences(database) == []
    with database.write() as session:
        row = session.scalars(select(Task).where(Task.number == number)).one()
        row.outcome = "done"
    assert len(differences(database)) == 1
    with database.write() as session:
        session.execute(update(Task).values(outcome=None, closed_at=None, owner_id=None))
    assert len(differences(database)) == 1


def differences(database):
    report = AuditReport(size=0)
    with database.read() as session:
        compare_tasks(session, report)
    return report.findings


def test_night__only_alarms_and_concerns_wake_anybody(country):
    """Threat: a flood of junk wakes officers."""
    country.send(KEEPER, PLAIN)
    country.world.runtime.clock.now = datetime(2026, 11, 25, 16, tzinfo=UTC)  # 02:00 there
    pass_hours(country, 3)
    assert not texts_to(country, VET)
    pass_hours(country, 6)
    (news,) = texts_to(country, VET)
    assert news.startswith("New tasks: 1. Oldest: ")


def test_many_late_tasks__are_one_text_an_hour_to_each(country):
    """Threat: late tasks flood those who are on duty, and the bill."""
    for who in (KEEPER, OTHER, "stranger"):
        country.send(who, "SICK 3 pigs fever")
    pass_hours(country, 8)
    assert len(tasks_of(country, "alarm")) == 3
    assert len(texts_to(country, COUNTRYS)) <= 3


def test_notes__in_the_file_without_its_key__are_no_words(country):
    """Threat: a note names a person and their phone, and somebody takes the file."""
    number = alarmed(country)
    says(country, VET, f"NOTE {number} Maria Kaupa, 70000031, is afraid")
    folder = country.world.runtime.settings.data_dir
    files = [one.read_bytes() for one in folder.glob("bilum.db*")]
    assert files
    assert not any(b"Kaupa" in one for one in files)


def test_health__of_a_concern__no_event_tells(country):
    """Threat: the ledger tells who worried whom."""
    country.send("smoker in Jiwaka", "I have chest pain")
    (task,) = tasks_of(country, "concern")
    says(country, CLINICIAN, f"TAKE {task.number}")
    says(country, CLINICIAN, f"DONE {task.number} fine")
    assert journal(country.world, "task") == []


def forgotten(country, who):
    database, now = country.world.runtime.database, country.world.runtime.clock()
    number = country.numbers[who]
    with database.write() as session:
        unit = Unit(session, database.vault)
        forget(unit, party_of(unit, number), number, now)
    with database.write() as session:
        erase_leftovers(session, database.vault, now + timedelta(minutes=1))
        erase_old_notes(session, now - timedelta(days=90))
