"""Answers to censuses: found by who tells, recorded as counts of a place, held against the book."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from services.livestock.control.census_tasks import open_count_task
from services.livestock.control.censuses import (
    QUESTIONS,
    area_of_census,
    census_subject,
    end_of,
    places_of,
    question_name,
)
from services.livestock.domain.census import LATEST, CensusState, differs
from services.livestock.domain.details import read_details
from services.livestock.domain.model import (
    EventType,
    Occurred,
    Origin,
    PremisesRef,
    Recorded,
    Report,
)
from services.livestock.recording.census_counts import heads_known
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import name_premises
from services.messaging.outbox import dedupe_key, went_by
from services.storage.models import Census, CensusKeeper, Message, Premises
from sms.local_time import local_day


class AskedKeeper(NamedTuple):
    """A keeper whom a census counts, with the census."""

    row: CensusKeeper
    census: Census

    @property
    def ended_at(self) -> datetime:
        """The end of the census (UTC): closed, or its last day over."""
        return min(filter(None, (self.census.closed_at, end_of(self.census))))

    def is_late(self, said_at: datetime) -> bool:
        """Tell whether an answer of an instant comes after the end."""
        return said_at >= self.ended_at


class HerdCount(NamedTuple):
    """A count of a keeper's herd: its event, its pigs, and what the book knows of them."""

    event_id: UUID
    heads: int
    known: int


def find_asked(
    session: Session, said_at: datetime, which: ColumnElement[bool]
) -> AskedKeeper | None:
    """Return the newest census that counts a keeper; None: none does, or it ended long ago.

    Args:
        said_at: when the answer was written (UTC).
        which: the condition on `CensusKeeper`.
    """
    found = session.execute(
        select(CensusKeeper, Census)
        .join(Census, Census.id == CensusKeeper.census_id)
        .where(which, Census.state != CensusState.DRAFTED.value)
        .order_by(Census.id.desc())
        .limit(1)
    ).first()
    asked = AskedKeeper(*found) if found else None
    return None if asked is None or said_at > asked.ended_at + LATEST else asked


def was_read(session: Session, asked: AskedKeeper, keeper: UUID, by: datetime) -> bool:
    """Tell whether a question had gone to the phone of a keeper (public id) by an instant (UTC)."""
    keys = [dedupe_key(question_name(asked.census, code, keeper)) for code in QUESTIONS]
    found = select(Message.id).where(Message.dedupe_key.in_(keys), went_by(by))
    return session.scalar(found.limit(1)) is not None


def known_to_book(session: Session, asked: AskedKeeper) -> int:
    """Return how many pigs the book has at a keeper's places in the area of a census."""
    places = places_of(area_of_census(asked.census), asked.row.party_id)
    return heads_known(session, places)


def record_count(
    session: Session, asked: AskedKeeper, count: HerdCount, said_at: datetime, origin: Origin
) -> Recorded:
    """Record the count of a keeper's herd; one that contradicts the book is a task of its area."""
    row, census = asked
    place = session.get_one(Premises, row.premises_id)
    at = _reference(session, place)
    details = {"head_count": count.heads, "census": str(census.public_id)}
    report = Report(
        count.event_id,
        EventType.COUNT,
        (),
        at.number,
        None,
        Occurred.on(local_day(said_at)),
        read_details(EventType.COUNT, details),
        (census_subject(census),),
    )
    # The tie is to the keeper, and was asked about before: no animal is named.
    done = record_one(session, report, replace(origin, actor=None), [at])
    row.journal_id, row.heads, row.known = done.journal_id, count.heads, count.known
    row.late = asked.is_late(said_at)
    if differs(count.heads, count.known):
        open_count_task(session, census, place, done.journal_id, origin.recorded_at)
    session.flush()
    return done


def _reference(session: Session, place: Premises) -> PremisesRef:
    """Return premises as records name them."""
    number = name_premises(session, place.id)
    return PremisesRef(place.id, place.public_id, place.subject_key, number)
