from __future__ import annotations

import json
from contextlib import nullcontext
from random import Random

import pytest
from sqlalchemy import select

from services.livestock.domain.errors import BadRange, RangeOverlaps, WrongKind
from services.livestock.domain.model import FlagCode
from services.livestock.queries.animals import animal_history
from services.livestock.recording.authority import issues_of
from services.livestock.recording.identity import resolve
from services.livestock.recording.premises import allocate, is_allocated, range_of
from services.storage.models import Journal, LedgerLeaf, Premises, TagRange
from tests.factories import official, origin, pig, report, rows, source_place, write

HERE, THERE = source_place(1), source_place(2)


@pytest.fixture
def session(database):
    with database.write() as opened:
        yield opened


def give(session, first, last, premises=HERE):
    return allocate(session, official(first), official(last), premises, origin())


def test_allocate__range__is_found_by_every_number_in_it(session):
    give(session, 10, 19)
    give(session, 20, 20, THERE)
    firsts = [
        found and found.first
        for found in (range_of(session, official(number)) for number in (9, 10, 15, 19, 20, 21))
    ]
    assert firsts == [None, official(10), official(10), official(10), official(20), None]


def test_allocate__event__tells_the_ends_and_is_of_the_premises_alone(session):
    done = give(session, 10, 19)
    stored = session.get_one(Journal, done.journal_id)
    content = json.loads(stored.content)
    assert (content["type"], content["occurred"]["at"]) == ("allocation", "2026-11-25")
    assert content["details"] == {"first": official(10), "last": official(19)}
    assert [subject["kind"] for subject in content["subjects"]] == ["premises"]
    given = session.scalars(select(TagRange)).one()
    owner = session.get_one(Premises, given.premises_id)
    leaf = session.scalars(select(LedgerLeaf)).one()
    assert (given.journal_id, owner.found) == (done.journal_id, True)
    assert leaf.subject == owner.subject_key


@pytest.mark.parametrize(
    ("first", "last"),
    [(10, 19), (5, 10), (19, 30), (12, 13), (1, 99), (10, 10), (19, 19)],
)
@pytest.mark.parametrize("premises", [HERE, THERE])
def test_allocate__some_of_it_given_before__is_refused(session, first, last, premises):
    give(session, 10, 19)
    with pytest.raises(RangeOverlaps, match=f"{official(10)} to {official(19)}"):
        give(session, first, last, premises)


def test_allocate__what_lies_between_others__is_given(session):
    for first, last in ((10, 19), (30, 39), (20, 29), (0, 9)):
        give(session, first, last)
    assert len(session.scalars(select(TagRange)).all()) == 4


def test_allocate__many_ranges_tried__agree_with_trying_every_number(session):
    random = Random(20)  # noqa: S311 — only has to spread
    taken: set[int] = set()
    for _ in range(60):
        first = random.randrange(90)
        numbers = range(first, first + random.randrange(1, 12))
        free = taken.isdisjoint(numbers)
        with nullcontext() if free else pytest.raises(RangeOverlaps):
            give(session, numbers[0], numbers[-1])
        taken.update(numbers if free else ())
    assert all((range_of(session, official(n)) is not None) == (n in taken) for n in range(105))


def test_resolve__tags_within_ranges_and_between_them__tells_whose_they_are(database):
    """Read with their animals, they are those that are read alone."""
    with database.write() as session:
        for first, last, place in ((10, 19, HERE), (30, 30, THERE), (31, 39, HERE)):
            give(session, first, last, place)
    numbers = {pig(number) for number in range(5, 41)}
    for _ in ("made", "known"):
        with database.write() as session:
            named = [report("register", sorted(numbers), at=HERE)]
            found = resolve(session, named, ()).issued
            alone = issues_of(session, numbers)
        assert alone.keys() == {pig(one) for one in (*range(10, 20), *range(30, 40))}
        assert found == (None if database.is_sqlite else alone)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (official(19), official(10)),
        ("598000000000010", "982000000000019"),
        ("598999999999999", "599000000000000"),
    ],
    ids=["backwards", "two makers", "over the end of a code"],
)
def test_allocate__ends_that_make_no_range__are_refused(session, first, last):
    with pytest.raises(BadRange, match=f"{first} to {last}"):
        allocate(session, first, last, HERE, origin())


def test_allocate__to_an_animal__is_refused(session):
    with pytest.raises(WrongKind):
        give(session, 10, 19, pig(1))


def test_is_allocated__only_the_same_range_of_the_same_premises(session):
    give(session, 10, 19)
    give(session, 20, 29, THERE)
    ends = official(10), official(19)
    assert is_allocated(session, *ends, HERE)
    assert not is_allocated(session, *ends, THERE)
    assert not is_allocated(session, *ends, source_place(3))
    assert not is_allocated(session, official(10), official(18), HERE)
    assert not is_allocated(session, official(40), official(49), HERE)


def test_register__tag_of_another_place__is_recorded_and_flagged(database):
    with database.write() as session:
        give(session, 10, 19, THERE)
    (done,) = write(database, report("register", [pig(12)], at=HERE))
    assert done.flags == ((pig(12), FlagCode.TAG_ISSUED_ELSEWHERE),)
    with database.read() as session:
        assert animal_history(session, pig(12)).stays[0].place.number == str(HERE)


def test_allocate__refused__leaves_nothing(database):
    with database.write() as session:
        give(session, 10, 19)

    def give_two() -> None:
        with database.write() as session:
            give(session, 20, 29)
            give(session, 15, 25)

    with pytest.raises(RangeOverlaps):
        give_two()
    assert (rows(database, TagRange), rows(database, Journal)) == (1, 1)
