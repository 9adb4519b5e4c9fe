"""Attacks on tasks: who sees, takes and ends them, and how many a flood makes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from services.messaging.person_erasure import erase_leftovers, forget
from services.messaging.tasks.history import erase_old_notes
from services.messaging.tasks.model import MOST_OF_PROVINCE, TaskKind
from services.runtime.workers import keep_tasks
from services.storage.models import Arrival, Task, TaskEntry, TaskSource
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.threats.test_inbox import PLAIN, SICK, country, settled

__all__ = ["country", "settled"]

KEEPER, OTHER = "keeper in Jiwaka", "keeper in Enga"
PIG = "598000000000017"


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


def test_flood__of_junk_by_many_numbers__is_few_tasks(country):
    """Threat: ten thousand texts that mean nothing bury the tasks that matter."""
    database, now = country.world.runtime.database, country.world.runtime.clock()
    with database.write() as session:
        for number in range(3 * MOST_OF_PROVINCE):
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
    assert len(junk) == MOST_OF_PROVINCE + 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(TaskSource)) == 3 * MOST_OF_PROVINCE
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


def forgotten(country, who):
    database, now = country.world.runtime.database, country.world.runtime.clock()
    number = country.numbers[who]
    with database.write() as session:
        unit = Unit(session, database.vault)
        forget(unit, party_of(unit, number), number, now)
    with database.write() as session:
        erase_leftovers(session, database.vault, now + timedelta(minutes=1))
        erase_old_notes(session, now - timedelta(days=90))
