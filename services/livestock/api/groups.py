"""Mobs of untagged pigs, and consignments of pork, in the API: their numbers are issued here."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageRequest
from services.api.schemas import LONGEST, WholeSchema, example_of
from services.core.errors import Invalid
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.animals import AnimalPageSchema, GroupQuery, SummarySchema, list_animals
from services.livestock.api.common import ANYONE, number_field, reporter_of
from services.livestock.api.event_schemas import (
    RecordedFlagSchema,
    WarningSchema,
    asked_field,
    standing_field,
)
from services.livestock.domain.details import MOST_KILOGRAMS, MOST_PIGS, MOST_SOURCES
from services.livestock.domain.model import AnimalKind, EventType, write_key
from services.livestock.recording.identity import new_group
from services.livestock.recording.lookup import parse_key, require_premises
from services.livestock.recording.pork import carcasses_at
from services.livestock.reporting.occurred import OccurredSchema
from services.livestock.reporting.reporting import (
    flags_of,
    report_one,
    standing_of,
    status_of,
    warnings_in,
)
from sms.local_time import local_day

_MAKERS = Roles(*OFFICERS, Role.KEEPER, Role.RECORDER)

_TRAITS = ("head_count", "kilograms", "part_of", "pigs")
_CARCASSES_OF = timedelta(days=30)
"""Carcass numbers begin again: those of an abattoir's last days are meant."""

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


def _named(what: str, example: str) -> fields.List[str]:
    number = fields.String(validate=validate.Length(1, LONGEST))
    most = validate.Length(1, MOST_SOURCES)
    told = {"description": what, "example": [example]}
    return fields.List(number, validate=most, metadata=told)


class NewConsignmentSchema(NewGroupSchema):
    """A new consignment of pork."""

    kilograms = fields.Float(
        required=True, validate=validate.Range(0, MOST_KILOGRAMS, min_inclusive=False)
    )
    head_count = fields.Integer(strict=True, validate=validate.Range(1, MOST_PIGS))
    pigs = _named("Numbers of the pigs, or of other pork, that it came from.", "598000000000017")
    carcasses = _named("Numbers of carcasses of the premises' last 30 days, in their place.", "17")


class MadeSchema(WholeSchema):
    """Its number, and its registration; what is against it, and what to do now."""

    number = fields.String(metadata={"example": "104276"})
    id = fields.UUID(metadata={"description": "Of the event."})
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    flags = fields.List(fields.Nested(RecordedFlagSchema), metadata={"example": []})
    warnings = fields.List(fields.Nested(WarningSchema), metadata={"example": []})
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


@blueprint.route("/mobs", guard=ANYONE, scope=Scope.READ, operation="list_mobs")
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


@blueprint.route("/consignments", guard=ANYONE, scope=Scope.READ, operation="list_consignments")
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
    if "carcasses" in body:
        body["pigs"] = [*body.get("pigs", []), *_of_carcasses(work.session, body)]
    return _make(work, body, AnimalKind.CONSIGNMENT)


def _of_carcasses(session: Session, told: dict[str, Any]) -> list[str]:
    """Return the pigs of carcasses, as a kill sheet of the premises numbers them.

    Raises:
        Invalid: no carcass of the last days has one of the numbers there.
    """
    wanted = told.get("carcasses", [])
    at = require_premises(session, parse_key(session, told["premises"], "premises")).id
    last = local_day(context().clock())
    found = carcasses_at(session, at, wanted, (last - _CARCASSES_OF, last)) if wanted else {}
    missing = {
        str(place): "No carcass of the last 30 days has this number there."
        for place, number in enumerate(wanted)
        if number not in found
    }
    if missing:
        raise Invalid("Some fields are wrong: see errors", {"carcasses": missing})
    return [write_key(found[number]) for number in wanted]


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
    body |= {"flags": flags_of(done), "warnings": warnings_in(done)}
    body |= standing_of(done, done)
    return body, status_of([done]), {"Location": f"/api/v1/animals/{key}"}
