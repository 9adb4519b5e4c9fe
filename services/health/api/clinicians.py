"""Clinicians on call for red flags, in the API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypedDict
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles
from services.core.geography import PROVINCES
from services.core.roles import Role
from services.health.api.common import CODE, PLANNERS, PREFIX
from services.health.care.clinicians import ANYWHERE, clinicians_of, set_clinicians
from services.health.versions.store import find_version

blueprint = Blueprint("clinicians", "Who is told of red flags.", f"{PREFIX}/programmes")

_RULE = "/<code>/clinicians"


class _Posting(TypedDict):
    province: str | None
    party: UUID


class _CliniciansInput(TypedDict):
    clinicians: list[_Posting]


class PostingSchema(Schema):
    """A clinician on call, and their province."""

    province = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*PROVINCES, None]),
        metadata={"description": "Null: wherever no province has its own."},
    )
    party = fields.UUID(
        required=True, metadata={"description": "With the role clinician and a phone."}
    )


class CliniciansSchema(Schema):
    """All clinicians of a programme; they replace the earlier ones."""

    clinicians = fields.List(
        fields.Nested(PostingSchema), required=True, validate=validate.Length(0, len(PROVINCES) + 1)
    )

    @validates("clinicians")
    def each_province_once(self, value: Sequence[dict[str, Any]], **_: object) -> None:
        """Refuse two clinicians for one province."""
        # An invalid posting may have no province here.
        places = [one["province"] for one in value if "province" in one]
        if len(set(places)) < len(places):
            raise ValidationError("A province has one clinician.")


EXAMPLE = {
    "clinicians": [
        {"province": None, "party": "3b1f0c1e-55c2-4f0b-8a4b-1e0c9f3a2b11"},
        {"province": "Morobe", "party": "0b7c0f0a-6a42-4a56-9a51-6a3f9e0c9d11"},
    ]
}


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
def change(body: _CliniciansInput, code: str) -> dict[str, Any]:
    """Say who is told of red flags, for each province and for anywhere else."""
    wanted = {one["province"] or ANYWHERE: one["party"] for one in body["clinicians"]}
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
