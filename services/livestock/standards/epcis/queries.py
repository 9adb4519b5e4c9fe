"""The simple event query of EPCIS 2.0 (section 8.2.7.1): the parameters that are answered here.

Parameters with an index select rows of the journal; the others filter the events read.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.livestock.domain.model import EventType
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import HAS_CONTENT, NOT_EVIDENCE
from services.livestock.standards.epcis.canonical import canonical
from services.livestock.standards.epcis.events import MEMBER
from services.livestock.standards.epcis.forms import FORMS
from services.livestock.standards.epcis.identifiers import Names
from services.livestock.standards.epcis.stored import hash_id, write_events
from services.livestock.standards.errors import UnknownParameter, UnreadableMember
from services.livestock.standards.times import read_instant
from services.storage.models import Journal, LedgerLeaf, Premises

# Offsets reach from -12:00 to +14:00.
_DAY = timedelta(days=1)
_TYPES = [*(kind.value for kind in FORMS), EventType.VOID.value]
_EPCS = ("epcList", "childEPCs")
_ANY_EPCS = (*_EPCS, "parentID", "inputEPCList", "outputEPCList")
_CLASSES = ("quantityList", "inputQuantityList")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "eventType": ("type",),
    "EQ_action": ("action",),
    "EQ_bizStep": ("bizStep",),
    "EQ_disposition": ("disposition",),
    "EQ_readPoint": ("readPoint", "id"),
    "EQ_bizLocation": ("bizLocation", "id"),
    "EQ_eventID": ("eventID",),
}
_THINGS: Mapping[str, tuple[str, ...]] = {
    "MATCH_epc": _EPCS,
    "MATCH_anyEPC": _ANY_EPCS,
    "MATCH_parentID": ("parentID",),
    "MATCH_inputEPC": ("inputEPCList",),
    "MATCH_epcClass": _CLASSES,
    "MATCH_anyEPCClass": _CLASSES,
}
_TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")
PARAMETERS = (*_WORDS, *_THINGS, *_TIMES, "EXISTS_errorDeclaration")
_EXISTS = {"true": True, "false": False}

Event = dict[str, Any]


class Query(NamedTuple):
    """A query: rows that may answer it, and whether an event of theirs does."""

    rows: tuple[ColumnElement[bool], ...]
    tests: tuple[Callable[[Event], bool], ...]

    def fits(self, event: Event) -> bool:
        """Check an event in canonical form against the query."""
        return all(test(event) for test in self.tests)

    def wanted(self) -> Select[Any]:
        """Select the rows that may answer."""
        rows = select(Journal.id, Journal.content)
        return cast(
            "Select[Any]",
            rows.where(Journal.type.in_(_TYPES), HAS_CONTENT, NOT_EVIDENCE, *self.rows),
        )


def make_query(session: Session, asked: Mapping[str, str], names: Names) -> Query:
    """Read parameters.

    Args:
        asked: by name; several values are one text with `|` between them.

    Raises:
        UnknownParameter: one that is not answered here, or has no value that can be.
    """
    rows: list[ColumnElement[bool]] = []
    tests: list[Callable[[Event], bool]] = []
    for name, text in asked.items():
        values = text.split("|")
        if name in _TIMES:
            row, test = _time(name, text)
        elif name in _THINGS:
            row, test = _thing(session, name, values, names)
        elif name in _WORDS:
            row, test = _word(name, values, names)
        elif name == "EXISTS_errorDeclaration" and text in _EXISTS:
            row, test = _declared(wanted=_EXISTS[text])
        else:
            raise UnknownParameter(name, f"is not looked for: only {', '.join(PARAMETERS)}")
        rows += row
        tests += test
    return Query(tuple(rows), tuple(tests))


def answer(session: Session, rows: Iterable[Any], query: Query, names: Names) -> Sequence[Event]:
    """Write the events of rows that answer a query."""
    written = write_events(session, [json.loads(row.content) for row in rows], names)
    return [event for event in written if event and query.fits(canonical(event))]


_Part = tuple[list[ColumnElement[bool]], list["Callable[[Event], bool]"]]


def _time(name: str, text: str) -> _Part:
    try:
        bound = read_instant(text.replace(" ", "+"))
    except UnreadableMember as error:
        raise UnknownParameter(name, *error.faults.values()) from error
    at_least = name.startswith("GE_")
    if name.endswith("recordTime"):
        column = Journal.recorded_at
        return [column >= bound if at_least else column < bound], []
    day = bound.date()
    row = (
        Journal.occurred_on >= _shifted(day, -_DAY)
        if at_least
        else Journal.occurred_on <= _shifted(day, _DAY)
    )
    # Canonical instants sort as texts do.
    mark = bound.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [row], [lambda event: (event["eventTime"] >= mark) is at_least]


def _thing(session: Session, name: str, values: Sequence[str], names: Names) -> _Part:
    try:
        if name.endswith("Class"):
            groups = {value: names.read_group(value) for value in values}
            keys = {value: group.key for value, group in groups.items()}
        else:
            keys = {value: names.read_animal(value) for value in values}
    except UnreadableMember as error:
        raise UnknownParameter(name, *error.faults.values()) from error
    # An event names an animal by its first number, whichever is asked for.
    known = find_animals(session, keys.values())
    first = {value: known[key].key if key in known else key for value, key in keys.items()}
    wanted = set(values) | {names.animal(key) for value, key in first.items() if key != keys[value]}
    members = _THINGS[name]
    return [_about([public_subject(*key) for key in {*first.values(), *keys.values()}])], [
        lambda event: bool(wanted & _identifiers(event, members))
    ]


def _word(name: str, values: Sequence[str], names: Names) -> _Part:
    *outer, last = _WORDS[name]
    if name == "EQ_eventID":
        return [_with_id(values)], [lambda event: event["eventID"] in values]
    rows: list[ColumnElement[bool]] = []
    if outer:
        try:
            places = [names.read_place(value) for value in values]
        except UnreadableMember as error:
            raise UnknownParameter(name, *error.faults.values()) from error
        keys = select(Premises.subject_key).where(Premises.public_id.in_(places))
        rows = [Journal.id.in_(select(LedgerLeaf.journal_id).where(LedgerLeaf.subject.in_(keys)))]
    # Words may be asked for bare or in full.
    wanted = {canonical({last: value})[last] for value in values}

    def test(event: Event) -> bool:
        found = event.get(outer[0], {}) if outer else event
        return found.get(last) in wanted

    return rows, [test]


def _declared(*, wanted: bool) -> _Part:
    void = Journal.type == EventType.VOID.value
    return [void if wanted else ~void], [lambda event: (MEMBER in event) is wanted]


def _with_id(values: Sequence[str]) -> ColumnElement[bool]:
    ids = [hash_id(value) for value in values if value.startswith("ni:")]
    for value in values:
        try:
            ids.append(UUID(value.removeprefix("urn:uuid:")))
        except ValueError:
            continue
    return Journal.event_id.in_(ids)


def _about(subjects: Sequence[bytes]) -> ColumnElement[bool]:
    return Journal.id.in_(select(LedgerLeaf.journal_id).where(LedgerLeaf.subject.in_(subjects)))


def _identifiers(event: Event, members: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for member in members:
        value = event.get(member, [])
        values = [value] if isinstance(value, str) else value
        found |= {one["epcClass"] if isinstance(one, dict) else one for one in values}
    return found


def _shifted(day: date, by: timedelta) -> date:
    return min(max(day, date.min + _DAY), date.max - _DAY) + by
