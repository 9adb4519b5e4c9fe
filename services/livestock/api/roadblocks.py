"""Roadblocks in the API: the permits that are expected there, and what became of what came."""

from datetime import date
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work, idempotent
from services.api.schemas import LONGEST, WholeSchema, one_of
from services.core.errors import Invalid
from services.core.geography import zone_of
from services.core.roles import OFFICERS, Scope
from services.livestock.api.common import PREMISES, acting_origin_of, anyway_field, number_field
from services.livestock.api.decisions import policy
from services.livestock.api.permits import PermitSchema
from services.livestock.control.decision_events import AnsweredQuestion, record_checks
from services.livestock.control.decisions import Question, decide
from services.livestock.control.roadblocks import (
    barred_permits,
    expected_permits,
    require_roadblock,
)
from services.livestock.domain.details import OUTCOMES
from services.livestock.domain.model import Recorded
from services.livestock.domain.movement_questions import Reason
from services.livestock.queries.permits import permit_views
from services.livestock.recording.lookup import known_premises
from services.livestock.reporting.event_reader import Faults
from services.livestock.reporting.questions import MOST_NUMBERS, read_numbers
from services.livestock.reporting.road_checks import PASSED, ask_why, barred
from services.storage.models import Permit, Premises
from sms.local_time import local_day

blueprint = Blueprint("roadblocks", "What comes to a roadblock.", "/api/v1/roadblocks")

_OFFICERS = Roles(*OFFICERS)
MOST_EXPECTED = 200


class ExpectedQuery(Schema):
    """Day of the permits."""

    on = fields.Date(load_default=None, metadata={"description": "Local day; usually today."})


class ExpectedPermitSchema(PermitSchema):
    """A permit that may lead by a roadblock."""

    barred = fields.String(
        allow_none=True,
        validate=one_of(Reason),
        metadata={
            "description": "Why it helps no more: what became known after it was issued.",
            "example": None,
        },
    )


class ExpectedSchema(WholeSchema):
    """The permits that may lead by a roadblock on a day."""

    on = fields.Date()
    count = fields.Integer(metadata={"description": "How many there are.", "example": 1})
    permits = fields.List(
        fields.Nested(ExpectedPermitSchema),
        metadata={"description": f"By number; {MOST_EXPECTED} at most."},
    )


class CheckSchema(Schema):
    """The outcome of an inspector's check."""

    numbers = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        required=True,
        validate=validate.Length(1, MOST_NUMBERS),
        metadata={"description": "Of animals, mobs, consignments or permits."},
    )
    to = number_field("Premises to which they go; see /decisions.")
    outcome = fields.String(
        required=True, validate=validate.OneOf(OUTCOMES), metadata={"example": "turned_back"}
    )
    anyway = anyway_field()


class CheckedSchema(WholeSchema):
    """One check that was recorded."""

    event = fields.UUID()
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    outcome = fields.String(validate=validate.OneOf(OUTCOMES), metadata={"example": "turned_back"})
    reasons = fields.List(
        fields.String(validate=one_of(Reason)),
        metadata={"description": "Against the movement, weightiest first.", "example": ["dead"]},
    )


class ChecksSchema(WholeSchema):
    """The checks, one for each that was asked about."""

    checks = fields.List(fields.Nested(CheckedSchema))


_EXAMPLE = {"numbers": ["598000000000017"], "outcome": "turned_back"}


@blueprint.route("/<path:number>/permits", guard=_OFFICERS, scope=Scope.READ, parameters=[PREMISES])
@blueprint.arguments(ExpectedQuery, location="query")
@blueprint.response(HTTPStatus.OK, ExpectedSchema)
@refuses(HTTPStatus.CONFLICT)
def list_expected_permits(query: dict[str, Any], number: str) -> dict[str, object]:
    """List the permits that may lead by a roadblock on a day."""
    with context().database.read() as session:
        row = _find(session, number)
        return expected_view(session, row, query["on"] or today_at(row))


@blueprint.route(
    "/<path:number>/checks",
    methods=["POST"],
    guard=_OFFICERS,
    scope=Scope.REPORT,
    parameters=[PREMISES],
)
@idempotent(exclusive=True)
@blueprint.arguments(CheckSchema, example=_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, ChecksSchema)
@refuses(HTTPStatus.CONFLICT)
def record_check(work: Work, body: dict[str, Any], number: str) -> dict[str, object]:
    """Record that they passed, were turned back or seized, with what the book says of them.

    Whoever lets them pass against the book says why: `anyway`.
    """
    row, faults = _find(work.session, number), Faults()
    to = faults.read("to", known_premises, work.session, body["to"]) if body["to"] else None
    numbers = read_numbers(work.session, body["numbers"], faults)
    if faults:
        raise Invalid("Some fields are wrong: see errors", faults)
    question = Question(numbers, today_at(row), to.number if to else None, post=row.id)
    answered = AnsweredQuestion(work.session, question, work.key, acting_origin_of(work))
    answers = decide(work.session, question, policy())
    if body["outcome"] == PASSED and barred(answers) and not body["anyway"]:
        raise Invalid("Some pass against the book: see errors", {"anyway": ask_why(answers)})
    done = record_checks(answered, answers, body["outcome"])
    return {"checks": [_checked(one) for one in done]}


def expected_view(
    session: Session, row: Premises, on: date, most: int = MOST_EXPECTED
) -> dict[str, Any]:
    """Return how many permits may lead by a roadblock on a day, and the first of them."""
    expected = expected_permits(session, row, on)
    rules = expected[:most]
    barred = barred_permits(session, rules, on)
    wanted = select(Permit).where(Permit.id.in_([one.id for one in rules]))
    rows = {row.id: row for row in session.scalars(wanted)}
    views = permit_views(session, [rows[one.id or 0] for one in rules])
    permits = [view | {"barred": barred.get(view["number"])} for view in views]
    return {"on": on, "count": len(expected), "permits": permits}


def today_at(row: Premises) -> date:
    """Return the local day at a place."""
    return local_day(context().clock(), zone_of(row.province))


def _find(session: Session, number: str) -> Premises:
    return require_roadblock(session, known_premises(session, number).number)


def _checked(done: Recorded) -> dict[str, object]:
    told = done.report.details
    return {
        "event": done.report.event_id,
        "receipt": done.receipt,
        "outcome": told["outcome"],
        "reasons": told["reasons"],
    }
