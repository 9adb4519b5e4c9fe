"""Orders and their notices in the API."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageRequest, read_page
from services.core.roles import Scope
from services.livestock.api.common import READ, WRITE, act_of, officer_of
from services.livestock.api.order_schemas import (
    LiftSchema,
    NoticeDraftedSchema,
    NoticeSchema,
    NoticesSchema,
    OneOrderSchema,
    OrderDeclaredSchema,
    OrderPageSchema,
    OrderPreviewSchema,
    OrderQuery,
    OrderSchema,
)
from services.livestock.control.affected import area_of, languages_of_keepers, premises_bound
from services.livestock.control.notices import (
    approve_notice,
    default_texts,
    draft_notice,
    find_notice,
    notices_of,
    reach_in,
    texts_of,
    unreviewed,
)
from services.livestock.control.order_preview import OrderPreview, preview_order
from services.livestock.control.orders import (
    OrderDraft,
    declare_order,
    find_order,
    in_force,
    lift_order,
)
from services.livestock.control.outbreaks import outbreak_number
from services.livestock.domain.orders import OrderKind, ZoneStatus
from services.livestock.recording.lookup import known_premises
from services.storage.models import ControlOrder, Notice

blueprint = Blueprint("orders", "Quarantines and zones.", "/api/v1/orders")
notices = Blueprint("notices", "Texts to the keepers whom an order reaches.", "/api/v1/notices")

# A polygon of a few thousand points.
_LONGEST_BODY = 512 * 1024
_NUMBER = {
    "in": "path",
    "name": "number",
    "schema": {"type": "string", "minLength": 1, "maxLength": 32},
    "description": "Number of the order.",
    "example": "Z-2026-1",
}


_DECLARED = {
    "kind": "zone",
    "status": "infected",
    "disease": "african_swine_fever",
    "area": {"districts": [{"province": "Jiwaka", "district": "Anglimp South Waghi"}]},
    "area_name": "Anglimp South Waghi",
    "since": "2026-11-25",
    "outbreak": "1745",
}


@blueprint.route("", guard=READ, scope=Scope.READ, operation="list_orders")
@blueprint.arguments(OrderQuery, location="query")
@blueprint.response(HTTPStatus.OK, OrderPageSchema, headers=LINK)
def orders(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List orders, oldest first: all, or those in force on a day."""
    wanted = select(ControlOrder)
    if query["on"] is not None:
        wanted = wanted.where(in_force(query["on"]))
    with context().database.read() as session:
        page = read_page(session, wanted, [ControlOrder.id], query)
        return page.answer([_order_view(session, row) for row in page.rows])


@blueprint.route(
    "",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    body=_LONGEST_BODY,
    operation="declare_order",
)
@idempotent(exclusive=True)
@blueprint.arguments(OrderDeclaredSchema, example=_DECLARED)
@blueprint.response(HTTPStatus.CREATED, OneOrderSchema)
@refuses(HTTPStatus.NOT_FOUND)
def declare(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Declare an order; the answer has the reach of a notice of it. Nothing is sent."""
    session, act = work.session, act_of(work)
    draft = order_draft(session, body, act.event_id)
    return _order_with_reach(session, declare_order(session, draft, act.origin))


@blueprint.route(
    "/preview",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    body=_LONGEST_BODY,
    operation="preview_order",
)
@blueprint.arguments(OrderDeclaredSchema, example=_DECLARED)
@blueprint.response(HTTPStatus.OK, OrderPreviewSchema)
@refuses(HTTPStatus.NOT_FOUND)
def preview(body: dict[str, Any]) -> OrderPreview:
    """Read what an order would reach, stop and cost if it were declared now. Nothing is stored."""
    here = context()
    with here.database.read() as session:
        draft = order_draft(session, body, uuid4())
        return preview_order(session, draft, here.clock(), here.sms.price_toea)


@blueprint.route(
    "/<number>", guard=READ, scope=Scope.READ, parameters=[_NUMBER], operation="get_order"
)
@blueprint.response(HTTPStatus.OK, OneOrderSchema)
def order(number: str) -> dict[str, Any]:
    """Read an order, and the reach of a notice of it today."""
    with context().database.read() as session:
        return _order_with_reach(session, find_order(session, number))


@blueprint.route(
    "/<number>/lift",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[_NUMBER],
    operation="lift_order",
)
@idempotent(exclusive=True)
@blueprint.arguments(LiftSchema, example={"on": "2026-12-20", "reason": "disease_over"})
@blueprint.response(HTTPStatus.OK, OrderSchema)
def lift(work: Work, body: dict[str, Any], number: str) -> dict[str, Any]:
    """End an order."""
    act = act_of(work, body["on"])
    return _order_view(work.session, lift_order(work.session, number, act, body["reason"]))


@blueprint.route(
    "/<number>/notices",
    guard=READ,
    scope=Scope.READ,
    parameters=[_NUMBER],
    operation="list_notices",
)
@blueprint.response(HTTPStatus.OK, NoticesSchema)
def notice_list(number: str) -> dict[str, Any]:
    """List the notices of an order."""
    with context().database.read() as session:
        found = notices_of(session, find_order(session, number))
        return {"items": [_notice_view(session, one) for one in found]}


@blueprint.route(
    "/<number>/notices",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.SEND,
    parameters=[_NUMBER],
    operation="draft_notice",
)
@idempotent(exclusive=True)
@blueprint.arguments(NoticeDraftedSchema, example={"texts": {}})
@blueprint.response(HTTPStatus.CREATED, NoticeSchema)
def draft(work: Work, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Draft a notice; the answer has its reach and its cost. Nothing is sent."""
    session = work.session
    found = find_order(session, number)
    made = draft_notice(session, found, body["texts"], officer_of(work), context().sms.price_toea)
    return _notice_view(session, made)


@notices.route("/<uuid:notice_id>", guard=READ, scope=Scope.READ, operation="get_notice")
@notices.response(HTTPStatus.OK, NoticeSchema)
def notice(notice_id: UUID) -> dict[str, Any]:
    """Read a notice."""
    with context().database.read() as session:
        return _notice_view(session, find_notice(session, notice_id))


@notices.route(
    "/<uuid:notice_id>/approve",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    operation="approve_notice",
)
@idempotent(exclusive=False)
@notices.response(HTTPStatus.OK, NoticeSchema)
def approve(work: Work, notice_id: UUID) -> dict[str, Any]:
    """Send a notice that another officer drafted. Once more, it sends nothing more."""
    session = work.session
    price = context().sms.price_toea
    approved = approve_notice(session, notice_id, officer_of(work), price, work.lock)
    return _notice_view(session, approved)


def order_draft(session: Session, body: dict[str, Any], event: UUID) -> OrderDraft:
    """Return the order that a loaded `OrderDeclaredSchema` means.

    Raises:
        UnknownNumber, WrongKind: a number of it is of no premises.
    """
    named = [str(known_premises(session, text).public_id) for text in body["premises"]]
    return OrderDraft(
        event_id=event,
        kind=OrderKind(body["kind"]),
        area={"premises": named} if body["area"] is None else body["area"],
        area_name=body["area_name"],
        since=body["since"],
        until=body["until"],
        status=ZoneStatus(body["status"]) if body["status"] else None,
        disease=body["disease"],
        number=body["number"],
        outbreak=body["outbreak"],
    )


def _order_view(session: Session, row: ControlOrder) -> dict[str, Any]:
    number = outbreak_number(session, row.outbreak_id) if row.outbreak_id else None
    names = OrderSchema().fields.keys() - {"outbreak"}
    return {name: getattr(row, name) for name in names} | {"outbreak": number}


def _order_with_reach(session: Session, row: ControlOrder) -> dict[str, Any]:
    bound = premises_bound(session, area_of(session, row.area))
    languages = languages_of_keepers(session, [key for key, _ in bound])
    reach = reach_in(default_texts(row), languages, context().sms.price_toea)
    unsure = sum(not is_inside for _, is_inside in bound)
    return _order_view(session, row) | {"reach": reach._asdict(), "unsure": unsure}


def _notice_view(session: Session, row: Notice) -> dict[str, Any]:
    told = session.get_one(ControlOrder, row.order_id)
    names = ("state", "drafted_recipients", "recipients", "segments", "cost")
    return {name: getattr(row, name) for name in names} | {
        "id": row.public_id,
        "order": told.number,
        "texts": texts_of(row),
        "unreviewed": unreviewed(row, told),
        "drafted_at": row.drafted_at,
        "approved_at": row.approved_at,
    }
