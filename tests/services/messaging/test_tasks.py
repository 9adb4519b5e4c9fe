"""Tasks on both databases: opened once, taken once, told, passed on, counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select, text, update

from services.core.roles import Role
from services.health.care.task_sources import keep_health_tasks
from services.ledger.party_log import PartyAct
from services.livestock.control.task_keeping import LivestockTasks
from services.messaging.errors import TaskTaken
from services.messaging.inbox_rules import POSSIBLE_DANGER, Service
from services.messaging.inbox_tasks import _find_dangerous, keep_message_tasks
from services.messaging.offices import appoint
from services.messaging.retention import erase_old_texts
from services.messaging.tasks import chores, escalation, model
from services.messaging.tasks.escalation import tell_and_pass_on
from services.messaging.tasks.metrics import read_task_metrics
from services.messaging.tasks.model import EntryKind, NewTask, Outcome, Source, TaskKind
from services.messaging.tasks.opening import open_task
from services.messaging.tasks.reading import OPERATOR, open_tasks
from services.messaging.tasks.work import Worker, close, note, take
from services.storage.models import Arrival, Message, Party, Task, TaskEntry, TaskSource
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import Phones, in_threads

NOON = datetime(2026, 11, 25, 2, tzinfo=UTC)
NIGHT = timedelta(hours=13)
VETS = ("+67570000101", "+67570000102")
ALARM = NewTask(TaskKind.ALARM, Service.LIVESTOCK, "alarm\0here", "Jiwaka", code="sickness")


@pytest.fixture
def vets(database):
    with database.write() as session:
        for number in VETS:
            row = party_of(Unit(session, database.vault), number)
            row.province, row.language = "Jiwaka", "en"
            appoint(session, row, Role.VETERINARY_OFFICER, PartyAct("role", None, "cli", NOON))
        session.flush()
        return [party_of(Unit(session, database.vault), number).id for number in VETS]


def opened(database, new=ALARM, source=None):
    with database.write(exclusive=False) as session:
        opened = open_task(session, new, source or [], NOON)
        return session.get_one(Task, opened.id).number


def test_open__at_once_about_the_same__is_one_task(database):
    numbers = in_threads(*[lambda: opened(database) for _ in range(4)])
    assert len(set(numbers)) == 1
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 1


def test_take__by_two_at_once__is_one_owner_and_one_refusal(database, vets):
    opened(database)

    def taken(party):
        with database.write() as session:
            row = session.scalars(select(Task)).one()
            worker = Worker(session.get(Party, party), "sms", NOON)
            try:
                take(session, row, worker)
            except TaskTaken:
                return None
            return party

    owners = in_threads(*[lambda party=party: taken(party) for party in vets])
    assert owners.count(None) == 1
    with database.read() as session:
        assert session.scalars(select(Task.owner_id)).all() == [one for one in owners if one]


def test_keep__with_nothing_and_with_something_to_do__leaves_each_cause_one_task(database, vets):
    phones = Phones(database)
    phones.send("PLACE Kudjip, Jiwaka")
    phones.send("REG 598000000000017")
    phones.send("PERMIT 598000000000017 to 70000002")
    phones.send("wanem samting")
    for _ in range(2):
        keep(database, phones.now)
    with database.read() as session:
        kinds = session.scalars(select(Task.kind).order_by(Task.kind)).all()
        assert kinds == ["message", "permit"]
        assert session.scalar(select(func.count()).select_from(TaskSource)) == 2


def keep(database, now):
    LivestockTasks().keep(database, now)
    keep_health_tasks(database, now)
    keep_message_tasks(database, now)
    with database.write() as session:
        tell_and_pass_on(session, now)


def test_late__and_new__are_texts_and_metrics(database, vets):
    opened(database)
    opened(database, ALARM._replace(kind=TaskKind.FLAG, topic="flag\0x", code="two_places"))
    for passed in (timedelta(), timedelta(hours=3), timedelta(hours=3, minutes=1)):
        with database.write() as session:
            tell_and_pass_on(session, NOON + passed)
    with database.read() as session:
        texts = session.scalars(
            select(Message).where(Message.purpose == "task").order_by(Message.id)
        ).all()
        told = [row.body.split(":")[0] for row in texts]
        rows = session.scalars(open_tasks(session, OPERATOR)).all()
        levels = [(row.kind, row.level) for row in rows]
        metrics = {one.name: one for one in read_task_metrics(session, NOON + timedelta(hours=3))}
    assert told == ["New tasks", "New tasks", "Late tasks", "Late tasks"]
    assert levels == [("alarm", 1), ("flag", 0)]
    assert [one.value for one in metrics["bilum_tasks_open"].samples] == [1, 1]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "others",
    [
        NewTask(TaskKind.FLAG, Service.LIVESTOCK, "", "Jiwaka", code="two_places"),
        NewTask(TaskKind.CONCERN, Service.HEALTH, "", None, programme="tobacco", code="red_flag"),
    ],
    ids=["of nobody's night", "of an office that nobody holds"],
)
def test_alarm__behind_more_than_are_read_of_what_cannot_be_told__is_told(
    database, vets, monkeypatch, others, late
):
    monkeypatch.setattr(escalation, "_AT_ONCE", 3)
    for one in range(4):
        opened(database, others._replace(topic=f"{others.kind}\0{one}"))
    opened(database)
    with database.write() as session:
        # Of those that are late the others are longest due.
        session.execute(update(Task).where(Task.kind != "alarm").values(due_at=NOON - NIGHT))
        if late:
            session.execute(update(Task).values(told_at=NOON))
        else:
            alarm = update(Task).where(Task.kind == "alarm")
            session.execute(alarm.values(due_at=NOON + timedelta(days=1)))
        tell_and_pass_on(session, NOON + NIGHT)
    with database.read() as session:
        texts = session.scalars(select(Message.body).where(Message.purpose == "task")).all()
    assert [one.split()[0] for one in texts] == ["Late" if late else "New"] * 2


def arrived(database, numbers, service, outcome="", at=NOON):
    """Let texts have come that nobody understood, each of a phone of its own."""
    with database.write() as session:
        session.add_all(
            Arrival(
                key_digest=number.to_bytes(32),
                content_digest=b"",
                channel="twilio-sms",
                received_at=at,
                sender=f"+675700{number:05}",
                payload="junk",
                service=service,
                outcome=outcome,
            )
            for number in numbers
        )


def codes_of_messages(database):
    with database.read() as session:
        rows = select(Task.code).where(Task.kind == TaskKind.MESSAGE.value).order_by(Task.id)
        return session.scalars(rows).all()


@pytest.fixture
def no_time(monkeypatch):
    """Each chore has time for one slice."""
    monkeypatch.setattr(chores, "_SECONDS", 0)


@pytest.mark.parametrize("service", ["unknown", "health"])
def test_danger__behind_a_flood_of_ordinary_texts__has_its_task_at_once(database, no_time, service):
    arrived(database, range(250), service, at=NOON - timedelta(hours=1))
    arrived(database, [900], "health", POSSIBLE_DANGER)
    keep_message_tasks(database, NOON)
    assert codes_of_messages(database)[0] == POSSIBLE_DANGER


def test_danger__more_of_it_than_a_slice__is_done_before_anything_else(database):
    arrived(database, range(30), "unknown", at=NOON - timedelta(hours=1))
    arrived(database, range(100, 130), "health", POSSIBLE_DANGER)
    keep_message_tasks(database, NOON)
    codes = codes_of_messages(database)
    assert (set(codes[:30]), set(codes[30:])) == ({POSSIBLE_DANGER}, {None})


def test_danger__that_waited_for_weeks__has_its_task_still(database):
    arrived(database, [1], "health", POSSIBLE_DANGER, at=NOON - timedelta(days=40))
    arrived(database, [2], "health", at=NOON - timedelta(days=40))
    keep_message_tasks(database, NOON)
    assert codes_of_messages(database) == [POSSIBLE_DANGER]


def test_danger__where_a_crowd_has_one_task__stands_alone(database, monkeypatch):
    monkeypatch.setattr(model, "MOST_OF_PROVINCE", 3)
    arrived(database, range(9), "health")
    keep_message_tasks(database, NOON)
    arrived(database, [900], "health", POSSIBLE_DANGER)
    keep_message_tasks(database, NOON)
    assert codes_of_messages(database) == [None] * 4 + [POSSIBLE_DANGER]


@pytest.mark.slow
def test_flood__of_texts__is_done_within_one_round(database):
    arrived(database, range(250), "unknown")
    keep_message_tasks(database, NOON)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(TaskSource)) == 250


@pytest.mark.postgres
def test_danger__among_thousands_of_texts__is_found_along_its_index(open_database):
    database, plans = open_database("postgresql"), []
    arrived(database, range(3000), "health", at=NOON - timedelta(hours=1))
    arrived(database, [9000], "health", POSSIBLE_DANGER)

    def explain(connection, cursor, statement, values, *_):
        plans.append(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all())

    with database.write() as session:
        session.execute(text("ANALYZE envelope"))
        event.listen(session.connection(), "before_cursor_execute", explain, once=True)
        assert len(_find_dangerous(session, NOON)) == 1
    assert "ix_envelope_danger" in "\n".join(plans[0])


def test_crowd__of_one_kind_in_a_province__joins_one_task(database, monkeypatch):
    monkeypatch.setattr(model, "MOST_OF_PROVINCE", 3)
    arrived(database, range(9), "unknown")
    keep(database, NOON)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 4
        assert session.scalar(select(func.count()).select_from(TaskSource)) == 9


def test_notes__ninety_days_after_the_end__are_erased_and_those_of_open_tasks_stay(database):
    for topic in ("ended", "open"):
        opened(database, ALARM._replace(topic=topic))
    with database.write() as session:
        ended, goes_on = session.scalars(select(Task).order_by(Task.id)).all()
        worker = Worker(None, "cli", NOON)
        for row in (ended, goes_on):
            note(session, row, EntryKind.NOTE, "Maria, 70000031", worker)
        close(session, ended, Outcome.DONE, "well", worker)
        goes_on_id = goes_on.id
    with database.write() as session:
        assert erase_old_texts(session, NOON + timedelta(days=89)) == 0
        assert erase_old_texts(session, NOON + timedelta(days=91)) == 2
        left = session.execute(
            select(TaskEntry.task_id, TaskEntry.text).where(TaskEntry.text.is_not(None))
        ).all()
    assert left == [(goes_on_id, "Maria, 70000031")]


def test_source__of_one_cause__is_in_one_task(database):
    with database.write() as session:
        session.add(
            Arrival(
                key_digest=b"k" * 32,
                content_digest=b"",
                channel="twilio-sms",
                received_at=NOON,
                sender="+67570000001",
                payload="x",
                service="unknown",
            )
        )
    for topic in ("one", "one", "two"):
        opened(database, ALARM._replace(topic=topic), [Source(arrival=b"k" * 32)])
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(TaskSource)) == 1
