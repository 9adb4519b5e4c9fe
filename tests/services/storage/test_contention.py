"""Where the writers' lock is not taken, or taken late: what it protected is not lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from gateway.tags import issue
from services.core.errors import Conflict
from services.health.imports.import_people import ImportOptions, import_people
from services.livestock.control.added_phones import keep_phone
from services.livestock.sms_commands import FILLERS, HANDLERS, roadblock
from services.livestock.sms_commands.plain_words import disease_interceptor
from services.messaging.command_router import CommandRouter
from services.messaging.person_erasure import forget
from services.storage.locks import one_writer
from services.storage.models import (
    Animal,
    Arrival,
    Contact,
    Identifier,
    Journal,
    Movement,
    Party,
    Permit,
    PermitUse,
    Premises,
)
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, NOW, Phones, in_threads, official, rows
from tests.services.livestock.country import Country

pytestmark = pytest.mark.postgres

ROUNDS = 4
STRANGER = "+67579000{:03}"
SOON = 8
"""Seconds within which an answer must come that waits for nobody."""


@pytest.fixture
def database(open_database):
    return open_database("postgresql")


@pytest.fixture
def land(database):
    return Country(database).found()


@contextmanager
def locked(database):
    """Somebody holds the writers' lock."""
    with database.write(exclusive=False) as session:
        one_writer(session)
        yield


def soon(work):
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result(SOON)
    finally:
        # What waits all the same goes on when the lock is released.
        pool.shutdown(wait=False)


def parties_are_those_of_numbers(database):
    return rows(database, Party) == rows(database, Contact)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("HELP", "help"),
        (f"WHERE IS {official(1)}", "trace"),
        ("RECEIPT 0000-0000-0000-0000", "receipt"),
        ("ROOT", "root"),
        ("what is this", "not_understood"),
    ],
)
def test_question__while_somebody_holds_the_writers_lock__is_answered(land, said, outcome):
    with locked(land.database):
        for sender in (FARMER, STRANGER.format(0)):
            assert soon(partial(land.phones.send, said, sender)).outcome == outcome


def test_report__while_somebody_holds_the_writers_lock__waits_for_them(land):
    with ThreadPoolExecutor(1) as pool:
        with locked(land.database):
            waits = pool.submit(partial(land.phones.send, f"REG {official(9)}"))
            with pytest.raises(TimeoutError):
                waits.result(0.3)
            with land.database.read() as session:
                before = session.scalar(select(Animal.id).where(Animal.value == official(9)))
        assert before is None
        assert waits.result(SOON).outcome == "register"


def test_strangers__of_one_number_at_once__are_one_party(database):
    phones = Phones(database)
    for number in range(ROUNDS):
        who = STRANGER.format(number)
        in_threads(*[partial(phones.send, said, who) for said in ("HELP", "ROOT", "hello", "HELP")])
    assert rows(database, Contact) == ROUNDS
    assert parties_are_those_of_numbers(database)
    assert rows(database, Arrival) == 4 * ROUNDS


def test_stranger__reports_while_another_sells_to_them__is_one_party_and_both_are_heard(land):
    for number in range(ROUNDS):
        who, tag = STRANGER.format(number), official(50 + number)
        land.phones.say(f"REG {official(20 + number)}")
        in_threads(
            partial(land.phones.send, f"REG {tag}", who),
            partial(land.phones.send, f"SELL {official(20 + number)} {who}"),
            partial(land.phones.send, "HELP", who),
        )
    assert parties_are_those_of_numbers(land.database)
    with land.database.read() as session:
        made = session.scalars(select(Animal.registered_on).where(Animal.value >= official(50)))
        assert all(made.all())


def test_stranger__tells_of_sickness_while_another_sells_to_them__is_one_party(land):
    """Whether their text needs the lock is told by its words, once they are somebody."""
    conversation = CommandRouter(HANDLERS, FILLERS, [disease_interceptor()])
    phones = replace(land.phones, conversation=conversation)
    for number in range(2):
        who = STRANGER.format(number)
        land.phones.say(f"REG {official(20 + number)}")
        said = in_threads(
            partial(phones.send, "several pigs in our village have fever and do not eat", who),
            partial(land.phones.send, f"SELL {official(20 + number)} {who}"),
        )
        assert [one.outcome for one in said] == ["disease", "sell"]
    assert parties_are_those_of_numbers(land.database)


def test_stranger__whose_text_waits_for_the_lock__keeps_its_holder_from_nothing(land):
    """Each would wait for the other: for the lock, and for the stranger's number."""
    conversation = CommandRouter(HANDLERS, FILLERS, [disease_interceptor()])
    phones, who = replace(land.phones, conversation=conversation), STRANGER.format(0)
    with ThreadPoolExecutor(1) as pool:
        with land.database.write() as session:
            waits = pool.submit(partial(phones.send, "two pigs have fever and do not eat", who))
            with pytest.raises(TimeoutError):
                # PostgreSQL looks once, after a second, whether a lock will ever come.
                waits.result(1.5)
            theirs = party_of(Unit(session, land.database.vault), who).public_id
        assert waits.result(SOON).outcome == "disease"
    assert parties_are_those_of_numbers(land.database)
    with land.database.read() as session:
        assert theirs in session.scalars(select(Party.public_id)).all()


def import_one(database, number, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(f"phone,name\n{number},Maria Kaupa\n")
    return import_people(path, database, NOW, ImportOptions("en"))


def add_as_phone(database, number, _tmp_path):
    with database.write() as session:
        party = Party(public_id=uuid4(), role="keeper")
        session.add(party)
        session.flush()
        keep_phone(session, database.vault, party, number)


@pytest.mark.parametrize("work", [import_one, add_as_phone])
def test_number__of_a_stranger_whose_first_text_is_on_its_way__stays_theirs(
    database, tmp_path, work
):
    number = STRANGER.format(0)
    with ThreadPoolExecutor(1) as pool:
        with database.write(exclusive=False) as session:
            theirs = party_of(Unit(session, database.vault), number).public_id
            waits = pool.submit(work, database, number, tmp_path)
            with pytest.raises(TimeoutError):
                waits.result(0.3)
        if work is import_one:
            tally = waits.result(SOON)
            assert (tally.people, tally.changed, tally.refusals) == (0, 1, [])
        else:
            with pytest.raises(Conflict, match="belongs to a party"):
                waits.result(SOON)
    assert rows(database, Party) == rows(database, Contact) == 1
    with database.read() as session:
        assert session.scalar(select(Party.public_id)) == theirs


def test_tag__registered_and_asked_about_at_once__is_one_animal(land):
    for number in range(ROUNDS):
        tag = official(70 + number)
        in_threads(
            partial(land.phones.send, f"REG {tag}"),
            partial(land.phones.send, f"OK {tag}", BUYER),
            partial(land.phones.send, f"REG {tag}", BUYER),
        )
    with land.database.read() as session:
        tags = session.scalars(select(Animal.value).where(Animal.value >= official(70))).all()
        kept = select(Identifier.value).where(Identifier.animal_id.is_not(None))
        numbers = session.scalars(kept).all()
        counts = session.execute(
            text("SELECT count(DISTINCT value), count(*) FROM identifier WHERE scheme = 'bilum'")
        ).one()
    assert sorted(tags) == [official(70 + number) for number in range(ROUNDS)]
    assert len(numbers) == len(set(numbers))
    assert counts[0] == counts[1]


def test_decision__order_is_declared_while_it_is_read__says_what_the_order_says(land, monkeypatch):
    """The reading comes first, then the order with its commit, then the lock of the decision."""
    land.permit(1)
    assert land.phones.say(f"OK {official(1)} {land.goroka}").startswith("OK")
    decide, looked = roadblock.decide, []

    def first_then_order(*told):
        answers = decide(*told)
        if not looked:
            soon(partial(land.zone, "Jiwaka"))
        looked.append(answers[0].decision.allowed)
        return answers

    monkeypatch.setattr(roadblock, "decide", first_then_order)
    said = land.phones.say(f"OK {official(1)} {land.goroka}")
    assert looked == [True, False]
    assert not said.startswith("OK")
    with land.database.read() as session:
        last = select(Journal.type).order_by(Journal.id.desc()).limit(2)
        assert session.scalars(last).all() == ["decision", "order"]


def test_permit__two_pigs_of_its_head_arrive_at_once__is_counted_down_by_each(land):
    number = land.permit(heads=2)
    works = []
    for pig in (1, 2):
        land.phones.say(f"MOVE {official(pig)} {land.goroka}")
        works.append(partial(land.phones.send, f"ARRIVE {official(pig)}", BUYER))
    in_threads(*works)
    with land.database.read() as session:
        (permit,) = session.scalars(select(Permit)).all()
        uses = session.scalars(select(PermitUse).where(PermitUse.permit_id == permit.id)).all()
        sides = session.execute(select(Movement.departure_id, Movement.arrival_id)).all()
    assert number
    assert len(uses) == 2
    assert all(left and came for left, came in sides)


def test_pig__sold_and_dead_at_once__is_one_story(land):
    for pig in (1, 2, 3):
        said = in_threads(
            partial(land.phones.send, f"DEAD {official(pig)}"),
            partial(land.phones.send, f"SELL {official(pig)} {BUYER}"),
            partial(land.phones.send, f"OK {official(pig)}"),
        )
        assert said[0].outcome == "death"
    with land.database.read() as session:
        ended = session.scalars(select(Animal.ended_on).order_by(Animal.id).limit(3)).all()
    assert all(ended)


def test_short_numbers__drawn_by_many_at_once__are_each_one_things(database):
    phones = Phones(database)
    works = [
        partial(phones.send, f"REG {official(100 + number)}", STRANGER.format(number))
        for number in range(8)
    ]
    in_threads(*works)
    with database.read() as session:
        short = select(Identifier.value).where(Identifier.scheme == "bilum")
        numbers = session.scalars(short).all()
    assert len(numbers) == len(set(numbers)) == 16
    assert all(issue(int(one[:-2])) == one for one in numbers)


def test_place__named_while_its_keeper_is_erased__is_a_new_ones(land):
    """The holder of the lock erases whoever sent the text that waits for it."""
    database = land.database
    with ThreadPoolExecutor(1) as pool:
        with database.write() as session:
            unit = Unit(session, database.vault)
            waits = pool.submit(partial(land.phones.send, "PLACE Kaupa, Jiwaka"))
            with pytest.raises(TimeoutError):
                waits.result(0.3)
            erased = party_of(unit, FARMER)
            forget(unit, erased, FARMER, NOW)
            theirs = erased.id
        assert waits.result(SOON).outcome == "place"
    with database.read() as session:
        named = select(Premises.keeper_id).where(Premises.name.is_not(None))
        assert theirs not in session.scalars(named).all()
