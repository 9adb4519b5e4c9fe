"""Decisions and checks as events: what was answered, and what an inspector did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.storage.models import Premises
from services.traceability.commands import record
from services.traceability.matters import find_permit, permit_matter
from services.traceability.model import EventType, Key, Occurred, Report, event_id
from services.traceability.numbers import name_premises
from services.traceability.provinces import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from services.traceability.control.decisions import Answer, Question
    from services.traceability.model import Matter, Origin, Recorded


@dataclass(frozen=True, slots=True)
class Saying:
    """A question that was answered.

    Attributes:
        session: an open writing session.
        question: what was asked.
        key: idempotency key within the channel.
        origin: who asked, how and when.
    """

    session: Session
    question: Question
    key: str
    origin: Origin


def record_decisions(saying: Saying, answers: Sequence[Answer]) -> list[Recorded]:
    """Record what was answered, one event for each answer, so that nobody can deny it later."""
    reports = [
        _report(saying, EventType.DECISION, answer, place) for place, answer in enumerate(answers)
    ]
    return record(saying.session, reports, saying.origin)


def record_checks(saying: Saying, answers: Sequence[Answer], outcome: str) -> list[Recorded]:
    """Record what an inspector did, one event for each answer.

    Args:
        saying: its question holds the roadblock.
        answers: what the rules said.
        outcome: passed, turned_back or seized, whatever the rules said.
    """
    reports = [
        _report(saying, EventType.CHECK, answer, place, outcome)
        for place, answer in enumerate(answers)
    ]
    return record(saying.session, reports, saying.origin)


def _report(
    saying: Saying, kind: EventType, answer: Answer, place: int, outcome: str = ""
) -> Report:
    session, question = saying.session, saying.question
    check = kind is EventType.CHECK
    at = question.post if check else answer.item.standing.at
    zone = zone_of(session.get_one(Premises, at).province) if at is not None else zone_of(None)
    return Report(
        event_id=event_id(saying.origin.channel, f"{saying.key}\0{kind}", place),
        type=kind,
        animals=(answer.item.animal,) if answer.item.animal else (),
        premises=_place(session, at),
        other=None if check else _place(session, answer.end.premises if answer.end else None),
        occurred=Occurred.on(question.on, zone),
        details=_checked(answer, outcome) if check else _decided(answer, question),
        matters=_permit(session, answer),
    )


def _decided(answer: Answer, question: Question) -> dict[str, Any]:
    told: dict[str, Any] = {"allowed": answer.decision.allowed, "reasons": _reasons(answer)}
    if question.slaughter:
        told["slaughter"] = True
    return told | _permit_number(answer)


def _checked(answer: Answer, outcome: str) -> dict[str, Any]:
    told = {"purpose": "roadblock", "outcome": outcome, "reasons": _reasons(answer)}
    return told | _permit_number(answer)


def _reasons(answer: Answer) -> list[str]:
    return [bar.reason.value for bar in answer.decision.reasons]


def _permit_number(answer: Answer) -> dict[str, str]:
    number = answer.decision.permit or answer.item.permit
    return {"permit": number} if number else {}


def _permit(session: Session, answer: Answer) -> tuple[Matter, ...]:
    number = _permit_number(answer).get("permit")
    row = find_permit(session, number) if number else None
    return (permit_matter(session, row),) if row else ()


def _place(session: Session, premises: int | None) -> Key | None:
    return name_premises(session, premises) if premises is not None else None
