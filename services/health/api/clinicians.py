"""Clinicians on call for red flags, in the API."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.core.geography import PROVINCES
from services.core.roles import Role
from services.health.api.common import CODE, PLANNERS, PREFIX
from services.health.care.clinicians import ANYWHERE, clinicians_of, set_clinicians
from services.health.versions.store import find_version

blueprint = Blueprint("clinicians", "Clinicians on call for red flags.", f"{PREFIX}/programmes")

_RULE = "/<code>/clinicians"


class PostingSchema(Schema):
    """A clinician on call, and their province."""

    province = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf([*PROVINCES, None]),
        metadata={"description": "Null: all provinces without their own.", "example": "Morobe"},
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


@blueprint.route(_RULE, guard=Roles(Role.PLANNER, Role.APPROVER, Role.CLINICIAN), parameters=[CODE])
@blueprint.response(HTTPStatus.OK, CliniciansSchema)
@refuses(HTTPStatus.NOT_FOUND)
def clinicians(code: str) -> dict[str, Any]:
    """List the clinicians of a programme."""
    with context().database.read() as session:
        return _shown(session, find_version(session, code).code)


@blueprint.route(_RULE, methods=["PUT"], guard=PLANNERS, endpoint="change", parameters=[CODE])
@blueprint.arguments(CliniciansSchema)
@blueprint.response(HTTPStatus.OK, CliniciansSchema)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def change(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Set the clinicians on call, for each province and for all others."""
    wanted = {one["province"] or ANYWHERE: one["party"] for one in body["clinicians"]}
    with context().database.write(exclusive=False) as session:
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
