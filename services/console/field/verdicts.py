"""The verdict on a truck: may they move, and the reasons grouped over all of its pigs."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.console.field.common import bar_in_words
from services.livestock.control.decisions import Answer, Question
from services.livestock.domain.movement_questions import Bar, Reason
from services.storage.models import Identifier, Permit

_ORDER = list(Reason)


class ReasonGroup(NamedTuple):
    """A reason, and the numbers that it bars."""

    text: str
    numbers: Sequence[str]


class Verdict(NamedTuple):
    """The book's word on a truck.

    Attributes:
        may, barred: numbers of those that may move, and of those that may not.
        may_heads, barred_heads: how many pigs these are.
        until: last day of the permits that allow it; None: no permit is needed, or none may move.
        groups: reasons, weightiest first.
        book: digest of all this, by which a form tells that it is still so.
    """

    may: Sequence[str]
    barred: Sequence[str]
    may_heads: int
    barred_heads: int
    until: date | None
    groups: Sequence[ReasonGroup]
    book: str

    @property
    def total(self) -> int:
        """Number of pigs."""
        return self.may_heads + self.barred_heads


def verdict_on(session: Session, question: Question, answers: Sequence[Answer]) -> Verdict:
    """Return the verdict on a truck, from the answers to its question."""
    may = [one for one in answers if one.decision.allowed]
    barred = [one for one in answers if not one.decision.allowed]
    groups = _groups(barred)
    may_go, may_not = [_number(one) for one in may], [_number(one) for one in barred]
    facts = (question.on, question.to, may_go, may_not, groups)
    return Verdict(
        may_go,
        may_not,
        heads(may),
        heads(barred),
        _last_day(session, {one.decision.permit for one in may}),
        groups,
        hashlib.sha256(repr(facts).encode()).hexdigest()[:16],
    )


def heads(answers: Iterable[Answer]) -> int:
    """Count pigs; an uncounted mob, and pork, as one."""
    return sum(one.item.position.facts.heads or 1 for one in answers)


def _number(answer: Answer) -> str:
    return str(answer.item.number if answer.item.animal is None else answer.item.animal)


def _groups(barred: Sequence[Answer]) -> list[ReasonGroup]:
    found: dict[str, tuple[Bar, list[str]]] = {}
    for answer in barred:
        for bar in answer.decision.reasons:
            found.setdefault(bar_in_words(bar), (bar, []))[1].append(_number(answer))
    ordered = sorted(found.items(), key=lambda one: _ORDER.index(one[1][0].reason))
    return [ReasonGroup(text, numbers) for text, (_, numbers) in ordered]


def _last_day(session: Session, numbers: Iterable[str | None]) -> date | None:
    named = [one for one in numbers if one]
    wanted = (
        select(Permit.last_day)
        .join(Identifier, Identifier.permit_id == Permit.id)
        .where(Identifier.value.in_(named))
        .order_by(Permit.last_day)
        .limit(1)
    )
    return session.scalar(wanted) if named else None
