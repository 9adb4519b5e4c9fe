"""Decisions in the API: may these move."""

from collections.abc import Sequence
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import g
from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.api.schemas import LONGEST, WholeSchema, one_of
from services.core.errors import Invalid
from services.core.roles import Scope
from services.livestock.api.common import REPORTERS, number_field, origin_of
from services.livestock.control.decision_events import AnsweredQuestion, record_decisions
from services.livestock.control.decisions import Answer, Question, decide, places_of
from services.livestock.domain.errors import PastDay
from services.livestock.domain.model import Recorded
from services.livestock.domain.movement_decision import Policy
from services.livestock.domain.movement_questions import Reason, Remedy
from services.livestock.queries.premises import read_places
from services.livestock.recording.lookup import known_premises
from services.livestock.reporting.event_reader import Faults
from services.livestock.reporting.questions import MOST_NUMBERS, read_numbers
from services.livestock.sms_commands.wording import Reader
from services.texts.catalogue import LANGUAGES
from sms.local_time import local_day

blueprint = Blueprint("decisions", "May it move, and why not.", "/api/v1/decisions")


class QuestionSchema(Schema):
    """May these move?"""

    numbers = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        required=True,
        validate=validate.Length(1, MOST_NUMBERS),
        metadata={"description": "Of animals, mobs, consignments or permits."},
    )
    to = number_field(
        "Premises; without it, where they are on their way to, or where their permit leads."
    )
    on = fields.Date(load_default=None, metadata={"description": "Local day; usually today."})
    slaughter = fields.Boolean(
        load_default=False, metadata={"description": "May they be slaughtered there?"}
    )


class ReasonSchema(WholeSchema):
    """A reason against a movement, and its remedy."""

    reason = fields.String(validate=one_of(Reason), metadata={"example": "no_permit"})
    remedy = fields.String(validate=one_of(Remedy), metadata={"example": "permit"})
    lifted_on = fields.Date(
        allow_none=True,
        metadata={"description": "First day on which it no longer holds, where that is known."},
    )


class DecisionSchema(WholeSchema):
    """The decision on one number."""

    number = fields.String(metadata={"example": "598000000000017"})
    allowed = fields.Boolean()
    permit = fields.String(allow_none=True, metadata={"description": "That allows it."})
    reasons = fields.List(
        fields.Nested(ReasonSchema), metadata={"description": "Weightiest first."}
    )
    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "As a phone shows it, by language.",
            "example": {
                "en": "NO. Pig 598000000000017 needs a permit of NAQIA first.",
                "tpi": "NO KEN. Pik 598000000000017 i mas kisim pemit bilong NAQIA pastaim.",
            },
        },
    )
    event = fields.UUID(metadata={"description": "The event that records it."})
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})


class DecisionsSchema(WholeSchema):
    """The decisions, in the order in which was asked."""

    on = fields.Date()
    decisions = fields.List(fields.Nested(DecisionSchema))


QUESTION_EXAMPLE = {"numbers": ["598000000000017"], "to": "1165", "on": "2026-11-25"}


@blueprint.route(
    "", methods=["POST"], guard=REPORTERS, scope=Scope.REPORT, operation="decide_movement"
)
@idempotent(exclusive=True)
@blueprint.arguments(QuestionSchema, example=QUESTION_EXAMPLE)
@blueprint.response(HTTPStatus.OK, DecisionsSchema)
def ask(work: Work, query: dict[str, Any]) -> dict[str, Any]:
    """Decide whether animals may move; each decision is an event on the ledger."""
    question = _question(work, query)
    answers = decide(work.session, question, policy())
    saying = AnsweredQuestion(work.session, question, work.key, origin_of(work))
    done = record_decisions(saying, answers)
    tell = _Telling(work, question, answers)
    return {
        "on": question.on,
        "decisions": [tell.shown(*pair) for pair in zip(answers, done, strict=True)],
    }


def policy() -> Policy:
    """Return the rules of movements where no order is in force."""
    here = context()
    return Policy(here.standstill_days, frozenset(here.permit_provinces))


def _question(work: Work, query: dict[str, Any]) -> Question:
    """Read a question.

    Raises:
        Invalid: `fields` names each wrong field.
    """
    session, faults = work.session, Faults()
    today = local_day(work.now)
    on = faults.read("on", _day, query["on"] or today, today)
    to = faults.read("to", known_premises, session, query["to"]) if query["to"] else None
    numbers = read_numbers(session, query["numbers"], faults)
    if faults:
        raise Invalid("Some fields are wrong: see errors", faults)
    return Question(numbers, on, to.number if to else None, slaughter=query["slaughter"])


def _day(on: date, today: date) -> date:
    if on < today:
        raise PastDay
    return on


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
