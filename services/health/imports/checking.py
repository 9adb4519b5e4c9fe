"""Check of an uploaded list: what becomes of each row if it is taken now, and what it costs."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.core.errors import RowFault
from services.core.geography import zone_of
from services.core.table_files import Refusal, cell_text
from services.health.courses.subscriptions import SubscriptionState
from services.health.format.model import Personal
from services.health.imports.enrolment import FirstText, Programmes, first_texts, is_settled
from services.health.imports.import_people import (
    BATCH,
    AcceptedRow,
    ImportRun,
    Tally,
    accept_rows,
    parties_of,
)
from services.health.imports.list_rows import (
    ListOptions,
    RowState,
    options_of,
    rows_of,
    texts_of,
)
from services.health.imports.lists import (
    ImportState,
    programme_of_list,
)
from services.health.imports.rows import PHONE, PersonRow, check_name, read_number, read_row
from services.health.linting.costs import costs
from services.health.linting.findings import LintSettings
from services.storage.models import Party, Person, PersonImport, PersonImportRow, Subscription
from services.storage.vault import Vault, vault_of
from sms.local_time import local_day

Fault = Mapping[str, str]


class RowVerdict(NamedTuple):
    """Verdict on a row: its state, the index of its number, its fault.

    `reveals`: it tells that the number's person is in the programme, or refused it.
    """

    state: RowState
    number_index: bytes | None = None
    fault: Fault | None = None
    reveals: bool = False


class _Beginners(NamedTuple):
    """Rows that begin a course: how many by language and cohort, and those without a consent."""

    groups: Counter[tuple[str, str]]
    without_consent: list[int]


def check_list(
    session: Session, row: PersonImport, now: datetime, settings: LintSettings
) -> list[bytes]:
    """Check every row, and keep what was found.

    Return the indexes of numbers of which the check tells something new, so that the caller notes
    these readings. Nothing is done without a column of phones.
    """
    options = options_of(row)
    if PHONE not in options.columns:
        row.state = ImportState.UNMATCHED.value
        return []
    rows = session.scalars(rows_of(row)).all()
    data = [
        one for one in rows if one.line > options.header and one.state != RowState.LEFT_OUT.value
    ]
    beginners = _Beginners(Counter(), [])
    verdicts = dict.fromkeys((one.line for one in rows), RowVerdict(RowState.HEAD))
    verdicts |= _judge(session, row, data, now, beginners)
    told = [
        verdict.number_index
        for one in data
        if (verdict := verdicts[one.line]).reveals
        and verdict.number_index
        and (one.state, one.fault) != (verdict.state, verdict.fault)
    ]
    _keep(session, [one for one in rows if one.state != RowState.LEFT_OUT.value], verdicts)
    row.state = ImportState.CHECKED.value
    row.summary = {
        "unreadable": row.summary.get("unreadable", []),
        "begin": beginners.groups.total(),
        "without_consent": len(beginners.without_consent),
        **_cost(session, row, beginners.groups, now, settings),
    }
    return told


def read_line(
    one: PersonImportRow, row: PersonImport, options: ListOptions, now: datetime
) -> PersonRow:
    """Read a row as the import does, or raise RowFault."""
    cells = {"programme": row.programme, **texts_of(one, options)}
    return read_row(one.line, cells, local_day(now))


def sample_texts(
    session: Session, row: PersonImport, limit: int, now: datetime
) -> list[tuple[PersonRow, list[FirstText]]]:
    """Return the first rows that begin a course, and the texts that each would get."""
    options = options_of(row)
    found: list[tuple[PersonRow, list[FirstText]]] = []
    programmes = Programmes(session, local_day(now))
    for one in session.scalars(rows_of(row, RowState.READY).limit(limit * 4)):
        person = read_line(one, row, options, now)
        joining = person.joining
        if joining is None or joining.consent is None or len(found) >= limit:
            continue
        told = person.person
        course = programmes.course(joining, told.language or options.language, set())
        personal = Personal(told.name, joining.place, province=told.province)
        zone = zone_of(told.province)
        found.append((person, first_texts(course, joining, personal, zone, now)))
    return found


def _judge(
    session: Session,
    row: PersonImport,
    data: Sequence[PersonImportRow],
    now: datetime,
    beginners: _Beginners,
) -> dict[int, RowVerdict]:
    options, vault = options_of(row), vault_of(session)
    found: dict[int, RowVerdict] = {}
    people: list[PersonRow] = []
    seen: dict[bytes, tuple[int, bytes]] = {}
    for one in data:
        try:
            person = read_line(one, row, options, now)
            check_name(person, seen)
        except RowFault as fault:
            # FORGET finds the row by its number, whatever else is wrong with it.
            index = _index_of(vault, texts_of(one, options))
            found[one.line] = RowVerdict(RowState.FAULT, index, fault_of(fault))
            continue
        people.append(person)
    run, numbers = ImportRun(Tally(), now, options.language), set[str]()
    rows = iter(people)
    while batch := list(islice(rows, BATCH)):
        found |= _judge_batch(session, batch, run, numbers, beginners)
    by_line = {one.line: one.number for one in people}
    for refusal in run.tally.refusals:
        index = vault.health_index(by_line[refusal.line])
        # What only the database knows of a number is told to the reader.
        found[refusal.line] = RowVerdict(RowState.FAULT, index, fault_of(refusal), reveals=True)
    return found


def _index_of(vault: Vault, cells: Mapping[str, str]) -> bytes | None:
    try:
        return vault.health_index(read_number(cell_text(cells, PHONE, squeeze=True)))
    except RowFault:
        return None


def _judge_batch(
    session: Session,
    batch: Sequence[PersonRow],
    run: ImportRun,
    numbers: set[str],
    beginners: _Beginners,
) -> Iterator[tuple[int, RowVerdict]]:
    vault = vault_of(session)
    indexes = {one.number: vault.index(one.number) for one in batch}
    parties = parties_of(session, indexes.values())
    accepted = accept_rows(session, batch, indexes, parties, run)
    courses = _courses_of(session, accepted, parties)
    for one in accepted:
        joining, number = one.row.joining, one.row.number
        before = courses.get(one.number_index, [])
        settled = is_settled(before, joining.consented_on if joining else None)
        twice = number in numbers
        numbers.add(number)
        state = RowState.KNOWN if settled or twice else RowState.READY
        if state is RowState.READY and one.course and joining:
            if joining.consent is None:
                beginners.without_consent.append(one.row.line)
            else:
                beginners.groups[one.course.language, one.course.cohort] += 1
        yield one.row.line, RowVerdict(state, vault.health_index(number), None, reveals=settled)


def _courses_of(
    session: Session, accepted: Collection[AcceptedRow], parties: Mapping[bytes, Party]
) -> dict[bytes, list[Subscription]]:
    """Return the courses of the rows' programmes that their people have or had, by number."""
    vault = vault_of(session)
    links = {
        vault.link(parties[one.number_index].public_id): one.number_index
        for one in accepted
        if one.number_index in parties
    }
    codes = {one.row.joining.programme for one in accepted if one.row.joining}
    rows = session.execute(
        select(Person.link, Subscription)
        .join(Subscription, Subscription.person_id == Person.id)
        .where(
            Person.link.in_(links),
            Subscription.programme.in_(codes),
            Subscription.state != SubscriptionState.FORGOTTEN.value,
        )
    )
    found: dict[bytes, list[Subscription]] = {}
    for link, course in rows:
        if link is not None:
            found.setdefault(links[link], []).append(course)
    return found


def fault_of(fault: RowFault | Refusal) -> dict[str, str]:
    """Return a fault as it is kept: column, what is wrong, what to do."""
    return {"column": fault.column, "wrong": fault.wrong, "advice": fault.advice}


def _keep(
    session: Session, rows: Sequence[PersonImportRow], verdicts: Mapping[int, RowVerdict]
) -> None:
    """Write what changed."""
    changed: list[dict[str, Any]] = []
    for one in rows:
        state, number_index, fault, _ = verdicts[one.line]
        if (one.state, one.number_index, one.fault) != (state, number_index, fault):
            changed.append(
                {"id": one.id, "state": state.value, "number_index": number_index, "fault": fault}
            )
    if changed:
        session.execute(update(PersonImportRow), changed)


def _cost(
    session: Session,
    row: PersonImport,
    groups: Mapping[tuple[str, str], int],
    now: datetime,
    settings: LintSettings,
) -> dict[str, int]:
    """Return texts, segments and toea of the whole courses of everybody who begins."""
    programme = programme_of_list(session, row.programme, now)
    of_one = {(one.language, one.cohort): one for one in costs(programme, settings)}
    sums = Counter[str]()
    for group, people in groups.items():
        if (one := of_one.get(group)) is not None:
            sums["messages"] += people * one.messages
            sums["segments"] += people * one.segments
            sums["toea"] += people * one.toea
    return {name: sums[name] for name in ("messages", "segments", "toea")}
