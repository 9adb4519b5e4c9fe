"""Shapes of questions and decisions in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.traceability.api.shapes import LONGEST, number_field, one_of
from services.traceability.rules.questions import Reason, Remedy
from services.web.schemas import AnswerSchema

MOST_NUMBERS = 200


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


class ReasonSchema(AnswerSchema):
    """Why not, and what would lift it."""

    reason = fields.String(required=True, validate=one_of(Reason))
    remedy = fields.String(required=True, validate=one_of(Remedy))
    lifted_on = fields.Date(
        required=True,
        allow_none=True,
        metadata={"description": "First day on which it no longer holds, where that is known."},
    )


class DecisionSchema(AnswerSchema):
    """The decision on one number."""

    number = fields.String(required=True)
    allowed = fields.Boolean(required=True)
    permit = fields.String(
        required=True, allow_none=True, metadata={"description": "That allows it."}
    )
    reasons = fields.List(
        fields.Nested(ReasonSchema), required=True, metadata={"description": "Weightiest first."}
    )
    texts = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "As a phone shows it, by language."},
    )
    event = fields.UUID(required=True, metadata={"description": "The event that records it."})
    receipt = fields.String(required=True)


class DecisionsSchema(AnswerSchema):
    """The decisions, in the order in which was asked."""

    on = fields.Date(required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)


QUESTION_EXAMPLE = {"numbers": ["598000000000017"], "to": "1165", "on": "2026-11-25"}
EXAMPLE = {
    "on": "2026-11-25",
    "decisions": [
        {
            "number": "598000000000017",
            "allowed": False,
            "permit": None,
            "reasons": [{"reason": "no_permit", "remedy": "permit", "lifted_on": None}],
            "texts": {
                "en": "NO. Pig 598000000000017 needs a permit of NAQIA first.",
                "tpi": "NO KEN. Pik 598000000000017 i mas kisim pemit bilong NAQIA pastaim.",
            },
            "event": "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11",
            "receipt": "7KQ2-M9XA-P4TD-WZ3C",
        }
    ],
}
