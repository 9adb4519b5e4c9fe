"""Who is told of red flags, in the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypedDict

from services.programmes.api.clinician_schemas import EXAMPLE, CliniciansSchema
from services.programmes.api.common import CODE, PLANNERS, PREFIX
from services.programmes.clinicians import ANYWHERE, clinicians_of, set_clinicians
from services.programmes.versions import find_version
from services.storage.people import Role
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Roles

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

blueprint = Blueprint("clinicians", "Who is told of red flags.", f"{PREFIX}/programmes")

_RULE = "/<code>/clinicians"


class _Posting(TypedDict):
    province: str | None
    party: UUID


class _Told(TypedDict):
    clinicians: list[_Posting]


@blueprint.route(_RULE, guard=Roles(Role.PLANNER, Role.APPROVER, Role.CLINICIAN), parameters=[CODE])
@blueprint.response(HTTPStatus.OK, CliniciansSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def clinicians(code: str) -> dict[str, Any]:
    """List the clinicians of a programme."""
    with context().database.read() as session:
        return _shown(session, find_version(session, code).code)


@blueprint.route(_RULE, methods=["PUT"], guard=PLANNERS, endpoint="change", parameters=[CODE])
@blueprint.arguments(CliniciansSchema, example=EXAMPLE)
@blueprint.response(HTTPStatus.OK, CliniciansSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def change(told: _Told, code: str) -> dict[str, Any]:
    """Say who is told of red flags, for each province and for anywhere else."""
    wanted = {one["province"] or ANYWHERE: one["party"] for one in told["clinicians"]}
    with context().database.write() as session:
        found = find_version(session, code).code
        set_clinicians(session, found, wanted)
        return _shown(session, found)


def _shown(session: Session, code: str) -> dict[str, Any]:
    return {
        "clinicians": [
            {"province": one.province or None, "party": one.party}
            for one in clinicians_of(session, code)
        ]
    }
