"""Decisions and inspectors' checks as events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import zone_of
from services.livestock.control.decisions import Answer, Question, places_of
from services.livestock.control.program_reports import record_and_tell
from services.livestock.domain.model import (
    EventType,
    Key,
    Occurred,
    Origin,
    Recorded,
    Report,
    Scheme,
    SecretSubject,
    event_id,
)
from services.livestock.recording.permit_subjects import find_permit, permit_subject
from services.livestock.recording.short_numbers import name_premises
from services.storage.models import Identifier, Premises


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """Question that was answered.

    Attributes:
        session: an open writing session.
        key: idempotency key within the channel.
    """

    session: Session
    question: Question
    key: str
    origin: Origin


def record_decisions(answered: AnsweredQuestion, answers: Sequence[Answer]) -> list[Recorded]:
    """Record each answer as an event, so that nobody can deny it later."""
    known = _read(answered, answers)
    reports = [
        Report(
            event_id=_event(answered, EventType.DECISION, ordinal),
            type=EventType.DECISION,
            animals=_animals(answer),
            premises=known.places.get(answer.item.position.at),
            other=known.places.get(_end(answer)),
            occurred=Occurred.on(answered.question.on, known.zones[answer.item.position.at]),
            details=_decided(answer, answered.question),
            subjects=_permit(known, answer),
        )
        for ordinal, answer in enumerate(answers)
    ]
    return record_and_tell(answered.session, reports, answered.origin)


def record_checks(
    answered: AnsweredQuestion, answers: Sequence[Answer], outcome: str
) -> list[Recorded]:
    """Record an inspector's action, one event for each answer.

    Args:
        answered: its question holds where the inspector stands.
        outcome: passed, turned_back or seized, whatever the rules said.
    """
    known, at = _read(answered, answers), answered.question.post
    purpose = "ante_mortem" if answered.question.slaughter else "roadblock"
    reports = [
        Report(
            event_id=_event(answered, EventType.CHECK, ordinal),
            type=EventType.CHECK,
            animals=_animals(answer),
            premises=known.places.get(at),
            other=None,
            occurred=Occurred.on(answered.question.on, known.zones[at]),
            details={"purpose": purpose, "outcome": outcome, **_told(answer)},
            subjects=_permit(known, answer),
        )
        for ordinal, answer in enumerate(answers)
    ]
    return record_and_tell(answered.session, reports, answered.origin)


class _KnownAnswers(NamedTuple):
    """Premises' numbers and zones, and permits, of all answers; read once."""

    places: Mapping[int | None, Key]
    zones: Mapping[int | None, str]
    permits: Mapping[str, SecretSubject]


def _read(answered: AnsweredQuestion, answers: Sequence[Answer]) -> _KnownAnswers:
    session, post = answered.session, answered.question.post
    keys = places_of(answers) | ({post} if post is not None else set())
    numbers = {number for answer in answers if (number := _told(answer).get("permit"))}
    permits = {number: find_permit(session, number) for number in numbers}
    rows = session.execute(
        select(Premises.id, Premises.province, Identifier.value)
        .outerjoin(
            Identifier,
            (Identifier.premises_id == Premises.id) & (Identifier.scheme == Scheme.SHORT),
        )
        .where(Premises.id.in_(keys))
    ).all()
    return _KnownAnswers(
        {
            key: Key(Scheme.SHORT, number) if number else name_premises(session, key)
            for key, _, number in rows
        },
        {None: zone_of(None)} | {key: zone_of(province) for key, province, _ in rows},
        {number: permit_subject(session, row) for number, row in permits.items() if row},
    )


def _event(answered: AnsweredQuestion, kind: EventType, ordinal: int) -> UUID:
    return event_id(answered.origin.channel, f"{answered.key}\0{kind}", ordinal)


def _end(answer: Answer) -> int | None:
    return answer.end.premises if answer.end else None


def _animals(answer: Answer) -> tuple[Key, ...]:
    return (answer.item.animal,) if answer.item.animal else ()


def _decided(answer: Answer, question: Question) -> dict[str, Any]:
    slaughter = {"slaughter": True} if question.slaughter else {}
    return {"allowed": answer.decision.allowed, **slaughter, **_told(answer)}


def _told(answer: Answer) -> dict[str, Any]:
    """Return the reasons, and the permit that allows it or was asked about."""
    reasons = [bar.reason.value for bar in answer.decision.reasons]
    number = answer.decision.permit or answer.item.permit
    return {"reasons": reasons, **({"permit": number} if number else {})}


def _permit(known: _KnownAnswers, answer: Answer) -> tuple[SecretSubject, ...]:
    matter = known.permits.get(_told(answer).get("permit", ""))
    return (matter,) if matter else ()
