"""Numbers of village boxes in the API: proposed, approved by an officer, ended."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, note_read, own_party
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import WholeSchema, one_of
from services.core.geography import PROVINCES
from services.core.roles import OFFICERS, Role, Scope
from services.messaging.api.message_schemas import PhoneNumber
from services.messaging.errors import NotForBoxes
from services.messaging.village_bindings import BindingState, end_box, end_number
from services.messaging.village_lists import (
    MOST_NUMBERS,
    BoxActor,
    BoxList,
    decide,
    find_list,
    outcome_of,
    propose,
    waiting_lists,
)
from services.storage.models import Device, VillageBinding, VillageList
from services.storage.read_log import ReadSubject
from services.village.boxes import find_box, list_boxes, numbers_of
from sms.numbers import mask

blueprint = Blueprint("boxes", "Village boxes, and whose texts they may bring.", "/api/v1/boxes")

_OFFICERS = Roles(*OFFICERS)
# A box's owner may be a keeper, a recorder or a nurse.
_ANYONE = Roles(*Role)
_LISTS, _NUMBERS = "/<uuid:box_id>/lists", "/<uuid:box_id>/numbers"


class BoxStandingSchema(WholeSchema):
    """A box, its numbers counted by state, and the texts refused today."""

    id = fields.UUID()
    name = fields.String(metadata={"example": "Kudjip"})
    numbers = fields.Dict(
        keys=fields.String(validate=one_of(BindingState)),
        values=fields.Integer(),
        metadata={"example": {"bound": 12, "asked": 1}},
    )
    refused_today = fields.Integer()
    refused_why = fields.String(allow_none=True, metadata={"example": "box_texts"})


class BoxesSchema(WholeSchema):
    """Boxes, in the order of their names."""

    items = fields.List(fields.Nested(BoxStandingSchema))


class BoxNumberSchema(WholeSchema):
    """A number as a box knows it; only while it is `bound` is the box believed for it."""

    phone = fields.String(metadata={"description": "Masked.", "example": "+675•••••001"})
    state = fields.String(validate=one_of(BindingState))
    how = fields.String(
        allow_none=True, metadata={"description": "Of a bound one: answer or list."}
    )
    seen_at = fields.DateTime(
        allow_none=True, metadata={"description": "When the box last brought a text of it."}
    )
    changed_at = fields.DateTime()


BoxNumberPageSchema = page_schema(BoxNumberSchema, "BoxNumber")


class BoxListSchema(Schema):
    """Numbers of a village, proposed for its box."""

    province = fields.String(
        required=True, validate=validate.OneOf(PROVINCES), metadata={"example": "Jiwaka"}
    )
    phones = fields.List(
        PhoneNumber(metadata={"example": "+67570000001"}),
        required=True,
        validate=validate.Length(1, MOST_NUMBERS),
    )


class ProposedListSchema(WholeSchema):
    """A list, and the counts of its numbers by what approving it does to them."""

    id = fields.UUID()
    province = fields.String(metadata={"example": "Jiwaka"})
    proposed_at = fields.DateTime()
    decided_at = fields.DateTime(allow_none=True)
    approved = fields.Boolean(allow_none=True)
    binds = fields.Integer()
    bound = fields.Integer(metadata={"description": "Are bound already."})
    refused = fields.Integer(metadata={"description": "Whose owners said no; they stay unbound."})


class WaitingListsSchema(WholeSchema):
    """Lists that wait for an officer, the oldest first."""

    items = fields.List(fields.Nested(ProposedListSchema))


class BoxDecisionSchema(Schema):
    """An officer's decision on a list."""

    approved = fields.Boolean(required=True, truthy={True}, falsy={False})


class BoxEndSchema(Schema):
    """A number that the box is believed for no more, or every number."""

    phone = PhoneNumber(load_default=None, metadata={"example": "+67570000001"})
    all = fields.Boolean(load_default=False, truthy={True}, falsy={False})

    @validates_schema
    def one_of_both(self, data: Mapping[str, object], **_: object) -> None:
        """Refuse neither and both."""
        if bool(data.get("phone")) is bool(data.get("all")):
            raise ValidationError("Tell a phone, or `all`.", "phone")


class BoxEndedSchema(WholeSchema):
    """The number of bindings that were ended."""

    ended = fields.Integer()


@blueprint.route("", guard=_OFFICERS, scope=Scope.READ, operation="list_boxes")
@blueprint.response(HTTPStatus.OK, BoxesSchema)
def boxes() -> dict[str, Any]:
    """List the boxes in use, with their numbers counted by state."""
    with context().database.read() as session:
        return {"items": [one._asdict() for one in list_boxes(session)]}


@blueprint.route(_NUMBERS, guard=_ANYONE, scope=Scope.PEOPLE, operation="list_box_numbers")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, BoxNumberPageSchema, headers=LINK)
def numbers(query: PageRequest, box_id: UUID) -> Any:  # noqa: ANN401 — body and headers
    """List a box's numbers, masked: an officer any box's, others their own box's."""
    with context().database.write(exclusive=False) as session:
        box = _own_box(session, box_id)
        page = read_page(session, numbers_of(box), [VillageBinding.id], query)
        note_read(session, *(ReadSubject(number_index=row.number_index) for row in page.rows))
        return page.answer([_number(row) for row in page.rows])


@blueprint.route(
    f"{_NUMBERS}/end",
    methods=["POST"],
    guard=_ANYONE,
    scope=Scope.PEOPLE,
    operation="end_box_numbers",
)
@idempotent(exclusive=True)
@blueprint.arguments(BoxEndSchema, example={"phone": "+67570000001"})
@blueprint.response(HTTPStatus.OK, BoxEndedSchema)
def end(work: Work, body: Mapping[str, Any], box_id: UUID) -> dict[str, int]:
    """Believe a box no more for a number, or for any; its messages go by the ordinary road."""
    box = _own_box(work.session, box_id)
    if body["all"]:
        return {"ended": end_box(work.session, box, work.now)}
    index = work.unit.vault.index(body["phone"])
    end_number(work.session, box, index, work.now)
    note_read(work.session, ReadSubject(number_index=index))
    return {"ended": 1}


@blueprint.route(
    _LISTS, methods=["POST"], guard=_ANYONE, scope=Scope.PEOPLE, operation="propose_box_list"
)
@idempotent(exclusive=True)
@blueprint.arguments(BoxListSchema)
@blueprint.response(HTTPStatus.CREATED, ProposedListSchema)
def propose_list(work: Work, body: Mapping[str, Any], box_id: UUID) -> dict[str, Any]:
    """Propose a village's numbers for its box; they count once another officer approves them."""
    box = _own_box(work.session, box_id)
    told = BoxList(body["phones"], body["province"])
    return _list(work.session, propose(work.unit, box, _actor(), told, work.now))


@blueprint.route("/lists", guard=_OFFICERS, scope=Scope.READ, operation="list_box_lists")
@blueprint.response(HTTPStatus.OK, WaitingListsSchema)
def lists() -> dict[str, Any]:
    """List the lists that wait for an officer, with what approving each does."""
    with context().database.read() as session:
        return {"items": [_list(session, one) for one in waiting_lists(session)]}


@blueprint.route(
    "/lists/<uuid:list_id>/decision",
    methods=["POST"],
    guard=_OFFICERS,
    scope=Scope.DECIDE,
    operation="decide_box_list",
)
@idempotent(exclusive=True)
@blueprint.arguments(BoxDecisionSchema, example={"approved": True})
@blueprint.response(HTTPStatus.OK, ProposedListSchema)
@refuses(HTTPStatus.CONFLICT)
def decide_list(work: Work, body: Mapping[str, bool], list_id: UUID) -> dict[str, Any]:
    """Approve a list, which binds its numbers and tells each of them, or turn it down."""
    row = find_list(work.session, list_id)
    found = decide(work.session, row, _actor(), work.now, approved=body["approved"])
    return _list(work.session, row) | found._asdict()


def _actor() -> BoxActor:
    # The token may do less than its party.
    return BoxActor(own_party(), g.holder.role, g.holder.province)


def _own_box(session: Session, box_id: UUID) -> Device:
    """Return a box that the caller looks after.

    Raises:
        NotForBoxes: it is neither theirs, nor are they an officer.
    """
    box = find_box(session, str(box_id))
    if not _actor().looks_after(box):
        raise NotForBoxes
    return box


def _number(row: VillageBinding) -> dict[str, Any]:
    shown = ("state", "how", "seen_at", "changed_at")
    return {"phone": mask(row.number), **{name: getattr(row, name) for name in shown}}


def _list(session: Session, row: VillageList) -> dict[str, Any]:
    shown = ("province", "proposed_at", "decided_at", "approved")
    outcome = outcome_of(session, row)._asdict()
    return {"id": row.public_id, **{name: getattr(row, name) for name in shown}, **outcome}
