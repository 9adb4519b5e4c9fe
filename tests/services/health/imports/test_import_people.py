from __future__ import annotations

from datetime import date

import pytest
from openpyxl import Workbook
from sqlalchemy import delete, select

from services.core.errors import UnreadableFile
from services.health.courses.subscriptions import consent_to
from services.health.imports import import_people as people
from services.health.imports.import_people import ImportOptions, import_people
from services.health.versions.store import programme_by_id
from services.messaging.consent import consent_index, consents, consents_of, refuse
from services.storage.models import (
    Consent,
    Contact,
    Listed,
    Message,
    Party,
    Person,
    Subscription,
)
from services.storage.persons import party_of_person
from sms.consent import EVERYTHING, GONE
from tests.factories import NOW, rows
from tests.services.health.scene import publish
from tests.support.texts import assert_one_segment

HEADER = (
    "phone,name,language,province,district,sex,birth_year,list,programme,consent,consent_date,quit"
)
MARIA = "70110001,Maria Kaupa,en,Jiwaka,North Waghi,f,1987,clinic"
JOINS = f"{MARIA},tobacco,form 12,2026-11-20,2026-12-05"
MARIAS, SECOND = "+67570110001", "+67570110009"
LEFT = "was left by the person"
TABLES = (Party, Contact, Person, Listed, Subscription, Consent)


@pytest.fixture
def take(database, tmp_path):
    """Import lines below the header."""

    def run(*lines, header=HEADER, encoding="utf-8", language="tpi", **more):
        options = {"language": language, **more}
        path = tmp_path / "people.csv"
        path.write_bytes("\r\n".join([header, *lines]).encode(encoding, "surrogateescape"))
        return import_people(path, database, NOW, ImportOptions(**options))

    return run


def only(database, table):
    with database.read() as session:
        session.expire_on_commit = False
        return session.scalars(select(table).order_by(table.__mapper__.primary_key[0])).first()


def told(tally):
    return [(one.line, one.column, one.wrong) for one in tally.refusals]


def index(database, number="+67570110001"):
    return database.vault.index(number)


def test_import__new_person__is_there_with_number_and_list(database, take):
    tally = take(MARIA)
    assert (tally.people, tally.enrolled, tally.refusals) == (1, 0, [])
    party, person = only(database, Party), only(database, Person)
    assert (party.name, party.language, party.role) == ("Maria Kaupa", "en", "keeper")
    assert (person.province, person.district, person.sex, person.birth_year) == (
        "Jiwaka",
        "North Waghi",
        "f",
        1987,
    )
    assert only(database, Contact).number == "+67570110001"
    assert only(database, Listed).list_name == "clinic"


def test_import__same_file_again__changes_nothing(database, take):
    publish(database)
    take(JOINS)
    before = [rows(database, table) for table in TABLES]
    tally = take(JOINS)
    assert (tally.people, tally.changed, tally.enrolled, tally.unchanged) == (0, 0, 0, 1)
    assert [rows(database, table) for table in TABLES] == before


def test_import__workbook_with_numbers_and_days__is_the_same_list(database, take, tmp_path):
    publish(database)
    take(JOINS)
    person = (70110001, "Maria Kaupa", "en", "Jiwaka", "North Waghi", "f", 1987, "clinic")
    joins = ("tobacco", "form 12", date(2026, 11, 20), date(2026, 12, 5))
    book = Workbook()
    for row in (HEADER.split(","), (*person, *joins), (7_011_000_100_000_000, "Jo")):
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    tally = import_people(tmp_path / "people.xlsx", database, NOW)
    assert (tally.people, tally.changed, tally.unchanged) == (0, 0, 1)
    assert [one[:2] for one in told(tally)] == [(3, "phone")]
    assert "15 digits" in tally.refusals[0].wrong


def test_import__course_is_over__the_same_consent_begins_it_no_more(database, take):
    publish(database)
    take(JOINS)
    with database.write() as session:
        session.scalars(select(Subscription)).one().state = "completed"
    assert take(JOINS).enrolled == 0
    assert take(JOINS.replace("2026-11-20", "2026-11-25")).enrolled == 0


def test_import__consent__enrols_with_its_days(database, take):
    publish(database)
    assert take(JOINS).enrolled == 1
    row = only(database, Subscription)
    assert (row.state, row.source, row.language) == ("active", "import", "en")
    assert row.anchors["quit"] == "2026-12-05"
    with database.read() as session:
        word = session.scalars(select(Consent)).one()
        assert (word.scope, word.granted) == ("tobacco", True)
        assert word.source == "import: form 12, 2026-11-20"


def test_import__programme_without_consent__makes_the_person_alone(database, take):
    publish(database)
    assert take(f"{MARIA},tobacco").enrolled == 0
    assert rows(database, Subscription) == 0
    assert only(database, Listed).list_name == "clinic"


def test_import__known_person__keeps_what_is_known(database, take):
    take("70110001,Maria,,,,,,")
    tally = take(MARIA)
    assert (tally.people, tally.changed) == (0, 1)
    assert only(database, Party).name == "Maria"
    assert only(database, Person).province == "Jiwaka"


def test_import__who_stopped_everything__is_refused_and_stays_so(database, take):
    publish(database)
    take(MARIA)
    with database.write() as session:
        stop = {"scope": EVERYTHING, "granted": False, "source": "sms", "at": NOW}
        session.add(Consent(number_index=index(database), **stop))
    tally = take(JOINS)
    assert told(tally) == [(2, "phone", "stopped all messages")]
    assert rows(database, Subscription) == 0
    with database.read() as session:
        assert consents(session, [index(database)])[index(database)] == {EVERYTHING: False}


def test_import__who_left_the_programme__is_refused_and_stays_so(database, take):
    publish(database)
    with database.write() as session:
        stop = {"scope": "tobacco", "granted": False, "source": "sms", "at": NOW}
        session.add(Consent(number_index=database.vault.health_index(MARIAS), **stop))
    assert told(take(JOINS)) == [(2, "programme", "was left by the person")]
    assert rows(database, Subscription) == 0


@pytest.mark.parametrize(
    ("scope", "told_of"),
    [
        (EVERYTHING, ("phone", "stopped all messages")),
        (GONE, ("phone", "is of somebody who died or lost the phone, as we were told")),
        ("tobacco", ("programme", LEFT)),
    ],
)
@pytest.mark.parametrize("by_course", [False, True], ids=["contact", "course"])
def test_import__word_of_another_number_of_the_person__holds(
    database, take, scope, told_of, by_course
):
    publish(database)
    take(JOINS)
    change_number(database, SECOND, contact=not by_course)
    with database.write() as session:
        session.execute(delete(Consent))
        stop = {"scope": scope, "granted": False, "source": "sms", "at": NOW}
        mine = consent_index(database.vault, SECOND, scope)
        session.add(Consent(number_index=mine, **stop))
    assert told(take(JOINS.replace("11-20", "11-25"))) == [(2, *told_of)]
    with database.read() as session:
        assert consents_of(session, MARIAS) == {}


def test_import__invited_on_another_number__the_course_goes_to_that_of_the_row(database, take):
    publish(database)
    take(JOINS)
    change_number(database, SECOND, contact=False)
    with database.write() as session:
        row = session.scalars(select(Subscription)).one()
        row.state, row.consented_at, row.zone = "invited", None, "Pacific/Bougainville"
    assert take(JOINS).enrolled == 1
    row = only(database, Subscription)
    mine = database.vault.health_index(MARIAS)
    assert (row.state, row.number, row.number_index) == ("active", MARIAS, mine)
    assert row.zone == "Pacific/Port_Moresby"


def change_number(database, number, *, contact):
    """Give the one person a second number, or the course of his another one."""
    with database.write() as session:
        row = session.scalars(select(Subscription)).one()
        if contact:
            found = {"number": number, "number_index": index(database, number)}
            party = party_of_person(session, row.person_id)
            session.add(Contact(party_id=party.id, **found))
        else:
            row.number, row.number_index = number, database.vault.health_index(number)


@pytest.mark.parametrize(("source", "granted"), [("sms", True), ("import: form", False)])
def test_consent_to__who_stopped_everything__only_his_own_sms_undoes_it(
    database, take, source, granted
):
    publish(database)
    take(JOINS)
    with database.write() as session:
        row = session.scalars(select(Subscription)).one()
        refuse(session, index(database), EVERYTHING, "sms", NOW)
        consent_to(session, row, programme_by_id(session, row.version_id)[1], source, NOW)
    with database.read() as session:
        assert consents(session, [index(database)])[index(database)][EVERYTHING] is granted


@pytest.mark.parametrize(
    "on", ["0001-01-01", "1900-01-01", "2024-11-24", "2028-11-25", "2126-01-01", "9999-12-31"]
)
def test_import__day_far_from_today__is_a_fault_of_its_row_alone(database, take, on):
    publish(database)
    tally = take(JOINS.replace("2026-12-05", on), "70110002,Jo,,,,,,,,,,")
    assert told(tally) == [(2, "quit", "is too far from today")]
    assert tally.people == 1


@pytest.mark.parametrize("on", ["20261205", "2026-W48-3", "12/05/26", "2026-12-5"])
def test_import__day_written_otherwise__is_a_fault_of_its_row(database, take, on):
    publish(database)
    assert told(take(JOINS.replace("2026-12-05", on))) == [(2, "quit", "is no day")]


@pytest.mark.parametrize("on", ["2026-10-25", "2028-11-24", "05/12/2026"])
def test_import__day_within_two_years__is_taken(database, take, on):
    publish(database)
    assert take(JOINS.replace("2026-12-05", on)).enrolled == 1


def test_import__bad_rows_among_good_ones__are_refused_one_by_one(database, take):
    publish(database, languages=("en",))
    tally = take(
        MARIA,
        "12,Jo,,,,,,,,,,",
        "70110002,Jo,,,,,,,asthma,,,",
        "70110003,Jo,tpi,,,,,,tobacco,,,",
        "70110004,Jo,,,,,,,tobacco,form,2026-11-20,soon",
        "70110001,Peter,,,,,,,,,,",
        "",
        "70110005,=SUM(A1),,,,,,,,,,",
        language="en",
    )
    assert told(tally) == [
        (3, "phone", "has too many or too few digits"),
        (4, "programme", "is not approved"),
        (5, "language", "is not an approved language of the programme"),
        (6, "quit", "is no day"),
        (7, "phone", "stands in line 2 with another name"),
    ]
    assert [one.subject for one in tally.refusals[1:4]] == [
        "+675\u2022\u2022\u2022\u2022\u2022002",
        "+675\u2022\u2022\u2022\u2022\u2022003",
        "+675\u2022\u2022\u2022\u2022\u2022004",
    ]
    assert tally.people == 2
    with database.read() as session:
        assert "=SUM(A1)" in session.scalars(select(Party.name)).all()


def test_import__byte_order_mark_semicolons_and_columns_of_others__are_read(database, take):
    tally = take("70110001;Maria;blue", header="\ufeffPhone;Name;Colour", encoding="utf-8")
    assert (tally.people, tally.refusals) == (1, [])
    assert only(database, Party).name == "Maria"


def test_import__column_that_is_no_anchor__is_told_once(database, take):
    publish(database)
    tally = take("70110001,tobacco,a", "70110002,tobacco,b", header="phone,programme,colour")
    assert (tally.unused, tally.refusals) == ({"colour"}, [])


def test_import__row_that_is_not_utf8__is_refused_alone(take):
    tally = take("70110001,M\udce4ria", "70110002,Jo", header="phone,name")
    assert (told(tally), tally.people) == ([(2, "name", "is not UTF-8")], 1)


@pytest.mark.parametrize("header", ["number,name", "phone,name,name", ""])
def test_import__header_that_cannot_be__takes_nothing(database, take, header):
    with pytest.raises(UnreadableFile):
        take("70110001,Jo,Jo", header=header)
    assert rows(database, Party) == 0


def test_import__killed_between_batches__goes_on_with_the_same_file(database, take, monkeypatch):
    monkeypatch.setattr(people, "BATCH", 2)
    lines = [f"7011000{number},Jo {number}" for number in range(5)]
    batches = 0

    def die(*arguments):
        nonlocal batches
        batches += 1
        if batches == 2:
            raise RuntimeError
        real(*arguments)

    real = people.take_rows
    monkeypatch.setattr(people, "take_rows", die)
    with pytest.raises(RuntimeError):
        take(*lines, header="phone,name")
    assert rows(database, Party) == 2
    monkeypatch.setattr(people, "take_rows", real)
    tally = take(*lines, header="phone,name")
    assert (tally.people, tally.unchanged, rows(database, Party)) == (3, 2, 5)


def test_import__one_person_on_two_lists__is_one_person(database, take):
    tally = take("70110001,a", "70110001,b", header="phone,list")
    assert (tally.people, tally.changed) == (1, 1)
    assert (rows(database, Party), rows(database, Listed)) == (1, 2)


def test_import__quotes_that_do_not_end__are_told_with_what_they_swallow(take):
    lines = ("70110001,Jo", '70110002,"Jo', '70110003,"Jo', "70110004,Jo")
    tally = take(*lines, header="phone,name")
    assert (tally.people, told(tally)) == (2, [(4, "", "is not CSV")])
    tally = take("70110005,Jo", '70110006,"Jo', '70110007,Jo"', header="phone,name")
    assert (tally.people, told(tally)) == (1, [(4, "name", "runs over several lines")])


def test_import__quotes_open_at_the_end__are_no_csv(take):
    tally = take("70110001,Jo", '70110002,"Jo', "70110003,Jo", header="phone,name")
    assert (tally.people, told(tally)) == (1, [(4, "", "is not CSV")])


def welcomes(database):
    with database.read() as session:
        found = session.scalars(select(Message).where(Message.purpose == "welcome"))
        return [(one.recipient, one.body) for one in found]


def test_import__who_begins_a_programme__is_told_so_and_how_to_leave_once(database, take):
    publish(database)
    take(JOINS)
    take(JOINS)
    ((number, body),) = welcomes(database)
    assert number == MARIAS
    assert body.startswith("Welcome to ")
    assert "20 Nov" in body
    assert "STOP" in body
    assert_one_segment(body)


@pytest.mark.parametrize("day", ["2025-11-25", "2026-03-01"])
def test_import__day_so_long_ago_that_the_course_is_over__is_refused(database, take, day):
    """Such a course began and ended at once, and counted as lost."""
    publish(database)
    tally = take(JOINS.replace("2026-12-05", day))
    (refusal,) = tally.refusals
    assert (refusal.column, "so long ago" in refusal.wrong) == ("quit", True)
    assert (tally.enrolled, rows(database, Subscription)) == (0, 0)
    assert welcomes(database) == []


def test_import__language_that_nobody_knows__is_asked_for(database, take):
    nobody_s = MARIA.replace(",en,", ",,")
    tally = take(nobody_s, language=None)
    assert [one[1:] for one in told(tally)] == [("language", "is empty, and nobody knows it")]
    assert rows(database, Party) == 0
    take(nobody_s, language="en")
    assert only(database, Party).language == "en"


def test_import__language_of_a_known_person__stays(database, take):
    take(MARIA)
    tally = take(MARIA.replace(",en,", ",,"), language="tpi")
    assert (tally.refusals, only(database, Party).language) == ([], "en")


def test_import__dry_run__says_what_would_happen_and_keeps_nothing(database, take):
    publish(database)
    before = [rows(database, table) for table in (*TABLES, Message)]
    tally = take(JOINS, "123", dry_run=True)
    assert (tally.people, tally.enrolled, len(tally.refusals)) == (1, 1, 1)
    assert [rows(database, table) for table in (*TABLES, Message)] == before
    assert take(JOINS).enrolled == 1
