"""Four threads at once lose nothing and make nothing twice, on both databases."""

from __future__ import annotations

from functools import partial
from itertools import chain

import pytest
from sqlalchemy import select

from gateway.tags import read_identifier
from services.livestock.domain.model import FlagCode
from services.livestock.recording.short_numbers import issue_short_number
from services.storage.models import (
    Animal,
    Contact,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    Message,
    Movement,
    Party,
    Premises,
)
from tests.factories import (
    BUYER,
    FARMER,
    day,
    in_threads,
    official,
    pig,
    report,
    rows,
    source_place,
    write,
)

THREADS, EACH = 4, 8


@pytest.mark.slow
def test_record__four_threads_each_with_events_of_its_own__keeps_every_one(database):
    def work(thread):
        for number in range(EACH):
            animal = pig(thread * EACH + number)
            write(database, report("register", [animal], at=source_place(number)))

    in_threads(*[partial(work, thread) for thread in range(THREADS)])
    assert rows(database, Journal) == rows(database, Animal) == THREADS * EACH
    assert rows(database, LedgerLeaf) == 2 * THREADS * EACH
    assert rows(database, Premises) == EACH


@pytest.mark.slow
def test_record__four_threads_update_one_animal__none_of_the_updates_is_lost(database):
    """Each thread reads the animal's movements, changes them and writes them back."""

    def work(thread):
        for number in range(EACH):
            on = day(1 + thread * EACH + number)
            here, there = source_place(on.day), source_place(100 + on.day)
            write(database, report("depart", [pig(1)], at=here, other=there, on=on))
            write(database, report("arrive", [pig(1)], at=there, other=here, on=on))

    in_threads(*[partial(work, thread) for thread in range(THREADS)])
    with database.read() as session:
        sides = session.execute(select(Movement.departure_id, Movement.arrival_id)).all()
    assert len(sides) == THREADS * EACH
    assert all(departure and arrival for departure, arrival in sides)


def test_record__four_threads_register_one_animal__one_does_and_three_are_flagged(database):
    def work(place):
        return write(database, report("register", [pig(1)], at=source_place(place)))[0].flags

    flags = in_threads(*[partial(work, place) for place in range(THREADS)])
    assert sorted(flags, key=len) == [(), *[((pig(1), FlagCode.REGISTERED_TWICE),)] * 3]
    assert rows(database, Flag) == 3
    assert rows(database, Animal) == 1


def test_record__one_event_from_four_threads__is_recorded_once(database):
    def work():
        return write(database, report("register", [pig(1)], at=source_place(1), key="same"))

    results = in_threads(*[work] * THREADS)
    assert sorted(map(len, results)) == [0, 0, 0, 1]
    assert rows(database, Journal) == 1


def test_issue_short_number__four_threads__never_the_same_and_all_valid(database):
    def work():
        numbers = []
        for _ in range(EACH):
            with database.write() as session:
                numbers.append(issue_short_number(session).value)
        return numbers

    numbers = [*chain.from_iterable(in_threads(*[work] * THREADS))]
    assert len(set(numbers)) == THREADS * EACH
    assert [read_identifier(number).value for number in numbers] == numbers
    assert sorted(int(number[:-2]) for number in numbers) == list(range(10, 10 + THREADS * EACH))


def test_receive__one_message_twice_at_once__has_one_effect_and_one_answer(database, phones):
    send = partial(phones.send, f"REG {official(1)}", FARMER, "SM1")
    first, second = in_threads(send, send)
    assert first == second
    assert first.outcome == "register"
    assert [rows(database, table) for table in (Journal, Message, Party, Animal)] == [1, 1, 1, 1]


def test_receive__first_messages_of_one_phone_at_once__make_one_party_with_one_place(
    database, phones
):
    texts = [f"REG {official(number + 1)}" for number in range(THREADS)]
    answers = in_threads(*[partial(phones.send, text) for text in texts])
    assert [answer.outcome for answer in answers] == ["register"] * THREADS
    assert [rows(database, table) for table in (Party, Contact, Premises)] == [1, 1, 1]
    assert rows(database, Animal) == THREADS
    assert rows(database, Identifier) == 1 + 2 * THREADS


def test_receive__two_people_send_pigs_to_each_other_at_once__neither_waits_for_ever(
    database, phones
):
    there = partial(phones.send, f"MOVE {official(1)} {BUYER[4:]}", FARMER)
    back = partial(phones.send, f"MOVE {official(2)} {FARMER[4:]}", BUYER)
    answers = in_threads(there, back, there, back)
    assert [answer.outcome for answer in answers] == ["move"] * 4
    assert [rows(database, table) for table in (Party, Premises)] == [2, 2]
