"""Outbreaks: opened at their index premises, and taken from state to state."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import Invalid, NotFound
from services.core.geography import zone_of
from services.livestock.control.acts import act_report, recorded_key, require_not_after, row_made_by
from services.livestock.control.affected import areas_of, premises_in
from services.livestock.control.errors import WrongStep
from services.livestock.domain.model import (
    Act,
    EventType,
    Key,
    Origin,
    Report,
    Scheme,
    SecretSubject,
)
from services.livestock.queries.known_events import recorded_by
from services.livestock.recording.identity import ensure_premises
from services.livestock.recording.record import record_one
from services.livestock.recording.short_numbers import issue_short_number, name_premises
from services.storage.models import Identifier, Journal, LedgerLeaf, Outbreak, Premises
from sms.local_time import local_day


class OutbreakState(StrEnum):
    """State of an outbreak."""

    SUSPECT = "suspect"
    CONFIRMED = "confirmed"
    CONTROLLED = "controlled"
    RELEASED = "released"


# A suspicion is confirmed or ruled out; what was controlled may flare up again.
STEPS = {
    OutbreakState.SUSPECT: {OutbreakState.CONFIRMED, OutbreakState.RELEASED},
    OutbreakState.CONFIRMED: {OutbreakState.CONTROLLED},
    OutbreakState.CONTROLLED: {OutbreakState.CONFIRMED, OutbreakState.RELEASED},
    OutbreakState.RELEASED: set(),
}


@dataclass(frozen=True, slots=True)
class OutbreakDraft:
    """An outbreak that is to be opened.

    Attributes:
        disease: one of `services.livestock.domain.details.NOTIFIABLE`.
        index: premises of the first case.
        began_on: local day of the first signs there.
    """

    event_id: UUID
    disease: str
    index: Key
    began_on: date
    state: OutbreakState = OutbreakState.SUSPECT


class StepTaken(NamedTuple):
    """State of an outbreak, and its first local day."""

    state: OutbreakState
    day: date


def open_outbreak(session: Session, draft: OutbreakDraft, origin: Origin) -> Outbreak:
    """Open an outbreak; the same event opens it once.

    Raises:
        Invalid: it begins in the future, or in a state that comes later.
        UnknownNumber, WrongKind: of the index premises.
    """
    if (seen := recorded_key(session, draft.event_id)) is not None:
        return row_made_by(session, Outbreak, Outbreak.opened_by_id == seen)
    index = ensure_premises(session, [draft.index])[draft.index].id
    # Use the zone of the premises: Bougainville is an hour ahead.
    zone = zone_of(session.get_one(Premises, index).province)
    require_not_after("began_on", draft.began_on, local_day(origin.recorded_at, zone))
    if draft.state not in {OutbreakState.SUSPECT, OutbreakState.CONFIRMED}:
        raise Invalid("An outbreak begins suspect or confirmed", {"state": ["comes later"]})
    row = Outbreak(
        public_id=uuid4(),
        subject_key=secrets.token_bytes(32),
        disease=draft.disease,
        state=draft.state.value,
        index_premises_id=index,
        began_on=draft.began_on,
    )
    number = issue_short_number(session)
    act = Act(draft.event_id, draft.began_on, origin)
    opening = _report(row, draft.index, number.value, act)
    row.opened_by_id = record_one(session, opening, origin).journal_id
    session.add(row)
    session.flush()
    session.add(Identifier(**number._asdict(), outbreak_id=row.id))
    session.flush()
    return row


def change_state(session: Session, number: str, state: OutbreakState, act: Act) -> Outbreak:
    """Take an outbreak to another state; the same event does it once.

    Raises:
        NotFound: there is no such outbreak.
        WrongStep: the state does not follow the present one.
        Invalid: the day has not come, or lies before the last change.
    """
    seen = recorded_key(session, act.event_id)
    row = find_outbreak(session, number)
    if seen is not None:
        return row
    if state not in STEPS[OutbreakState(row.state)]:
        raise WrongStep(number=number, state=row.state, wanted=state.value)
    require_not_after("on", act.day, local_day(act.origin.recorded_at))
    require_not_after("on", history(session, row)[-1].day, act.day)
    row.state = state.value
    session.flush()
    index = name_premises(session, row.index_premises_id)
    report = _report(row, index, outbreak_number(session, row.id), act)
    record_one(session, report, act.origin)
    return row


def find_outbreak(session: Session, number: str) -> Outbreak:
    """Return the outbreak of a number.

    Raises:
        NotFound: there is none.
    """
    row = session.scalars(
        select(Outbreak)
        .join(Identifier, Identifier.outbreak_id == Outbreak.id)
        .where(Identifier.scheme == Scheme.SHORT, Identifier.value == number.strip())
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound("There is no outbreak of that number: see the list of outbreaks")
    return row


def outbreak_at(session: Session, disease: str, premises: int) -> Outbreak | None:
    """Return the outbreak of a disease that is not over and that premises belong to.

    Args:
        premises: database key; of its index, or in the area of one of its orders.
    """
    unreleased = (Outbreak.disease == disease, Outbreak.state != OutbreakState.RELEASED.value)
    rows = session.scalars(select(Outbreak).where(*unreleased).order_by(Outbreak.id)).all()
    for known in rows:
        if premises == known.index_premises_id or any(
            premises_in(session, areas_of(session, known.id), Premises.id == premises)
        ):
            return known
    return None


def list_outbreaks(session: Session) -> Sequence[Outbreak]:
    """Return all outbreaks, newest first."""
    return session.scalars(select(Outbreak).order_by(Outbreak.id.desc())).all()


def outbreak_number(session: Session, outbreak_id: int) -> str:
    """Return the short number of an outbreak."""
    return session.scalars(
        select(Identifier.value).where(Identifier.outbreak_id == outbreak_id)
    ).one()


def history(session: Session, row: Outbreak, known_at: datetime | None = None) -> list[StepTaken]:
    """Return every state of an outbreak with its day, oldest first.

    Args:
        known_at: UTC; as known then, none before it was opened. None: as known now.
    """
    events = session.scalars(
        select(Journal.content)
        .join(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(
            LedgerLeaf.subject == row.subject_key,
            Journal.type == EventType.OUTBREAK,
            *recorded_by(known_at),
        )
        .order_by(Journal.id)
    )
    records = [json.loads(content) for content in events if content is not None]
    return [
        StepTaken(
            OutbreakState(one["details"]["state"]), date.fromisoformat(one["occurred"]["at"][:10])
        )
        for one in records
    ]


def outbreak_subject(row: Outbreak, number: str) -> SecretSubject:
    """Return an outbreak as the subject of an event."""
    return SecretSubject("outbreak", row.public_id, row.subject_key, number, row.id)


def _report(row: Outbreak, index: Key, number: str, act: Act) -> Report:
    """Make the event of an outbreak's change of state."""
    details = {"state": row.state, "disease": row.disease}
    subject = outbreak_subject(row, number)
    return act_report(EventType.OUTBREAK, act, details, subject, index)
