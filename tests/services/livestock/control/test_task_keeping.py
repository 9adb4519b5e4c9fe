"""What the clock finds for officers: chosen outside the writers' lock, asked again under it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.health.care.task_sources import keep_health_tasks
from services.livestock.control import task_keeping
from services.livestock.control.census_asking import keep_censuses
from services.livestock.control.evidence_escalation import pass_on_evidence
from services.livestock.control.task_keeping import LivestockTasks
from services.livestock.control.task_sources import STILL_OPEN
from services.livestock.control.zoonosis_tasks import keep_zoonosis_tasks
from services.messaging.inbox_rules import Service
from services.messaging.inbox_tasks import keep_message_tasks
from services.messaging.tasks import chores
from services.messaging.tasks.model import NewTask, Source, TaskKind
from services.messaging.tasks.opening import open_task
from services.messaging.tasks.settling import settling
from services.storage.models import Correction, Flag, Task, TaskSource
from tests.factories import NOW, TODAY, pig, report, source_place, write

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
A, B = source_place(1), source_place(2)
COUNT = NewTask(TaskKind.COUNT, Service.LIVESTOCK, "count\0here", "Jiwaka", code="count")
CHORES = (
    LivestockTasks().keep,
    keep_zoonosis_tasks,
    keep_health_tasks,
    keep_message_tasks,
    pass_on_evidence,
    keep_censuses,
)


def overdue_ones(database):
    with database.read() as session:
        return len(session.scalars(select(Task.id).where(Task.kind == "overdue")).all())


def flag(database, done):
    with database.write() as session:
        animal = done.animals[0].id
        session.add(Flag(journal_id=done.journal_id, animal_id=animal, code="two_places"))


def flag_tasks(database):
    with database.read() as session:
        of = select(TaskSource.journal_id).where(TaskSource.kind == "flag")
        return sorted(session.scalars(of))


def depart(database, number, days):
    write(database, report("depart", [pig(number)], at=A, other=B, on=TODAY - days * DAY))


@pytest.mark.parametrize("chore", CHORES, ids=lambda chore: chore.__name__)
def test_clock__nothing_to_do__opens_no_unit_that_writes(database, monkeypatch, chore):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a unit that writes was opened")

    monkeypatch.setattr(database, "write", refuse)
    chore(database, NOW, *([7] if chore is keep_censuses else []))
    LivestockTasks().keep(database, NOW)


def test_sample__of_which_no_result_comes__is_a_task_until_it_does(database):
    sick = report("sickness", [pig(1)], at=A, on=TODAY - 30 * DAY)
    taken = report("sample", [pig(1)], at=A, on=TODAY - 29 * DAY)
    told = {"specimen": "blood", "sample": "S-1"}
    write(database, replace(sick, details={"signs": ["fever"]}), replace(taken, details=told))

    def open_ones(now):
        LivestockTasks().keep(database, now)
        with database.read() as session:
            of = select(Task.id).where(Task.kind == "sample", Task.closed_at.is_(None))
            return len(session.scalars(of).all())

    assert open_ones(NOW) == open_ones(NOW + MINUTE) == 1
    found = report("result", [pig(1)], at=A, on=TODAY)
    found_told = {"sample": "S-1", "disease": "african_swine_fever", "outcome": "negative"}
    write(database, replace(found, details=found_told))
    assert open_ones(NOW + 2 * MINUTE) == 0


def test_settle__source_that_joined_since_the_task_was_found__keeps_it_open(database):
    wrong, right = write(
        database,
        report("register", [pig(1)], at=A, on=TODAY),
        report("register", [pig(2)], at=A, on=TODAY),
    )
    with database.write() as session:
        open_task(session, COUNT, [Source(wrong.journal_id)], NOW)
        session.add(Correction(journal_id=wrong.journal_id, corrected_by_id=right.journal_id))
    (chore,) = settling({TaskKind.COUNT: STILL_OPEN[TaskKind.COUNT]})
    with database.read() as session:
        found = chore.find(session, NOW)
    with database.write() as session:
        open_task(session, COUNT, [Source(right.journal_id)], NOW)
    with database.write() as session:
        chore.act(session, found, NOW)
        assert len(found) == 1
        assert session.scalars(select(Task.closed_at)).all() == [None]


def test_overdue__departures_of_long_ago__are_looked_for_every_ten_minutes(database):
    clock = LivestockTasks()
    depart(database, 1, days=9)
    clock.keep(database, NOW)
    assert overdue_ones(database) == 1
    depart(database, 2, days=9)
    clock.keep(database, NOW + 9 * MINUTE)
    assert overdue_ones(database) == 1
    clock.keep(database, NOW + 10 * MINUTE)
    assert overdue_ones(database) == 2


def test_overdue__more_than_are_found_at_once__have_their_tasks_in_one_look(database, monkeypatch):
    monkeypatch.setattr(task_keeping, "_AT_ONCE", 2)
    for number in range(1, 6):
        depart(database, number, days=9)
    LivestockTasks().keep(database, NOW)
    assert overdue_ones(database) == 5


def test_overdue__new_day_or_a_clock_set_back__is_looked_for_at_once(database):
    clock, midnight = LivestockTasks(), NOW.replace(hour=14)
    clock.keep(database, midnight - MINUTE)
    depart(database, 1, days=3)
    clock.keep(database, midnight)
    assert overdue_ones(database) == 1
    depart(database, 2, days=9)
    clock.keep(database, midnight - MINUTE)
    assert overdue_ones(database) == 2


def test_overdue__movement_that_arrived_since_it_was_found__has_no_task(database, monkeypatch):
    clock, run = LivestockTasks(), database.run
    depart(database, 1, days=9)

    def arrives_first(work):
        write(database, report("arrive", [pig(1)], at=B, other=A, on=TODAY))
        return run(work)

    monkeypatch.setattr(database, "run", arrives_first)
    clock.keep(database, NOW)
    assert overdue_ones(database) == 0


def test_flags__new_ones__have_their_task_a_minute_later_and_old_ones_in_a_while(
    database, monkeypatch
):
    monkeypatch.setattr(task_keeping, "_WRITTEN_MEANWHILE", 0)
    old, first, second = write(
        database, *[report("register", [pig(number)], at=A, on=TODAY) for number in (1, 2, 3)]
    )
    clock, listed = LivestockTasks(), [first.journal_id, second.journal_id]
    flag(database, first)
    clock.keep(database, NOW)
    assert flag_tasks(database) == listed[:1]
    flag(database, second)
    flag(database, old)
    clock.keep(database, NOW + MINUTE)
    assert flag_tasks(database) == listed
    clock.keep(database, NOW + 10 * MINUTE)
    assert flag_tasks(database) == [old.journal_id, *listed]


def test_flags__more_than_there_is_time_for__are_gone_on_with(database, monkeypatch):
    monkeypatch.setattr(task_keeping, "_WRITTEN_MEANWHILE", 0)
    monkeypatch.setattr(chores, "_SECONDS", 0.0)
    monkeypatch.setattr(chores, "_SLICE", 1)
    clock = LivestockTasks()
    written = write(
        database, *[report("register", [pig(number)], at=A, on=TODAY) for number in (1, 2, 3)]
    )
    for done in written:
        flag(database, done)
    for minute in range(3):
        assert len(flag_tasks(database)) == minute
        clock.keep(database, NOW + minute * MINUTE)
    assert len(flag_tasks(database)) == 3
