"""Import of a list of people in batches, each applied in one transaction.

After a kill, import the same file again: rows already applied change nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import RowFault
from services.core.geography import zone_of
from services.core.table_files import FileTally, Refusal, read_rows
from services.health.courses.home_province import set_province
from services.health.courses.subscriptions import OPEN, Enrolment
from services.health.imports.enrolment import BY_IMPORT, CourseChoice, Programmes, enrol
from services.health.imports.rows import PHONE, PersonFields, PersonRow, check_name, read_row
from services.messaging.consent import consents_of_all
from services.storage.database import Database
from services.storage.locks import require_one_writer
from services.storage.models import Contact, Listed, Party, Person, Subscription
from services.storage.parties import add_keepers
from services.storage.persons import people_of
from services.storage.vault import Vault, vault_of
from sms.consent import EVERYTHING, GONE
from sms.local_time import local_day
from sms.numbers import mask

BATCH = 500

_LANGUAGE = "write en or tpi, or import with --language for all such rows"
_STOPPED = "leave the row out: only the person can want messages again, by the SMS START"
_GONE = "leave the row out: who has the phone now can join by SMS"
_LEFT = "leave the row out: only the person can join again, by SMS"


class ImportOptions(NamedTuple):
    """Language of people whose language nobody knows, and whether nothing is to be kept."""

    language: str | None = None
    dry_run: bool = False


KEPT = ImportOptions()


def import_people(
    path: Path,
    database: Database,
    now: datetime,
    options: ImportOptions = KEPT,
    progress: Callable[[int], None] = lambda _rows: None,
) -> "Tally":
    """Import a list of people from CSV or .xlsx; docs/programmes.md gives its columns.

    Each batch is one transaction. `progress` gets the number of rows read so far after each batch.
    In a dry run a new person in two batches counts twice.

    Raises:
        UnreadableFile: it is no such file; nothing was imported. A file that breaks off later does
            not raise: its first rows are imported, and `Tally.fault` says why.
    """
    tally, done = Tally(), 0
    rows = _read(path, tally, local_day(now))
    while batch := list(islice(rows, BATCH)):
        with database.write() as session:
            take_rows(session, database.vault, batch, ImportRun(tally, now, options.language))
            if options.dry_run:
                session.rollback()
        done += len(batch)
        progress(done + len(tally.refusals))
    tally.refusals.sort()
    return tally


def _read(path: Path, tally: "Tally", today: date) -> Iterator[PersonRow]:
    # Digests by number: a million numbers with their names would take too much memory.
    seen: dict[bytes, tuple[int, bytes]] = {}
    for line in read_rows(path, (PHONE,), tally):
        try:
            row = read_row(line.number, line.cells, today)
            check_name(row, seen)
        except RowFault as fault:
            # Without its cells: a report repeats no health data.
            person = fault.column, fault.wrong, fault.advice
            tally.refusals.append(Refusal(line.number, *person))
            continue
        yield row


@dataclass(slots=True)
class Tally(FileTally):
    """Outcome of an import: rows by what became of them, and columns that mean nothing.

    `changed` rows are of known people with new data or a new list; `enrolled` began a programme.
    """

    people: int = 0
    changed: int = 0
    enrolled: int = 0
    unchanged: int = 0
    unused: set[str] = field(default_factory=set)


class ImportRun(NamedTuple):
    """An import: what counts its results, its instant (UTC), the language of unknown speakers."""

    tally: Tally
    now: datetime
    language: str | None


class AcceptedRow(NamedTuple):
    """An accepted row, the blind index of its number, and the course it joins."""

    row: PersonRow
    number_index: bytes
    course: CourseChoice | None


def take_rows(
    session: Session,
    vault: Vault,
    rows: Sequence[PersonRow],
    run: ImportRun,
) -> None:
    """Apply up to some hundred rows; refused ones do not stop the others.

    Known data of a person stays: a list only fills gaps. The run's tally counts the results.
    """
    tally, now = run.tally, run.now
    require_one_writer(session)
    indexes = {row.number: vault.index(row.number) for row in rows}
    parties = parties_of(session, indexes.values())
    accepted = accept_rows(session, rows, indexes, parties, run)
    new = _make(session, accepted, parties)
    tally.people += len(new)
    known = [parties[one.number_index] for one in accepted]
    people = people_of(session, {party.id: party.public_id for party in known})
    listed = _listed(session, [person.id for person in people.values()])
    # In the order of what shows nothing, so that no order of rows ties courses to parties.
    for one in sorted(accepted, key=lambda one: people[parties[one.number_index].id].link or b""):
        party = parties[one.number_index]
        person = people[party.id]
        changed = _fill(party, one.row.person, person)
        if one.row.person.province and person.province is None:
            set_province(session, person, one.row.person.province, now)
            changed = True
        changed |= _list(session, person, one.row.list_name, listed)
        enrolled = _enrol(session, one, person, now)
        tally.enrolled += enrolled
        if one.number_index in new:
            # Further rows of a new person count as changes.
            new.discard(one.number_index)
        elif changed or enrolled:
            tally.changed += 1
        else:
            tally.unchanged += 1


def parties_of(session: Session, indexes: Collection[bytes]) -> dict[bytes, Party]:
    """Return the parties of numbers, by their blind indexes."""
    rows = session.execute(
        select(Contact.number_index, Party)
        .join(Party, Party.id == Contact.party_id)
        .where(Contact.number_index.in_(indexes))
    )
    return {index: party for index, party in rows}  # noqa: C416 — a row is no pair to the checker


def accept_rows(
    session: Session,
    rows: Sequence[PersonRow],
    indexes: Mapping[str, bytes],
    parties: Mapping[bytes, Party],
    run: ImportRun,
) -> list[AcceptedRow]:
    """Return the rows that are taken, without taking them; refuse the others in the run's tally."""
    programmes = Programmes(session, local_day(run.now))
    numbers = _numbers(session, parties)
    every = set(indexes).union(*numbers.values())
    wishes, accepted = consents_of_all(session, every), []
    for row in rows:
        index = indexes[row.number]
        known = parties.get(index)
        try:
            language = _language(row, known, run)
            mine = numbers.get(index, set()) | {row.number}
            _respect(row, [wishes.get(number, {}) for number in mine])
            course = (
                programmes.course(row.joining, language, run.tally.unused) if row.joining else None
            )
        except RowFault as fault:
            run.tally.refusals.append(
                Refusal(row.line, fault.column, fault.wrong, fault.advice, subject=mask(row.number))
            )
            continue
        told = row._replace(person=row.person._replace(language=language))
        accepted.append(AcceptedRow(told, index, course))
    return accepted


def _language(row: PersonRow, known: Party | None, run: ImportRun) -> str:
    language = row.person.language or (known.language if known else None) or run.language
    if language is None:
        raise RowFault("language", "is empty, and nobody knows it", _LANGUAGE)
    return language


def _numbers(session: Session, parties: Mapping[bytes, Party]) -> dict[bytes, set[str]]:
    """Return all numbers of each party, those of its courses included, by the number in the row."""
    link = vault_of(session).link
    keys = {party.id: link(party.public_id) for party in parties.values()}
    contacts = select(Contact.party_id, Contact.number).where(Contact.party_id.in_(keys))
    courses = (
        select(Person.link, Subscription.number)
        .join(Person, Person.id == Subscription.person_id)
        .where(Person.link.in_(keys.values()), Subscription.state.in_(OPEN))
    )
    found: defaultdict[int | bytes | None, set[str]] = defaultdict(set)
    for whose, number in (*session.execute(contacts), *session.execute(courses)):
        if number:
            found[whose].add(number)
    return {index: found[one.id] | found[keys[one.id]] for index, one in parties.items()}


def _respect(row: PersonRow, wishes: Iterable[Mapping[str, bool]]) -> None:
    """Refuse a row against the person's own refusal by any of their numbers."""
    refused = {scope for each in wishes for scope, granted in each.items() if not granted}
    if EVERYTHING in refused:
        raise RowFault(PHONE, "stopped all messages", _STOPPED)
    if GONE in refused:
        raise RowFault(PHONE, "is of somebody who died or lost the phone, as we were told", _GONE)
    if row.joining and row.joining.programme in refused:
        raise RowFault("programme", "was left by the person", _LEFT)


def _make(
    session: Session, accepted: Sequence[AcceptedRow], parties: dict[bytes, Party]
) -> set[bytes]:
    """Create the missing parties; return the blind indexes of their numbers."""
    numbers = {
        one.number_index: one.row.number for one in accepted if one.number_index not in parties
    }
    made = add_keepers(session, numbers)
    parties.update(made)
    # Whose first text came meanwhile has a party: a stranger's takes no lock.
    parties.update(parties_of(session, numbers.keys() - made.keys()))
    return set(made)


def _listed(session: Session, ids: Collection[int]) -> set[tuple[str, int]]:
    rows = session.execute(
        select(Listed.list_name, Listed.person_id).where(Listed.person_id.in_(ids))
    )
    return {(row.list_name, row.person_id) for row in rows}


def _fill(party: Party, given: PersonFields, person: Person) -> bool:
    """Fill gaps of a person's data; return whether any was filled."""
    changed = False
    for target, name in (
        (party, "name"),
        (party, "language"),
        (person, "district"),
        (person, "sex"),
        (person, "birth_year"),
    ):
        value = getattr(given, name)
        if value is not None and getattr(target, name) is None:
            setattr(target, name, value)
            changed = True
    return changed


def _list(session: Session, person: Person, name: str | None, listed: set[tuple[str, int]]) -> bool:
    if name is None or (name, person.id) in listed:
        return False
    listed.add((name, person.id))
    session.add(Listed(list_name=name, person_id=person.id))
    return True


def _enrol(session: Session, one: AcceptedRow, person: Person, now: datetime) -> bool:
    joining = one.row.joining
    if joining is None or joining.consent is None or one.course is None:
        return False
    zone, language = zone_of(person.province), one.course.language
    enrolment = Enrolment(person.id, one.row.number, language, zone, BY_IMPORT)
    return enrol(session, enrolment, joining, one.course, now)
