from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select, text

from chain.canonical import public_subject
from gateway.tags import read_identifier
from services.core.roles import Role
from services.livestock.domain.errors import UnknownNumber, WrongKind
from services.livestock.domain.model import Key
from services.livestock.queries.animals import animal_history, subject_of
from services.livestock.queries.premises import is_premises, read_places
from services.livestock.recording.found_animals import FIND_OR_MAKE
from services.livestock.recording.identity import (
    ensure_animals,
    ensure_premises,
    find_animals,
    find_premises,
    home_of,
)
from services.livestock.recording.short_numbers import (
    issue_short_number,
    name_animal,
    name_premises,
)
from services.storage.models import Counter, Party, Premises
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from tests.factories import BUYER, FARMER, pig, source_place

A, B = source_place(1), source_place(2)


@pytest.fixture
def session(database):
    with database.write() as opened:
        yield opened


def test_ensure__known_and_new_together__makes_only_the_new(session):
    first = ensure_animals(session, [pig(1)])
    both = ensure_animals(session, [pig(1), pig(2)])
    assert both[pig(1)] == first[pig(1)]._replace(new=False)
    assert both[pig(2)].new
    assert set(find_animals(session, [pig(1), pig(2), pig(3)])) == {pig(1), pig(2)}
    assert ensure_animals(session, []) == ensure_premises(session, []) == {}


_ISSUED = (
    """
    INSERT INTO contact (party_id, number, number_index)
    SELECT one, 'x', CAST(CAST(one AS varchar) AS bytea) FROM generate_series(1, 12000) AS one
    """,
    """
    INSERT INTO premises (public_id, subject_key, found, kind, keeper_id)
    SELECT gen_random_uuid(), CAST(CAST(one AS varchar) AS bytea), false, 'household', one
    FROM generate_series(1, 12000) AS one
    """,
    """
    INSERT INTO tag_range (first, last, premises_id, journal_id)
    SELECT 598000001000000 + one * 10, 598000001000009 + one * 10, one, one
    FROM generate_series(1, 12000) AS one
    """,
)
"""Keepers with phones, and tags that were issued to their premises."""


@pytest.mark.postgres
def test_ensure__one_among_thousands__reads_no_table_whole(open_database):
    wanted = json.dumps([{**pig(7)._asdict(), "may_be": True}])
    with open_database("postgresql").write() as session:
        ensure_animals(session, [pig(number) for number in range(12_000)])
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _ISSUED:
            session.execute(text(statement))
        session.execute(text("ANALYZE identifier, animal, premises, contact, tag_range"))
        plan = session.scalars(text(f"EXPLAIN {FIND_OR_MAKE.text}"), {"wanted": wanted}).all()
    large = "identifier|animal|premises|contact|tag_range"
    assert not re.search(f"Seq Scan on (?:{large})", "\n".join(plan))


def test_ensure_premises__each__has_a_secret_key_of_its_own(session):
    made = ensure_premises(session, [A, B])
    assert {len(ref.subject_key) for ref in made.values()} == {32}
    assert made[A].subject_key != made[B].subject_key
    assert find_premises(session, [A]) == {A: made[A]}


def test_issue_short_number__first_ones__have_check_digits(session):
    numbers = [issue_short_number(session).value for _ in range(5)]
    assert numbers[0] == "1068"
    assert [read_identifier(number).value for number in numbers] == numbers


@pytest.mark.parametrize(("before", "number"), [(203, "20565"), (1041, "104373")])
def test_issue_short_number__example_of_the_replies__is_passed_over(session, before, number):
    session.add(Counter(name="short_number", value=before))
    session.flush()
    assert issue_short_number(session).value == number


def test_name__animal_and_premises__keep_the_number_they_were_given(session):
    animal = ensure_animals(session, [pig(1)])[pig(1)].id
    place = ensure_premises(session, [A])[A].id
    names = [name_animal(session, animal), name_premises(session, place)]
    assert names[0] != names[1]
    assert [name_animal(session, animal), name_premises(session, place)] == names
    assert (is_premises(session, names[0]), is_premises(session, names[1])) == (False, True)
    assert is_premises(session, pig(7)) is False


def test_read_places__with_and_without_short_number__are_called_by_what_people_type(session):
    made = ensure_premises(session, [A, B, Key("premises", "0007")])
    short = name_premises(session, made[B].id)
    session.get_one(Premises, made[B].id).name = "Kudjip"
    places = read_places(session, [ref.id for ref in made.values()])
    assert [places[made[key].id].number for key in (A, B, Key("premises", "0007"))] == [
        "premises:1", short.value, "premises:0007"
    ]  # fmt: skip
    assert places[made[B].id].name == "Kudjip"


def test_party_of__a_number__is_one_keeper_with_one_place(session, database):
    unit = Unit(session, database.vault)
    farmer, buyer = party_of(unit, FARMER), party_of(unit, BUYER)
    assert party_of(unit, FARMER) is farmer
    assert farmer.id != buyer.id
    assert farmer.role == Role.KEEPER
    assert home_of(session, farmer) == home_of(session, farmer)
    assert home_of(session, farmer) != home_of(session, buyer)
    assert len(session.scalars(select(Party)).all()) == 2


def test_subject_of__each_kind__is_public_for_animals_and_the_secret_key_for_premises(session):
    made = ensure_premises(session, [A])[A]
    short = name_premises(session, made.id)
    assert subject_of(session, A) == subject_of(session, short) == made.subject_key
    animal = ensure_animals(session, [pig(1)])[pig(1)]
    assert subject_of(session, name_animal(session, animal.id)) == subject_of(session, pig(1))
    assert subject_of(session, pig(1)) == public_subject(*pig(1))
    for unknown in (Key("bilum", "104276"), pig(404), Key("animal", "x"), source_place(404)):
        with pytest.raises(UnknownNumber):
            subject_of(session, unknown)


def test_animal_history__unknown_or_premises__says_so(session):
    ensure_premises(session, [A])
    with pytest.raises(UnknownNumber):
        animal_history(session, pig(1))
    with pytest.raises(WrongKind):
        animal_history(session, A)


def test_animal_history__found_animal__has_its_numbers_and_no_stay(session):
    animal = ensure_animals(session, [pig(1)])[pig(1)]
    before = animal_history(session, pig(1))
    assert (before.numbers, before.short_number, before.found) == ((pig(1).value,), None, True)
    short = name_animal(session, animal.id)
    after = animal_history(session, short)
    assert after.short_number == short.value
    assert set(after.numbers) == {pig(1).value, short.value}
    assert (after.stays, after.entries, after.flags) == ((), (), ())
