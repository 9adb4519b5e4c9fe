"""Mobs of untagged pigs, and consignments of pork, in the API: their numbers are issued here."""

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageRequest
from services.api.schemas import LONGEST, WholeSchema, example_of
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.animals import AnimalPageSchema, GroupQuery, SummarySchema, list_animals
from services.livestock.api.common import ANYONE, number_field, reporter_of
from services.livestock.api.event_schemas import asked_field, standing_field
from services.livestock.domain.details import MOST_KILOGRAMS, MOST_PIGS
from services.livestock.domain.model import AnimalKind, EventType
from services.livestock.recording.identity import new_group
from services.livestock.reporting.occurred import OccurredSchema
from services.livestock.reporting.reporting import report_one, standing_of, status_of

_MAKERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER)

_TRAITS = ("head_count", "kilograms", "part_of")

blueprint = Blueprint("groups", "Mobs of untagged pigs, and consignments of pork.", "/api/v1")


class NewGroupSchema(Schema):
    """Place and time of a registration."""

    premises = number_field("Where it is.", required=True)
    occurred = fields.Nested(OccurredSchema, required=True)


class NewMobSchema(NewGroupSchema):
    """A new mob; without a count it is not known."""

    head_count = fields.Integer(strict=True, validate=validate.Range(1, MOST_PIGS))
    part_of = fields.String(
        validate=validate.Length(1, LONGEST),
        metadata={"description": "Number of the mob that it was taken from."},
    )


class NewConsignmentSchema(NewGroupSchema):
    """A new consignment of pork."""

    kilograms = fields.Float(
        required=True, validate=validate.Range(0, MOST_KILOGRAMS, min_inclusive=False)
    )
    head_count = fields.Integer(strict=True, validate=validate.Range(1, MOST_PIGS))


class MadeSchema(WholeSchema):
    """Its number, and its registration."""

    number = fields.String(metadata={"example": "104276"})
    id = fields.UUID(metadata={"description": "Of the event."})
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    standing, asked = standing_field(), asked_field()


_MOBS = example_of(
    AnimalPageSchema,
    items=[example_of(SummarySchema, kind="mob", numbers=["104276"], head_count=30)],
)
MOB_EXAMPLE = {"premises": "premises:12", "head_count": 30, "occurred": {"at": "2026-11-25"}}
EVIDENCE_EXAMPLE = example_of(MadeSchema, standing="evidence", asked="keeper")
CONSIGNMENT_EXAMPLE = {
    "premises": "premises:12",
    "kilograms": 42.5,
    "occurred": {"at": "2026-11-25"},
}


@blueprint.route("/mobs", guard=ANYONE, scope=Scope.READ)
@blueprint.arguments(GroupQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalPageSchema, example=_MOBS, headers=LINK)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def mobs(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List the mobs that you may see."""
    with context().database.read() as session:
        return list_animals(session, query, AnimalKind.MOB)


@blueprint.route("/mobs", methods=["POST"], guard=_MAKERS, scope=Scope.REPORT)
@idempotent(exclusive=True)
@blueprint.arguments(NewMobSchema, example=MOB_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, MadeSchema)
@blueprint.alt_response(HTTPStatus.ACCEPTED, schema=MadeSchema, example=EVIDENCE_EXAMPLE)
def add_mob(work: Work, body: dict[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Register a mob; its number is issued."""
    return _make(work, body, AnimalKind.MOB)


@blueprint.route("/consignments", guard=ANYONE, scope=Scope.READ)
@blueprint.arguments(GroupQuery, location="query")
@blueprint.response(HTTPStatus.OK, AnimalPageSchema, headers=LINK)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def consignments(query: PageRequest) -> Any:  # noqa: ANN401 — as above
    """List the consignments of pork that you may see."""
    with context().database.read() as session:
        return list_animals(session, query, AnimalKind.CONSIGNMENT)


@blueprint.route("/consignments", methods=["POST"], guard=_MAKERS, scope=Scope.REPORT)
@idempotent(exclusive=True)
@blueprint.arguments(NewConsignmentSchema, example=CONSIGNMENT_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, MadeSchema)
@blueprint.alt_response(HTTPStatus.ACCEPTED, schema=MadeSchema, example=EVIDENCE_EXAMPLE)
def add_consignment(work: Work, body: dict[str, Any]) -> Any:  # noqa: ANN401 — as above
    """Register a consignment of pork; its number is issued."""
    return _make(work, body, AnimalKind.CONSIGNMENT)


def _make(work: Work, told: dict[str, Any], kind: AnimalKind) -> Any:  # noqa: ANN401 — as above
    key = new_group(work.session, kind)
    traits = {name: value for name, value in told.items() if name in _TRAITS}
    done = report_one(
        reporter_of(work),
        {
            "type": EventType.REGISTER.value,
            "animals": [str(key)],
            "premises": told["premises"],
            "other": None,
            "occurred": told["occurred"],
            "details": {"kind": kind.value, **traits},
        },
    )
    body = {"number": str(key), "id": done.report.event_id, "receipt": done.receipt}
    body |= standing_of(done, done)
    return body, status_of([done]), {"Location": f"/api/v1/animals/{key}"}
