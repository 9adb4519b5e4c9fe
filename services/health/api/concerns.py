"""Concerns and clinicians on call in the API; each reading of a person is recorded."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import (
    Schema,
    ValidationError,
    fields,
    validate,
    validates,
    validates_schema,
)
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, note_read, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import WholeSchema, one_of, plain_text
from services.core.geography import PROVINCES
from services.core.roles import Role, Scope
from services.health.api.programmes import CLINICIANS, CODE, CODE_PATTERN, PLANNERS, PREFIX
from services.health.care.concern_stories import story_of
from services.health.care.concern_tasks import (
    concern_view,
    concerns_wanted,
    find_concern,
    handle_concern,
)
from services.health.care.concerns import ConcernKind, clinicians_of, set_clinicians
from services.health.care.rota import DutyHours
from services.health.versions.store import find_version
from services.messaging.postings import ANYWHERE, postings_of
from services.storage.models import Concern
from services.storage.read_log import ReadSubject

blueprint = Blueprint("concerns", "What a person must look after.", f"{PREFIX}/concerns")
on_call = Blueprint("clinicians", "Clinicians on call for red flags.", f"{PREFIX}/programmes")

_RULE = "/<code>/clinicians"
_UNSET = {"opens": None, "closes": None, "weekdays": None}


class ConcernQuery(PageQuery):
    """Filter of concerns."""

    programme = fields.String(load_default=None, validate=validate.Regexp(CODE_PATTERN))
    handled = fields.Boolean(
        load_default=False, metadata={"description": "Those that were looked after, instead."}
    )


class ConcernSchema(WholeSchema):
    """A concern, without the person's identity."""

    id = fields.UUID(attribute="public_id")
    kind = fields.String(validate=one_of(ConcernKind))
    code = fields.String(metadata={"description": "Which flag or alert.", "example": "chest_pain"})
    programme = fields.String(allow_none=True, metadata={"example": "tobacco"})
    province = fields.String(allow_none=True, metadata={"example": "Morobe"})
    at = fields.DateTime()
    handled_at = fields.DateTime(allow_none=True)


ConcernPageSchema = page_schema(ConcernSchema, "Concern")


class LastAnswerSchema(Schema):
    """An answer in a course."""

    item = fields.String(metadata={"description": "The question's id.", "example": "mood"})
    answer = fields.String(metadata={"example": "low"})


class FullConcernSchema(ConcernSchema):
    """A concern with the number on which the person can be called."""

    phone = fields.String(allow_none=True, metadata={"example": "+67570000001"})
    name = fields.String(allow_none=True)
    age = fields.Integer(allow_none=True)
    district = fields.String(allow_none=True)
    answers = fields.List(
        fields.Nested(LastAnswerSchema),
        metadata={"description": "The last answers in the course, the newest first."},
    )
    said = fields.String(
        allow_none=True,
        metadata={
            "description": "The text that led to it; null: none did, or it is no longer kept.",
            "example": "I have chest pain",
        },
    )
    reply = fields.String(
        allow_none=True, metadata={"description": "What Bilum answered to that text, at once."}
    )
    discreet = fields.Boolean(
        metadata={"description": "Nobody may call unasked: who hears it may be the danger."}
    )
    subscription = fields.UUID(allow_none=True)
    told = fields.UUID(allow_none=True, metadata={"description": "The clinician who was told."})
    handled_by = fields.UUID(allow_none=True)
    note = fields.String(allow_none=True)


class ConcernHandledSchema(Schema):
    """A note on how a concern was handled."""

    note = fields.String(
        required=True,
        validate=plain_text(500),
        metadata={"example": "Called; now at the clinic."},
    )


@blueprint.route("", guard=CLINICIANS, scope=Scope.CARE, operation="list_concerns")
@blueprint.arguments(ConcernQuery, location="query")
@blueprint.response(HTTPStatus.OK, ConcernPageSchema, headers=LINK)
def concerns(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List concerns of your programmes and provinces, in the order in which they came."""
    with context().database.read() as session:
        postings = postings_of(session, g.party_id)
        wanted = concerns_wanted(postings, query["programme"], handled=query["handled"])
        page = read_page(session, wanted, [Concern.id], query)
        return page.answer([row._asdict() for row in page.rows])


@blueprint.route("/<uuid:concern_id>", guard=CLINICIANS, scope=Scope.CARE, operation="get_concern")
@blueprint.response(HTTPStatus.OK, FullConcernSchema)
def concern(concern_id: UUID) -> dict[str, Any]:
    """Read one, with the number on which the person can be called."""
    with context().database.write(exclusive=False) as session:
        return _noted(session, _find(session, concern_id))


@blueprint.route(
    "/<uuid:concern_id>/handled",
    methods=["POST"],
    guard=CLINICIANS,
    scope=Scope.CARE,
    operation="handle_concern",
)
@idempotent(exclusive=False)
@blueprint.arguments(ConcernHandledSchema)
@blueprint.response(HTTPStatus.OK, FullConcernSchema)
def handled(work: Work, body: Mapping[str, str], concern_id: UUID) -> dict[str, Any]:
    """Note that you looked after it; 409 where somebody has."""
    row = _find(work.session, concern_id)
    handle_concern(work.session, row, own_party(), body["note"], work.now)
    return _noted(work.session, row)


def _find(session: Session, concern_id: UUID) -> Concern:
    return find_concern(session, postings_of(session, g.party_id), concern_id)


def _noted(session: Session, row: Concern) -> dict[str, Any]:
    note_read(session, ReadSubject(person_id=row.person_id))
    story = story_of(session, row)
    told = {"said": story.said, "reply": story.reply, "discreet": story.discreet}
    return concern_view(session, row) | told


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
    opens = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(0, 23),
        metadata={
            "description": "First hour in which they call and read the inbox, by the province's "
            "clock; null: not set, and the programme cannot be approved.",
            "example": 8,
        },
    )
    closes = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 24),
        metadata={"description": "Hour at which they end.", "example": 16},
    )
    weekdays = fields.String(
        load_default="1234567",
        allow_none=True,
        validate=validate.Regexp("[1-7]{1,7}"),
        metadata={"description": "Days of the week, 1 is Monday.", "example": "12345"},
    )

    @validates_schema
    def hours_are_both_or_none(self, data: Mapping[str, Any], **_: object) -> None:
        """Refuse half an answer, and hours that end before they begin."""
        opens, closes = data.get("opens"), data.get("closes")
        if (opens is None) != (closes is None):
            raise ValidationError("Give both hours, or none.", "closes")
        if opens is not None and closes is not None and closes <= opens:
            raise ValidationError("The last hour comes after the first.", "closes")


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


@on_call.route(
    _RULE,
    guard=Roles(Role.PLANNER, Role.APPROVER, Role.CLINICIAN),
    scope=Scope.READ,
    parameters=[CODE],
    operation="list_clinicians",
)
@on_call.response(HTTPStatus.OK, CliniciansSchema)
def clinicians(code: str) -> dict[str, Any]:
    """List the clinicians of a programme."""
    with context().database.read() as session:
        return _shown(session, find_version(session, code).code)


@on_call.route(
    _RULE,
    methods=["PUT"],
    guard=PLANNERS,
    scope=Scope.DECIDE,
    endpoint="change",
    parameters=[CODE],
    operation="set_clinicians",
)
@on_call.arguments(CliniciansSchema)
@on_call.response(HTTPStatus.OK, CliniciansSchema)
@refuses(HTTPStatus.CONFLICT)
def change(body: dict[str, Any], code: str) -> dict[str, Any]:
    """Set the clinicians on call, for each province and for all others."""
    wanted = {one["province"] or ANYWHERE: one["party"] for one in body["clinicians"]}
    hours = {
        one["province"] or ANYWHERE: DutyHours(one["opens"], one["closes"], one["weekdays"])
        for one in body["clinicians"]
        if one["opens"] is not None
    }
    with context().database.write(exclusive=False) as session:
        found = find_version(session, code).code
        set_clinicians(session, found, wanted, hours)
        return _shown(session, found)


def _shown(session: Session, code: str) -> dict[str, Any]:
    return {
        "clinicians": [
            {
                "province": one.province or None,
                "party": one.party,
                **(one.hours._asdict() if one.hours else _UNSET),
            }
            for one in clinicians_of(session, code)
        ]
    }
