"""Decisions in the API: may these move."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from flask import g
from sqlalchemy import select, tuple_

from services.errors import Invalid
from services.storage.models import Identifier
from services.texts.catalogue import LANGUAGES
from services.traceability.api.common import REPORTERS, origin_of, read_number
from services.traceability.api.decision_schemas import (
    EXAMPLE,
    QUESTION_EXAMPLE,
    DecisionsSchema,
    QuestionSchema,
)
from services.traceability.api.reading import Faults
from services.traceability.control.decided import Saying, record_decisions
from services.traceability.control.decisions import Question, decide, places_of
from services.traceability.errors import PastDay, UnknownNumber, WrongKind
from services.traceability.lookup import known_premises
from services.traceability.model import Key, Scheme, local_day
from services.traceability.phrases.wording import Reader
from services.traceability.queries import read_places
from services.traceability.rules.decision import Policy
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.idempotency import idempotent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from services.traceability.control.decisions import Answer
    from services.traceability.model import Recorded
    from services.web.idempotency import Work

blueprint = Blueprint("decisions", "May it move, and why not.", "/api/v1/decisions")


class _Asked(TypedDict):
    numbers: list[str]
    to: str | None
    on: date | None
    slaughter: bool


@blueprint.route("", methods=["POST"], guard=REPORTERS)
@idempotent
@blueprint.arguments(QuestionSchema, example=QUESTION_EXAMPLE)
@blueprint.response(HTTPStatus.OK, DecisionsSchema, example=EXAMPLE)
def ask(work: Work, asked: _Asked) -> dict[str, Any]:
    """Decide whether animals may move; each decision is an event on the ledger."""
    question = _question(work, asked)
    answers = decide(work.session, question, policy())
    saying = Saying(work.session, question, work.key, origin_of(work))
    done = record_decisions(saying, answers)
    tell = _Telling(work, question, answers)
    return {
        "on": question.on,
        "decisions": [tell.shown(*pair) for pair in zip(answers, done, strict=True)],
    }


def policy() -> Policy:
    """Return what holds for movements without any order."""
    here = context()
    return Policy(here.standstill_days, frozenset(here.permit_provinces))


def _question(work: Work, asked: _Asked) -> Question:
    """Read a question.

    Raises:
        Invalid: `fields` names each wrong field.
    """
    session, faults = work.session, Faults()
    today = local_day(work.now)
    on = faults.read("on", _day, asked["on"] or today, today)
    to = faults.read("to", known_premises, session, asked["to"]) if asked["to"] else None
    numbers = _numbers(session, asked["numbers"], faults)
    if faults:
        raise Invalid("Some fields are wrong: see errors", faults)
    return Question(numbers, on, to.number if to else None, slaughter=asked["slaughter"])


def _day(on: date, today: date) -> date:
    if on < today:
        raise PastDay
    return on


def _numbers(session: Session, texts: Sequence[str], faults: Faults) -> tuple[Key, ...]:
    each = Faults()
    keys = {
        key: str(place)
        for place, text in enumerate(texts)
        if (key := each.read(str(place), read_number, session, text, "any"))
    }
    known = {
        Key(row.scheme, row.value): row
        for row in session.scalars(
            select(Identifier).where(tuple_(Identifier.scheme, Identifier.value).in_(list(keys)))
        )
    }
    for key, place in keys.items():
        row = known.get(key)
        if row is None and key.scheme == Scheme.SHORT:
            each[place] = UnknownNumber(key).detail
        elif key.scheme == Scheme.PREMISES or (row and not (row.animal_id or row.permit_id)):
            each[place] = WrongKind(key, "an animal").detail
    if each:
        faults["numbers"] = each
    return tuple(keys)


class _Telling:
    """Writes decisions as the API shows them, in every language."""

    def __init__(self, work: Work, question: Question, answers: Sequence[Answer]) -> None:
        self._question = question
        places = read_places(work.session, places_of(answers))
        self._readers = [
            Reader(work.session, g.party_id, g.holder.role, language, places)
            for language in LANGUAGES
        ]

    def shown(self, answer: Answer, done: Recorded) -> dict[str, Any]:
        return {
            "number": str(answer.item.number),
            "allowed": answer.decision.allowed,
            "permit": answer.decision.permit,
            "reasons": [
                {"reason": bar.reason.value, "remedy": bar.remedy.value, "lifted_on": bar.lifted_on}
                for bar in answer.decision.reasons
            ],
            "texts": {
                reader.language: reader.decision(self._question, answer) for reader in self._readers
            },
            "event": done.report.event_id,
            "receipt": done.receipt,
        }
