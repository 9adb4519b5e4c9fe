"""Reports that are declared wrong: officers whom they alarmed, and keepers, are told."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import receipt_code
from services.core.geography import zone_of
from services.livestock.control.affected import officers_of
from services.livestock.control.alarm_senders import place_label
from services.livestock.control.alarms import alarm_name, alarm_options
from services.livestock.control.holds import hold_name, hold_options
from services.livestock.domain.model import EventType, Key, Origin, Recorded, local_day
from services.livestock.domain.statuses import holding
from services.livestock.recording.corrections import void_event
from services.livestock.recording.statuses import place_statuses
from services.messaging.offices import (
    OfficeHolder,
    messages_for,
    reachable_holders,
    texted_about,
)
from services.messaging.outbox import enqueue_messages
from services.storage.models import Journal, LedgerLeaf, Party, Premises
from services.texts.catalogue import language_of, say

_ALARMING = frozenset({EventType.SICKNESS, EventType.DEATH})


class _Wrong(NamedTuple):
    """A report that was declared wrong: when it came (UTC), its receipt, and its place."""

    event_id: UUID
    recorded_at: datetime
    receipt: str
    key: Key
    place: Premises


def declare_wrong(
    session: Session, wrong: UUID, reason: str, origin: Origin, party: Party
) -> Recorded:
    """Declare an event wrong, and tell the officers whom it alarmed and the keeper whom it held.

    An officer on the road to sick pigs learns that nobody says any more that there are any.
    Arguments and errors: see `services.livestock.recording.corrections.void_event`.
    """
    done = void_event(session, wrong, reason, origin, party)
    report = _alarming(session, wrong, done)
    if report is not None:
        _tell_officers(session, report, party, origin.recorded_at)
        _tell_keeper(session, report, party, done.receipt, origin.recorded_at)
    return done


def _alarming(session: Session, wrong: UUID, done: Recorded) -> _Wrong | None:
    """Return a report by its id; None: it alarmed nobody."""
    key = done.report.premises
    if key is None:
        return None
    row = session.execute(
        select(Journal.type, Journal.recorded_at, LedgerLeaf.commitment)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.event_id == wrong, LedgerLeaf.position == 0)
    ).one()
    if row.type not in _ALARMING:
        return None
    place = session.get_one(Premises, done.known.premises[key].id)
    return _Wrong(wrong, row.recorded_at, receipt_code(row.commitment), key, place)


def _tell_officers(session: Session, wrong: _Wrong, party: Party, now: datetime) -> None:
    officers = officers_of(session, wrong.place.province).holders
    alarmed = texted_about(session, officers, alarm_name(wrong.event_id))
    place = place_label(wrong.key, wrong.place.name)

    def text(officer: OfficeHolder) -> str:
        language = language_of(officer.language)
        return say("taken_back", language, wrong=wrong.receipt, place=place)

    told = [one for one in alarmed if one.party_id != party.id]
    messages = messages_for(told, f"taken back\0{wrong.event_id}", text)
    enqueue_messages(session, messages, alarm_options(now))


def _tell_keeper(
    session: Session, wrong: _Wrong, party: Party, receipt: str, now: datetime
) -> None:
    """Text the keeper who was told that their pigs must stay, unless another report holds them."""
    keeper = wrong.place.keeper_id
    if keeper is None or keeper == party.id or _is_held(session, wrong.place, now):
        return
    holders = reachable_holders(session, Party.id == keeper)
    held = texted_about(session, holders, hold_name(wrong.place, wrong.recorded_at))

    def text(holder: OfficeHolder) -> str:
        language = language_of(holder.language)
        return say("held.no_more", language, place=wrong.key, receipt=receipt)

    messages = messages_for(held, f"held no more\0{wrong.event_id}", text)
    enqueue_messages(session, messages, hold_options(now))


def _is_held(session: Session, place: Premises, now: datetime) -> bool:
    today = local_day(now, zone_of(place.province))
    return bool(holding(place_statuses(session, [place.id]).get(place.id, ()), today))
