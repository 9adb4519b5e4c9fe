"""Decisions in the API: may these move."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict
from zoneinfo import ZoneInfo

from flask import g

from services.texts.catalogue import LANGUAGES
from services.traceability.api.common import REPORTERS, known_premises, origin_of, read_number
from services.traceability.api.decision_schemas import (
    EXAMPLE,
    QUESTION_EXAMPLE,
    DecisionsSchema,
    QuestionSchema,
)
from services.traceability.control.decided import Saying, record_decisions
from services.traceability.control.decisions import Question, decide
from services.traceability.errors import PastDay
from services.traceability.model import DEFAULT_ZONE
from services.traceability.phrases.wording import Reader
from services.traceability.rules.decision import Policy
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.idempotency import idempotent

if TYPE_CHECKING:
    from datetime import date

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
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def ask(work: Work, asked: _Asked) -> dict[str, Any]:
    """Decide whether animals may move; each decision is an event on the ledger."""
    question = _question(work, asked)
    answers = decide(work.session, question, policy())
    saying = Saying(work.session, question, work.key, origin_of(work))
    done = record_decisions(saying, answers)
    return {
        "on": question.on,
        "decisions": [_shown(work, question, pair) for pair in zip(answers, done, strict=True)],
    }


def policy() -> Policy:
    """Return what holds for movements without any order."""
    here = context()
    return Policy(here.standstill_days, frozenset(here.permit_provinces))


def _question(work: Work, asked: _Asked) -> Question:
    today = work.now.astimezone(ZoneInfo(DEFAULT_ZONE)).date()
    on = asked["on"] or today
    if on < today:
        raise PastDay
    session, to = work.session, asked["to"]
    return Question(
        numbers=tuple(
            dict.fromkeys(read_number(session, text, "any") for text in asked["numbers"])
        ),
        on=on,
        to=known_premises(session, to).number if to else None,
        slaughter=asked["slaughter"],
    )


def _shown(work: Work, question: Question, pair: tuple[Answer, Recorded]) -> dict[str, Any]:
    answer, done = pair
    readers = {
        language: Reader(work.session, g.party_id, g.holder.role, language)
        for language in LANGUAGES
    }
    return {
        "number": str(answer.item.number),
        "allowed": answer.decision.allowed,
        "permit": answer.decision.permit,
        "reasons": [
            {"reason": bar.reason.value, "remedy": bar.remedy.value, "lifted_on": bar.lifted_on}
            for bar in answer.decision.reasons
        ],
        "texts": {
            language: reader.decision(question, answer) for language, reader in readers.items()
        },
        "event": done.report.event_id,
        "receipt": done.receipt,
    }
