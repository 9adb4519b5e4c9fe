"""Imports of premises, ranges of tags and animals."""

from __future__ import annotations

import csv
import json
from datetime import date
from hashlib import sha256
from pathlib import Path
from uuid import uuid5

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from services.livestock import imports
from services.livestock.domain.model import EVENTS, Key
from services.livestock.imports import CHANNEL, import_file
from services.livestock.imports.animals import Animals, Tags
from services.livestock.imports.premises import Premises
from services.livestock.queries.animals import animal_history
from services.livestock.recording.identity import ensure_premises, find_animals, find_premises
from services.storage.models import (
    Animal,
    Contact,
    Flag,
    Identifier,
    Journal,
    LedgerLeaf,
    TagRange,
)
from services.storage.models import Premises as Place
from services.storage.unit_of_work import Unit
from tests.factories import FARMER, TODAY, official, origin, pig, rows, source_place, write
from tests.factories import report as reported

PREMISES = f"""\
number,kind,province,district,llg,ward,village,latitude,longitude,name,phone
1,village herd,Simbu,Kundiawa,,4,Mirane,-6.02,144.97,Old Peter's,{FARMER}
2,Piggery,jiwaka,,,,,,,,
3,market,Bougainville,Arawa,,,,,,,
"""
TAGS = f"""\
first,last,premises
{official(10)},598 000000000019,1
{official(20)},{official(29)},2
982000000000001,982000000000500,new
"""
ANIMALS = f"""\
tag,premises,born,sex,breed,day
{official(11)},1,2026-03-01,female,Large White,2026-04-01
598-000000000021,2,,Castrated,,
animal:00007,2,,,,
"""
KINDS = {
    "premises": (lambda: Premises(TODAY), PREMISES, 3),
    "tags": (Tags, TAGS, 3),
    "animals": (lambda: Animals(TODAY), ANIMALS, 3),
}


class KilledError(BaseException):
    pass


@pytest.fixture
def take(tmp_path):
    """Imports a text into a database; dies in the transaction of a chunk where `dies_in` says."""

    def run(database, name, text=None, dies_in=None):
        kind = KINDS[name][0]()
        path = text if isinstance(text, Path) else tmp_path / f"{name}.csv"
        if path is not text:
            path.write_text(text or KINDS[name][1])
        chunks = iter(range(100))

        def record(given):
            with database.write() as session:
                unit = Unit(session, database.vault)
                new = kind.take(unit, given, origin())
                if next(chunks) == dies_in:
                    raise KilledError
            return new

        return import_file(path, kind, record)

    return run


def state(database):
    """Everything that an import leaves, but for what is drawn at random."""
    place = (Place.kind, Place.province, Place.name, Place.latitude, Place.found)
    given = (TagRange.first, TagRange.last, TagRange.premises_id)
    animal = (Animal.value, Animal.registered_at_id, Animal.sex, Animal.born_on, Animal.found)
    with database.read() as session:
        return [
            *(
                session.execute(select(*of).order_by(*of[:2])).all()
                for of in (place, given, animal)
            ),
            session.execute(select(Journal.event_id, Journal.type).order_by(Journal.id)).all(),
            *(rows(database, table) for table in (LedgerLeaf, Identifier, Contact, Flag)),
        ]


@pytest.mark.parametrize("name", KINDS)
def test_import__run_again__records_nothing_twice(database, take, name):
    first = take(database, name)
    assert (first.rows, first.new_events, first.refusals) == (3, KINDS[name][2], [])
    before = state(database)
    again = take(database, name)
    assert (again.rows, again.new_events, again.refusals) == (3, 0, [])
    assert state(database) == before


@pytest.mark.parametrize("name", KINDS)
def test_import__as_a_workbook_with_numbers_and_days__is_the_same_file(
    database, take, tmp_path, name
):
    take(database, name)
    book = Workbook()
    for line in csv.reader(KINDS[name][1].splitlines()):
        book.active.append([typed(text) for text in line])
    book.save(tmp_path / "register.xlsx")
    again = take(database, name, tmp_path / "register.xlsx")
    assert (again.rows, again.new_events, again.refusals) == (3, 0, [])


def typed(text):
    """A cell as a person types it into Excel."""
    if text.isdecimal():
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text or None


@pytest.mark.parametrize("name", KINDS)
def test_import__killed_at_each_chunk_and_run_again__ends_as_if_never_killed(
    open_database, take, name, monkeypatch
):
    monkeypatch.setattr(imports, "CHUNK_ROWS", 1)
    whole = open_database("sqlite")
    take(whole, name)
    killed = open_database("sqlite")
    for chunk in range(3):
        with pytest.raises(KilledError):
            take(killed, name, dies_in=chunk)
        assert rows(killed, Journal) == chunk
    take(killed, name)
    assert state(killed) == state(whole)


def place(database, number):
    with database.read() as session:
        ref = find_premises(session, [source_place(number)])[source_place(number)]
        row = session.get_one(Place, ref.id)
        session.expunge(row)
    return row


def test_premises__all_columns__are_taken(database, take):
    take(database, "premises")
    one, two, three = (place(database, number) for number in (1, 2, 3))
    assert (one.kind, one.province, one.district, one.ward) == (
        "village_herd", "Chimbu", "Kundiawa", "4",
    )  # fmt: skip
    assert (one.llg, one.village, one.name, one.found) == (None, "Mirane", "Old Peter's", False)
    assert (one.latitude, one.longitude) == (-6.02, 144.97)
    assert (two.kind, two.province, two.latitude, two.keeper_id) == (
        "piggery",
        "Jiwaka",
        None,
        None,
    )
    with database.read() as session:
        contact = session.execute(select(Contact.party_id, Contact.number)).one()
        contents = session.scalars(select(Journal.content).order_by(Journal.id)).all()
    assert tuple(contact) == (one.keeper_id, FARMER)
    assert [json.loads(content)["occurred"]["zone"] for content in contents] == [
        "Pacific/Port_Moresby", "Pacific/Port_Moresby", "Pacific/Bougainville",
    ]  # fmt: skip
    assert three.village is None


def test_premises__record__tells_nothing_of_who_lives_there(database, take):
    take(database, "premises")
    with database.read() as session:
        journal = session.execute(select(Journal.event_id, Journal.content)).all()
    for secret in (b"Peter", b"Mirane", b"6.02", FARMER[1:].encode(), b"Chimbu"):
        assert all(secret not in row.content for row in journal)
    # Whoever knows all the rest must not find the phone by trying numbers on the event's id.
    said = Premises(TODAY).read(
        dict(zip(*(line.split(",") for line in PREMISES.splitlines()[:2]), strict=True))
    )
    guesses = {
        uuid5(EVENTS, "\0".join((CHANNEL, digest(said.digested()), "0")))
        for digest in (bytes.hex, lambda told: sha256(told).hexdigest())
    }
    assert guesses.isdisjoint(row.event_id for row in journal)


def test_premises__told_of_anew__change_and_an_old_file_changes_nothing_back(database, take):
    take(database, "premises")
    changed = "number,kind,province,village,name\n1,piggery,,Koge,\n"
    assert take(database, "premises", changed).new_events == 1
    assert take(database, "premises").new_events == 0
    row = place(database, 1)
    assert (row.kind, row.village, row.name, row.province) == (
        "piggery", "Koge", "Old Peter's", "Chimbu",
    )  # fmt: skip


def test_premises__found_before_by_a_movement__are_the_same(database, take):
    write(database, reported("arrive", [pig(1)], at=source_place(1), other=source_place(9)))
    assert place(database, 1).found
    take(database, "premises")
    assert (place(database, 1).found, place(database, 9).found) == (False, True)
    assert rows(database, Place) == 4


def test_premises__by_their_short_number__are_those(database, take):
    with database.write() as session:
        ref = ensure_premises(session, [source_place(1)])[source_place(1)]
        session.add(Identifier(scheme="bilum", value="1068", premises_id=ref.id))
    tally = take(
        database,
        "premises",
        "number,kind,province\nbilum:1068,market,\nbilum:1165,market,\niso11784:1,market,\n",
    )
    unknown, unread = (refusal.reason for refusal in tally.refusals)
    assert unknown == "No animal or premises has the number 1165: check it and send it again"
    assert unread.startswith("number cannot be read: an official number has 15 digits")
    with database.read() as session:
        assert session.scalars(select(Place.kind)).all() == ["market"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (",market,,,,", "number is empty"),
        ("1,,,,,", "kind is empty"),
        ("1,farm,,,,", "kind is none of household, village_herd, piggery"),
        ("1,market,Queensland,,,", "province is none of Papua New Guinea: Queensland"),
        ("1,market,West Jiwaka,,,", "province is none of Papua New Guinea: West Jiwaka"),
        ("1,market,,-6,,", "longitude is empty"),
        ("1,market,,-91,140,", "latitude is not a number of degrees from -90 to 90: -91"),
        ("1,market,,6,nan,", "longitude is not a number of degrees from -180 to 180: nan"),
        ("1,market,,south,140,", "latitude is not a number of degrees from -90 to 90: south"),
        ("1,market,,,,12345678", "phone is no phone number with its country code"),
    ],
)
def test_premises__wrong_cell__is_refused_with_a_reason(open_database, take, cells, reason):
    header = "number,kind,province,latitude,longitude,phone\n"
    database = open_database("sqlite")
    tally = take(database, "premises", f"{header}{cells}\n9,port,,,,\n")
    assert len(tally.refusals) == 1
    assert tally.refusals[0].reason.startswith(reason)
    assert (tally.rows, rows(database, Place)) == (1, 1)


def test_tags__premises_that_nobody_knew__are_found(database, take):
    take(database, "tags")
    assert (rows(database, TagRange), rows(database, Place)) == (3, 3)
    with database.read() as session:
        new = Key("premises", "new")
        assert session.get_one(Place, find_premises(session, [new])[new].id).found


def test_tags__wrong_rows__are_refused_each_alone(database, take):
    lines = [
        f"{official(10)},{official(19)},1",
        f"{official(15)},{official(25)},1",
        f"{official(39)},{official(30)},1",
        "598000000000040,999000000000049,1",
        "12,13,1",
        f"animal:1,{official(49)},1",
        f"{official(50)},{official(59)},{pig(1).scheme}:{pig(1).value}",
        f"{official(50)},{official(59)},2",
        f"{official(50)},{official(59)},2",
    ]
    tally = take(database, "tags", "first,last,premises\n" + "\n".join(lines))
    assert [refusal.line for refusal in tally.refusals] == [3, 4, 5, 6, 7, 8]
    told = [refusal.reason for refusal in tally.refusals]
    assert told[0] == f"The tags {official(10)} to {official(19)} were given before: give others"
    assert "no range of tags" in told[1] and "no range of tags" in told[2]  # noqa: PT018
    assert told[3].startswith("first cannot be read: ")
    assert told[4] == "first is not an official number of 15 digits: animal:1"
    assert told[5] == f"{official(1)} is not the number of premises"
    assert (tally.rows, tally.new_events, rows(database, TagRange)) == (3, 2, 2)


def test_animals__all_columns__are_taken(database, take):
    take(database, "animals")
    with database.read() as session:
        refs = find_animals(session, [pig(11), pig(21), Key("animal", "00007")])
        found = [session.get_one(Animal, ref.id) for ref in refs.values()]
        session.expunge_all()
        stay = animal_history(session, pig(11)).stays[0]
    by_value = {row.value: row for row in found}
    assert set(by_value) == {official(11), official(21), "00007"}
    sow, boar = by_value[official(11)], by_value[official(21)]
    assert (sow.sex, sow.breed, sow.born_on) == ("female", "Large White", date(2026, 3, 1))
    assert (sow.registered_on, sow.found) == (date(2026, 4, 1), False)
    assert (boar.sex, boar.breed, boar.registered_on) == ("castrated", None, TODAY)
    assert stay.place.number == "premises:1"


def test_animals__another_row_of_the_same_tag__is_evidence_and_flagged(database, take):
    text = f"tag,premises\n{official(1)},1\n{official(1)},2\n{official(1)},2\n"
    tally = take(database, "animals", text)
    assert (tally.rows, tally.new_events) == (3, 2)
    with database.read() as session:
        assert animal_history(session, pig(1)).flags == ("registered_twice",)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (",1,,", "tag is empty"),
        (f"{official(1)},,,", "premises is empty"),
        ("59800000000001,1,,", "tag cannot be read: "),
        ("598000000000000,1,,", "tag is only an example"),
        (f"{official(1)},1,2027-01-01,", "born is in the future: 2027-01-01"),
        (f"{official(1)},1,1/3/2026,", "born is not a day such as 2005-10-18: 1/3/2026"),
        (f"{official(1)},1,,boar", "sex is none of female, male, castrated: boar"),
        ("1068,1,,", "No animal or premises has the number 1068"),
        ("premises:1,1,,", "premises:1 is not the number of an animal"),
    ],
)
def test_animals__wrong_cell__is_refused_with_a_reason(open_database, take, cells, reason):
    database = open_database("sqlite")
    good = f"{official(5)},1,,\n"
    tally = take(database, "animals", f"tag,premises,born,sex\n{cells}\n{good}")
    assert [(one.line, one.reason[: len(reason)]) for one in tally.refusals] == [(2, reason)]
    assert (tally.rows, rows(database, Animal)) == (1, 1)
