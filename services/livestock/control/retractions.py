"""Reports that are declared wrong: whoever heard of one is told, and whose animals it was about.

A movement against a rule that its reporter takes back stays an officer's task: who was told to stop
must not make it unseen by one more text.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.core.geography import zone_of
from services.core.roles import OFFICERS, Role
from services.livestock.control.affected import officers_of
from services.livestock.control.alarm_senders import place_label
from services.livestock.control.alarms import alarm_name, alarm_options
from services.livestock.control.animal_keepers import keepers_to_tell
from services.livestock.control.holds import hold_name, hold_options
from services.livestock.control.results import positive_name
from services.livestock.control.task_sources import WORTH_A_LOOK, TaskPlace, open_taken_back_task
from services.livestock.control.theft_ends import tell_no_theft
from services.livestock.domain.access import Viewer
from services.livestock.domain.actors import Strength
from services.livestock.domain.authority import proof_to_void
from services.livestock.domain.model import (
    EventType,
    Key,
    Origin,
    Recorded,
    Report,
    SuspicionStanding,
)
from services.livestock.domain.statuses import holding
from services.livestock.recording.corrections import void_report
from services.livestock.recording.identity import find_animals
from services.livestock.recording.journal import OURS, subjects_in
from services.livestock.recording.order_compliance import MOVING
from services.livestock.recording.record import record_one
from services.livestock.recording.statuses import place_statuses
from services.messaging.offices import (
    OfficeHolder,
    messages_for,
    reachable_holders,
    texted_about,
)
from services.messaging.outbox import enqueue_messages
from services.messaging.tasks.model import TaskKind
from services.storage.models import (
    Correction,
    Flag,
    Journal,
    LedgerLeaf,
    Party,
    Premises,
    TaskSource,
)
from services.texts.catalogue import Listing, language_of, say
from sms.local_time import local_day

_ALARMING = frozenset({EventType.SICKNESS, EventType.DEATH})


class _Wrong(NamedTuple):
    """A report before it is declared wrong.

    Attributes:
        id: database key of its row in the journal.
        record: what it holds.
        flagged: whether officers look at it.
        undecided: whether it is evidence that nobody agreed with.
    """

    id: int
    type: EventType
    recorded_at: datetime
    record: Mapping[str, Any]
    receipt: str
    flagged: bool
    undecided: bool

    @property
    def is_grave(self) -> bool:
        """True if it takes a code to take it back, so that its animals' keepers must know."""
        binds = self.record.get("standing") in set(SuspicionStanding)
        told = self.record.get("details", {})
        proof = proof_to_void(self.type, told, binds=binds, settled=True)
        return not self.undecided and proof > Strength.NUMBER


class _At(NamedTuple):
    """The place of a report, by number and row."""

    key: Key
    row: Premises


class _Declaration(NamedTuple):
    """A declaration that a report was wrong: the report, what was recorded, and its place."""

    wrong: _Wrong
    done: Recorded
    origin: Origin
    at: _At | None

    def by_others(self, holders: Sequence[OfficeHolder]) -> list[OfficeHolder]:
        """Return those who did not declare it themselves."""
        return [one for one in holders if one.public_id != self.origin.reporter]


def declare_wrong(
    session: Session, wrong: UUID, reason: str, origin: Origin, party: Party
) -> Recorded:
    """Declare an event wrong, and tell of it: see `record_declaration`.

    Arguments and errors: see `services.livestock.recording.corrections.void_event`.
    """
    report = void_report(session, wrong, reason, origin, party)
    by = Viewer(Role(party.role), party.id, party.province)
    return record_declaration(session, report, origin, by)


def record_declaration(session: Session, report: Report, origin: Origin, by: Viewer) -> Recorded:
    """Record that an event was wrong; tell whoever heard of it, and the keepers of its animals.

    An officer on the road to sick pigs, or police who look for a stolen one, learn that nobody says
    so any more.

    Args:
        report: the declaration, which its sender may make.

    Raises:
        AlreadyDone: it is recorded.
    """
    before = _read(session, UUID(report.details["corrects"]))
    keepers = _keepers(session, before) if before is not None else {}
    done = record_one(session, report, origin)
    if before is None:
        return done
    key = done.report.premises
    at = _At(key, session.get_one(Premises, done.known.premises[key].id)) if key else None
    told = _Declaration(before, done, origin, at)
    _tell_officers(session, told)
    _tell_keeper_of_place(session, told)
    _tell_keepers(session, told, keepers)
    if before.flagged and by.role not in OFFICERS:
        where = TaskPlace(at.row.id if at else None, at.row.province if at else None, by.party_id)
        open_taken_back_task(session, done, where, origin.recorded_at)
    return done


def _read(session: Session, wrong: UUID) -> _Wrong | None:
    """Return a report by its id; None: it cannot be declared wrong."""
    flags = exists().where(Flag.journal_id == Journal.id, WORTH_A_LOOK)
    row = session.execute(
        select(
            Journal.id,
            Journal.type,
            Journal.recorded_at,
            Journal.content,
            LedgerLeaf.commitment,
            flags.label("flagged"),
            exists().where(Correction.journal_id == Journal.id).label("undecided"),
        )
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.event_id == wrong, LedgerLeaf.position == 0, OURS)
    ).one_or_none()
    if row is None or row.content is None:
        return None
    return _Wrong(
        row.id,
        EventType(row.type),
        row.recorded_at,
        json.loads(row.content),
        receipt_code(row.commitment),
        row.flagged and EventType(row.type) in MOVING,
        row.undecided,
    )


def _tell_officers(session: Session, told: _Declaration) -> None:
    """Tell those who were alarmed by sickness, deaths, a positive result or a theft."""
    wrong, done, origin, at = told
    if wrong.type is EventType.STOLEN:
        tell_no_theft(session, (wrong.id, wrong.receipt), done, origin)
    if at is None or wrong.type not in {*_ALARMING, EventType.RESULT}:
        return
    event, is_result = UUID(wrong.record["event"]), wrong.type is EventType.RESULT
    officers = officers_of(session, at.row.province).holders
    name = positive_name(event) if is_result else alarm_name(event)
    heard: Sequence[OfficeHolder] = texted_about(session, officers, name)
    about = f"taken back\0{event}"
    if not heard and _was_counted(session, wrong):
        heard, about = officers, _name_of_counted(at.row, origin.recorded_at)
    text = partial(_result_text if is_result else _sickness_text, told)
    messages = messages_for(told.by_others(heard), about, text)
    enqueue_messages(session, messages, alarm_options(origin.recorded_at))


def _was_counted(session: Session, wrong: _Wrong) -> bool:
    """Tell whether an alarm was one of many, of which officers were told how many there were."""
    alarm = exists().where(
        TaskSource.journal_id == wrong.id, TaskSource.kind == TaskKind.ALARM.value
    )
    return wrong.type in _ALARMING and bool(session.scalar(select(alarm)))


def _name_of_counted(place: Premises, at: datetime) -> str:
    """Return what is told once an hour of the reports of a place: whoever floods costs no more."""
    return f"taken back\0{place.public_id}\0{int(at.timestamp() // 3600)}"


def _sickness_text(told: _Declaration, officer: OfficeHolder) -> str:
    place = place_label(told.at.key, told.at.row.name) if told.at else "-"
    language = language_of(officer.language)
    return say("taken_back", language, wrong=told.wrong.receipt, place=place)


def _result_text(told: _Declaration, officer: OfficeHolder) -> str:
    language, found = language_of(officer.language), told.wrong.record["details"]
    return say(
        "taken_back.result",
        language,
        number=found["sample"],
        disease=say(f"disease.{found['disease']}", language),
        place=told.at.key if told.at else "-",
        wrong=told.wrong.receipt,
    )


def _tell_keeper_of_place(session: Session, told: _Declaration) -> None:
    """Text the keeper who was told that their pigs must stay, unless another report holds them."""
    wrong, done, origin, at = told
    if at is None or wrong.type not in _ALARMING:
        return
    now, keeper = origin.recorded_at, at.row.keeper_id
    if keeper is None or _is_held(session, at.row, now):
        return

    def text(holder: OfficeHolder) -> str:
        language = language_of(holder.language)
        return say("held.no_more", language, place=at.key, receipt=done.receipt)

    holders = reachable_holders(session, Party.id == keeper)
    held = texted_about(session, holders, hold_name(at.row, wrong.recorded_at))
    messages = messages_for(told.by_others(held), _name(wrong), text)
    enqueue_messages(session, messages, hold_options(now))


def _name(wrong: _Wrong) -> str:
    """Return what the texts to keepers are named by: one person gets one about a report."""
    return f"held no more\0{wrong.record['event']}"


def _is_held(session: Session, place: Premises, now: datetime) -> bool:
    today = local_day(now, zone_of(place.province))
    return bool(holding(place_statuses(session, [place.id]).get(place.id, ()), today))


_Keepers = dict[OfficeHolder, set[Key]]


def _keepers(session: Session, wrong: _Wrong) -> _Keepers:
    """Return the keepers of a report's animals, where it takes a code to take it back."""
    if not wrong.is_grave:
        return {}
    animals = find_animals(session, subjects_in(wrong.record)).values()
    return {one: {ref.key for ref in theirs} for one, theirs in keepers_to_tell(session, animals)}


def _tell_keepers(session: Session, told: _Declaration, before: _Keepers) -> None:
    """Text the keepers of the animals, those of before and of after, unless they know already."""
    wrong, now = told.wrong, told.origin.recorded_at
    theirs = dict(before)
    for one, animals in keepers_to_tell(session, told.done.animals) if wrong.is_grave else ():
        theirs[one] = theirs.get(one, set()) | {ref.key for ref in animals}

    def text(holder: OfficeHolder) -> str:
        pigs = Listing(tuple(sorted(map(str, theirs[holder]))), tight=" ")
        return say("wrong.keeper", language_of(holder.language), wrong=wrong.receipt, pigs=pigs)

    others = told.by_others(list(theirs))
    messages = messages_for(others, _name(wrong), text)
    enqueue_messages(session, messages, hold_options(now))
