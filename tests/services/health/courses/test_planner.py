from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, select, type_coerce, update

from services.core.errors import DatabaseUnreachable, WrongDataKey
from services.health.courses.course_messages import dedupe_key, ordered_ids
from services.health.courses.planner import AHEAD, horizon
from services.health.courses.subscriptions import SubscriptionState
from services.storage.models import (
    AskedQuestion,
    Message,
    Party,
    Person,
    ProgrammeApproval,
    Subscription,
)
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import FARMER, in_threads, rows
from tests.services.health.courses.clinic import DAY, Clinic, at
from tests.support.damage import shut

START = at(20, 12)
QUIT = "2026-11-27"


@pytest.fixture
def clinic(database) -> Clinic:
    return Clinic(database)


def test_horizon__any_hour__is_the_day_that_is_it_a_day_later_in_port_moresby():
    assert horizon(at(20, 0)) == horizon(at(20, 23, 59)) == date(2026, 11, 21)
    assert AHEAD == DAY


def test_ordered_ids__of_one_moment__follow_each_other_and_are_not_guessed():
    ids, others = (list(islice(ordered_ids(START), 3_000)) for _ in range(2))
    assert ids == sorted(set(ids))
    assert {one.version for one in ids} == {7}
    assert not set(ids) & set(others)
    assert ids[0] < next(ordered_ids(START + DAY))


def test_dedupe_key__tells_person_item_and_day():
    key = dedupe_key(UUID(int=1), "tip1", date(2026, 11, 21))
    plain = "course\0" + str(UUID(int=1)) + "\0tip1\x002026-11-21"
    assert key == hashlib.sha256(plain.encode()).digest()


def test_plan__person_in_a_course__has_what_is_due_until_tomorrow(clinic):
    key = clinic.enrol(START, quit=QUIT)
    assert clinic.row(key).next_on == date(2026, 11, 21)
    assert clinic.chunk(START) == 1
    assert clinic.waiting() == [("tip1", at(21, 9))]
    assert clinic.row(key).next_on == date(2026, 11, 23)
    assert clinic.chunk(START) == 0


def test_plan__day_by_day__each_text_is_planned_once_at_its_time(clinic):
    clinic.enrol(START, quit=QUIT)
    for day in range(30):
        clinic.plan(START + day * DAY)
    assert clinic.waiting() == [
        ("tip1", at(21, 9)),
        ("general3", at(23, 15)),
        ("tip5", at(25, 8)),
        ("before", at(26, 18)),
        ("day0", at(27, 7, 30)),
        ("day2", at(29, 12)),
        ("check", at(2, 11, month=12)),
        ("month1", at(7, 10, month=12)),
    ]


def test_plan__after_an_outage__what_was_missed_has_its_true_time(clinic):
    clinic.enrol(START, quit=QUIT)
    clinic.plan(START + 9 * DAY)
    found = clinic.waiting()
    assert found[0] == ("tip1", at(21, 9))
    assert [item for item, _ in found] == ["tip1", "general3", "tip5", "before", "day0", "day2"]
    assert {one.created_at for one in clinic.messages()} == {START + 9 * DAY}


def test_plan__nothing_left__the_next_day_is_none(clinic):
    key = clinic.enrol(START, quit=QUIT)
    clinic.plan(START + 40 * DAY)
    assert clinic.row(key).next_on is None
    assert clinic.chunk(START + 80 * DAY) == 0


def test_plan__message__tells_what_it_obeys_and_where_it_came_from(clinic, database):
    key = clinic.enrol(START, zone="Pacific/Bougainville", quit=QUIT)
    clinic.plan(at(28, 12))
    found = {one.item: one for one in clinic.messages()}
    one, row = found["day2"], clinic.row(key)
    assert (one.kind, one.scope, one.purpose, one.priority) == ("programme", "tobacco", "course", 3)
    assert (one.recipient, one.recipient_index) == (row.number, row.number_index)
    assert (one.subscription_id, one.version_id, one.language) == (key, clinic.version, "en")
    assert (one.zone, one.late, one.double_ok) == ("Pacific/Bougainville", "shift", True)
    assert one.planned_at == one.due_at == at(29, 11)
    assert (one.state, one.reason, one.tries, one.lane) == ("queued", None, 0, "")
    with database.read() as session:
        raw = session.connection().exec_driver_sql("SELECT recipient, body FROM message").all()
    assert not [1 for number, body in raw if b"67570" in bytes(number) or b"Day" in bytes(body)]


@pytest.mark.parametrize(
    ("item", "expires"),
    [
        ("tip1", at(22, 0)),
        ("tip5", at(26, 0)),
        ("day2", at(29, 12) + timedelta(days=7)),
        ("day0", at(27, 7, 30) + timedelta(hours=72)),
        ("month1", at(7, 10, month=12) + timedelta(days=4)),
    ],
)
def test_plan__late_policy__tells_how_long_a_text_is_worth_sending(clinic, item, expires):
    clinic.enrol(START, quit=QUIT)
    clinic.plan(START + 30 * DAY)
    (found,) = [one for one in clinic.messages() if one.item == item]
    assert found.expires_at == expires


def test_plan__names__stand_in_the_text(clinic):
    keys = [clinic.enrol(START, name=name, quit=QUIT) for name in ("Maria Kaupa", None)]
    clinic.plan(at(26, 12))
    bodies = {(one.subscription_id, one.item): one.body for one in clinic.messages()}
    assert [bodies[key, "before"] for key in keys] == ["Tomorrow, Maria.", "Tomorrow, friend."]
    assert bodies[keys[0], "day0"] == "Today, 27 Nov!"


def test_plan__shared_phone__has_the_discreet_text(clinic, database):
    clinic.enrol(START, quit=QUIT)
    with database.write() as session:
        session.execute(update(Subscription).values(discreet=True))
    clinic.plan(at(26, 12))
    assert "Today!" in {one.body for one in clinic.messages()}


def test_plan__same_dates_in_a_later_chunk__who_came_back_meanwhile_misses_earlier_texts(
    clinic, database
):
    keys = [clinic.enrol(START, quit=QUIT) for _ in range(2)]
    back = update(Subscription).where(Subscription.id == keys[1]).values(since=at(23, 16))
    with database.write() as session:
        session.execute(back)
    assert [clinic.chunk(at(24, 12), 1) for _ in range(3)] == [1, 1, 0]
    found = [(one.subscription_id, one.item) for one in clinic.messages()]
    first = [(keys[0], item) for item in ("tip1", "general3", "tip5")]
    assert sorted(found) == sorted([*first, (keys[1], "tip5")])


def test_plan__question__is_open_from_its_time_until_it_closes(clinic, database):
    key = clinic.enrol(START, quit=QUIT)
    clinic.plan(START + 30 * DAY)
    with database.read() as session:
        first, last = session.scalars(select(AskedQuestion).order_by(AskedQuestion.asked_at)).all()
        asked = at(7, 10, month=12)
        assert (first.item, first.remind_at) == ("check", None)
        assert (last.item, last.subscription_id, last.state) == ("month1", key, "open")
        assert (last.asked_at, last.remind_at) == (asked, asked + 2 * DAY)
        assert (last.closes_at, last.reminded) == (asked + 4 * DAY, 0)
        assert last.number_index == clinic.row(key).number_index


def test_plan__chunks__take_those_first_who_have_waited_longest(clinic):
    keys = [clinic.enrol(START + day * DAY, quit=QUIT) for day in (2, 0, 1)]
    assert clinic.chunk(at(23, 12), 2) == 2
    assert {one.subscription_id for one in clinic.messages()} == {keys[1], keys[2]}
    assert clinic.chunk(at(23, 12), 2) >= 1
    assert {one.subscription_id for one in clinic.messages()} == set(keys)


@pytest.mark.parametrize(
    "values",
    [
        {"state": SubscriptionState.PAUSED.value},
        {"state": SubscriptionState.OPTED_OUT.value},
        {"language": "tpi"},
        {"number": None},
    ],
    ids=["paused", "ended", "language not approved", "forgotten"],
)
def test_plan__who_must_get_nothing__is_left_alone(clinic, database, values):
    clinic.enrol(START, quit=QUIT)
    with database.write() as session:
        session.execute(update(Subscription).values(values))
    assert clinic.plan(at(27, 12)) == 0
    assert clinic.messages() == []


def test_plan__approval_withdrawn__is_left_alone(clinic, database):
    clinic.enrol(START, quit=QUIT)
    with database.write() as session:
        session.execute(update(ProgrammeApproval).values(withdrawn_at=START))
    assert clinic.plan(at(27, 12)) == 0


def test_plan__clock_set_back__nothing_comes_twice(clinic):
    clinic.enrol(START, quit=QUIT)
    clinic.plan(at(29, 12))
    before = clinic.waiting()
    for day in range(10):
        clinic.plan(START + day * DAY)
    assert clinic.waiting() == before


@pytest.mark.slow
def test_plan__two_planners_at_once__each_message_once(clinic, database):
    for _ in range(60):
        clinic.enrol(START, quit=QUIT)

    def work() -> None:
        done = 1
        while done:
            # SQLite lets one wait for its turn in vain; a worker comes back.
            with suppress(DatabaseUnreachable):
                done = clinic.chunk(at(27, 12), 7)

    in_threads(work, work, work)
    assert rows(database, Message) == 60 * 5
    found = [(one.subscription_id, one.item) for one in clinic.messages()]
    assert len(set(found)) == len(found)


def test_plan__rings_for_the_dispatcher_only_when_something_waits(clinic, database):
    rung = []
    database.on_queued = lambda: rung.append(1)
    clinic.enrol(START, quit=QUIT)
    clinic.plan(START + DAY)
    assert rung == [1]
    clinic.plan(START + DAY)
    assert rung == [1]


OVER = at(12, 12, month=12)


def answer(database, item: str, state: str) -> None:
    with database.write() as session:
        session.execute(update(AskedQuestion).where(AskedQuestion.item == item).values(state=state))


def finished(clinic, database, **answers: str):
    key = clinic.enrol(START, quit=QUIT)
    clinic.plan(OVER)
    clinic.send(OVER)
    for item, state in answers.items():
        answer(database, item, state)
    return clinic.finish(OVER), clinic.row(key)


def test_finish__last_assessment_answered__is_completed(clinic, database):
    many, row = finished(clinic, database, check="closed", month1="answered")
    assert (many, row.state, row.reason, row.ended_at) == (1, "completed", None, OVER)


def test_finish__last_assessment_not_answered__is_lost(clinic, database):
    many, row = finished(clinic, database, check="answered", month1="closed")
    assert (many, row.state, row.reason) == (1, "lost", "no_answer")


def test_finish__question_still_open__waits(clinic, database):
    many, row = finished(clinic, database, check="answered")
    assert (many, row.state) == (0, "active")


def test_finish__text_still_waits__waits(clinic, database):
    clinic.enrol(START, quit=QUIT)
    clinic.plan(OVER)
    for item in ("check", "month1"):
        answer(database, item, "closed")
    assert clinic.finish(OVER) == 0


def test_finish__last_day_not_past__waits(clinic, database):
    key = clinic.enrol(START, quit=QUIT)
    clinic.plan(at(10, 12, month=12))
    clinic.send(at(11, 12, month=12))
    for item in ("check", "month1"):
        answer(database, item, "closed")
    assert clinic.row(key).next_on is None
    assert clinic.finish(at(11, 23, month=12)) == 0
    assert clinic.finish(at(12, 0, month=12)) == 1


def test_finish__more_than_one_call_takes__all_end(clinic, database):
    for _ in range(5):
        clinic.enrol(START, quit=QUIT)
    clinic.plan(OVER)
    clinic.send(OVER)
    with database.write() as session:
        session.execute(update(AskedQuestion).values(state="closed"))
    assert [clinic.finish(OVER, 2) for _ in range(4)] == [2, 2, 1, 0]


def shut_of(database, column, *where):
    """Alter what a sealed column holds so that it does not open."""
    altered = type_coerce(b"\x02altered", LargeBinary)
    with database.write() as session:
        session.execute(update(column.class_).where(*where).values({column.key: altered}))


SEALED = pytest.mark.parametrize(
    "column",
    [Party.name, Person.party, Subscription.place, Subscription.anchors],
    ids=["name", "party", "place", "dates of the course"],
)


@SEALED
def test_plan__sealed_value_that_does_not_open__leaves_everything_as_it_was(
    clinic, database, column
):
    clinic.enrol(START, name="Maria", quit=QUIT)
    shut_of(database, column)
    with pytest.raises(WrongDataKey):
        clinic.plan(at(27, 12))
    with database.read() as session:
        assert session.scalars(select(Subscription.next_on)).all() == [date(2026, 11, 21)]
    assert rows(database, Message) == 0


@pytest.fixture
def numbered(clinic, database):
    """A clinic whose database has a number, by which its data key is known as its own."""
    with database.write() as session:
        party_of(Unit(session, database.vault), FARMER)
    return clinic


@SEALED
def test_plan__data_key_of_another_database__leaves_everything_as_it_was(
    numbered, database, column
):
    numbered.enrol(START, name="Maria", quit=QUIT)
    shut_of(database, column)
    shut(database, FARMER)
    with pytest.raises(WrongDataKey):
        numbered.plan(at(27, 12))
    assert rows(database, Message) == 0


def test_plan__dates_of_some_that_do_not_open__keep_nobody_else_waiting(numbered, database, caplog):
    keys = [numbered.enrol(START + day * DAY, name="Maria", quit=QUIT) for day in range(5)]
    shut_of(database, Subscription.anchors, Subscription.id.in_(keys[:3]))
    assert numbered.plan(at(27, 12), 2) == 2
    assert {one.subscription_id for one in numbered.messages()} == set(keys[3:])
    with database.read() as session:
        waiting = select(Subscription.id).where(Subscription.next_on <= horizon(at(27, 12)))
        assert set(session.scalars(waiting)) == set(keys[:3])
    assert f"do not open with the data key: first subscription {keys[0]}" in caplog.text


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (Party.name, ["Tomorrow, friend.", "Tomorrow, Joe."]),
        (Person.party, ["Tomorrow, friend.", "Tomorrow, Joe."]),
        (Subscription.place, ["Tomorrow, Maria.", "Tomorrow, Joe."]),
    ],
    ids=["name", "party", "place"],
)
def test_plan__name_or_place_of_one_that_does_not_open__is_left_out_of_the_text(
    numbered, database, caplog, column, texts
):
    keys = [numbered.enrol(START, name=name, quit=QUIT) for name in ("Maria Kaupa", "Joe")]
    with database.read() as session:
        first = min(session.scalars(select(Person.id)))
        party = session.get_one(Person, first).party
    mine = {
        Party.name: Party.public_id == UUID(party),
        Person.party: Person.id == first,
        Subscription.place: Subscription.id == keys[0],
    }
    shut_of(database, column, mine[column])
    numbered.plan(at(26, 12))
    bodies = {(one.subscription_id, one.item): one.body for one in numbered.messages()}
    assert [bodies[key, "before"] for key in keys] == texts
    assert "is left out: it does not open with the data key" in caplog.text
