"""Pages of orders: the list, a new one with its reach before it is declared, one, its end."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Response, abort, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, is_partial, once
from services.console.browser_session import PREFIX
from services.console.numbers import asked_number
from services.console.outbreaks.fields import ACT, SEE, Wrong, day_field, may_act, typed, typed_all
from services.console.outbreaks.notice_view import notice_cards, orders_with_drafts
from services.console.outbreaks.order_form import (
    FIELDS,
    WHAT,
    Told,
    fault_of,
    fingerprint,
    read_body,
    read_typed,
    suggested_status,
)
from services.console.outbreaks.order_shape import LONGEST_FORM
from services.console.outbreaks.scenes import order_map
from services.console.pages import show
from services.console.words import shared
from services.core.errors import Invalid, ServiceError
from services.core.roles import Scope
from services.livestock.api.common import act_of
from services.livestock.api.orders import order_draft
from services.livestock.control.affected import area_of, languages_of_keepers, premises_bound
from services.livestock.control.notices import default_texts, reach_in
from services.livestock.control.order_preview import OrderPreview, preview_order
from services.livestock.control.orders import declare_order, find_order, in_force, lift_order
from services.livestock.control.outbreaks import find_outbreak, outbreak_number
from services.livestock.domain.details import LIFT_REASONS
from services.livestock.queries.premises import number_of
from services.livestock.recording.boundaries import known_districts
from services.storage.models import ControlOrder, Outbreak, Premises
from services.texts.catalogue import LANGUAGES
from sms.local_time import local_day

_PAGE = 20
_ONE = "/orders/<number>"
_KILOMETRES, _DRAWN = "3", 300

blueprint = ConsoleBlueprint("orders", "Orders.", MenuEntry("orders_menu", "/orders", SEE.roles))


@blueprint.route("/orders", guard=SEE, scope=Scope.READ)
def orders() -> Response:
    """List orders, the newest first: those in force, or all."""
    start, every = asked_number("from"), request.args.get("which") == "all"
    wanted = select(ControlOrder).order_by(ControlOrder.id.desc()).offset(start).limit(_PAGE + 1)
    today = local_day(context().clock())
    if not every:
        wanted = wanted.where(in_force(today))
    with context().database.read() as session:
        rows = session.scalars(wanted).all()
        waiting = orders_with_drafts(session, rows)
        more = start + _PAGE if len(rows) > _PAGE else None
        return show(
            "outbreaks/orders.html",
            rows=rows[:_PAGE],
            waiting=waiting,
            more=more,
            every=every,
            today=today,
            acts=may_act(),
        )


@blueprint.route("/orders/new", guard=ACT, scope=Scope.DECIDE)
def new_order() -> Response:
    """Fill an order in."""
    with context().database.read() as session:
        told = _suggested(session)
        # What a link fills in is shown at once; what is still to be filled in is no fault yet.
        return _form(session, told, None, _preview(session, told)[0])


@blueprint.route(
    "/orders/preview", methods=["POST"], guard=ACT, scope=Scope.DECIDE, body=LONGEST_FORM
)
def previewed() -> Response:
    """Show what the order would reach, stop and cost; nothing is stored."""
    told = read_typed()
    with context().database.read() as session:
        seen, wrong = _preview(session, told)
        return _form(session, told, wrong, seen)


@blueprint.route("/orders", methods=["POST"], guard=ACT, scope=Scope.DECIDE, body=LONGEST_FORM)
@once
def declared(work: Work) -> Response:
    """Declare an order whose reach was shown for just what was typed."""
    told, session = read_typed(), work.session
    seen, wrong = _preview(session, told)
    if wrong or seen is None or typed("seen") != fingerprint(told) or seen.same:
        wrong = wrong or {
            "reach": "outbreaks_wrong_same" if seen and seen.same else "outbreaks_look"
        }
        abort(_form(session, told, wrong, seen))
    body, _ = read_body(session, told, _disease(session, told))
    act = act_of(work)
    row = declare_order(session, order_draft(session, body, act.event_id), act.origin)
    return go_to(f"{PREFIX}/orders/{row.number}")


@blueprint.route(_ONE, guard=SEE, scope=Scope.READ)
def order(number: str) -> Response:
    """See one order: where, since when, whom it reaches, its notices."""
    with context().database.read() as session:
        return show_order(session, number)


@blueprint.route(f"{_ONE}/lift", methods=["POST"], guard=ACT, scope=Scope.DECIDE)
@once
def lifted(work: Work, number: str) -> Response:
    """End an order, with the reason."""
    wrong: Wrong = {}
    day = day_field("on", wrong, "outbreaks_wrong_day")
    reason = typed("reason")
    if reason not in LIFT_REASONS:
        wrong["reason"] = "outbreaks_wrong_reason"
    if not wrong:
        try:
            lift_order(work.session, number, act_of(work, day), reason)
        except Invalid:
            wrong["on"] = "outbreaks_wrong_lift_day"
    if wrong:
        abort(show_order(work.session, number, wrong))
    return go_to(f"{PREFIX}/orders/{number}")


def show_order(session: Session, number: str, wrong: Wrong | None = None) -> Response:
    """Answer with the page of an order."""
    row = find_order(session, number)
    bound = premises_bound(session, area_of(session, row.area))
    languages = languages_of_keepers(session, [key for key, _ in bound])
    today = local_day(context().clock())
    return show(
        "outbreaks/order.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        row=row,
        outbreak=outbreak_number(session, row.outbreak_id) if row.outbreak_id else None,
        map=order_map(session, row, [key for key, _ in bound[:_DRAWN]]),
        places=len(bound),
        unsure=sum(not inside for _, inside in bound),
        reach=reach_in(default_texts(row), languages, context().sms.price_toea),
        notices=notice_cards(session, row),
        texts=_texts(row),
        ended=row.until is not None and row.until <= today,
        acts=may_act(),
        today=today,
        reasons=LIFT_REASONS,
        wrong=wrong,
        told=typed_all("reason", "on", "on_sure"),
    )


def _texts(row: ControlOrder) -> dict[str, str]:
    """Return the texts of a notice as they were typed, or the usual ones."""
    usual = default_texts(row)
    return {one: request.form.get(f"text_{one}", usual[one]) for one in LANGUAGES}


def _preview(session: Session, told: Told) -> tuple[OrderPreview | None, Wrong]:
    body, wrong = read_body(session, told, _disease(session, told))
    if wrong:
        return None, wrong
    here = context()
    try:
        draft = order_draft(session, body, uuid4())
        return preview_order(session, draft, here.clock(), here.sms.price_toea), {}
    except ServiceError as error:
        return None, fault_of(error)


def _disease(session: Session, told: Told) -> str | None:
    return find_outbreak(session, told["outbreak"]).disease if told["outbreak"] else None


def _form(
    session: Session, told: Told, wrong: Wrong | None = None, seen: OrderPreview | None = None
) -> Response:
    # A fragment shows what is still missing in its place: no error page is swapped in.
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong and not is_partial() else HTTPStatus.OK
    return show(
        "outbreaks/order_new.html",
        status,
        told=told,
        wrong=wrong,
        seen=seen,
        map=order_map(session, seen.row, seen.drawn) if seen else None,
        texts=default_texts(seen.row) if seen else {},
        fingerprint=fingerprint(told) if seen else "",
        what=WHAT,
        districts=[", ".join(reversed(one)) for one in known_districts(session)],
    )


def _suggested(session: Session) -> Told:
    """Return what is usual: a zone round the first place, or a quarantine of it."""
    told = dict.fromkeys(FIELDS, "")
    told |= {
        "what": suggested_status(request.args.get("what", "")),
        "since": local_day(context().clock()).isoformat(),
        "outbreak": request.args.get("outbreak", "")[:16],
        "area_name": "",
    }
    if not told["outbreak"]:
        return told
    row = find_outbreak(session, told["outbreak"])
    return told | _round_index(session, row, told["what"])


def _round_index(session: Session, row: Outbreak, what: str) -> dict[str, Any]:
    index = session.get_one(Premises, row.index_premises_id)
    number = number_of(session, index.id) or ""
    name = ", ".join(filter(None, (index.district, index.province)))
    if what == "quarantine":
        return {"places": number, "area_name": f"{shared(f'value.{index.kind}')} {number}"}
    if index.latitude is not None:
        return {"centre": number, "kilometres": _KILOMETRES, "area_name": name}
    return {"names": name, "area_name": name}
