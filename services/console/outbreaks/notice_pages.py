"""Notices: drafted by one officer, and sent when another approves."""

from uuid import UUID

from flask import Response, abort, request

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once, once_unlocked
from services.console.browser_session import PREFIX
from services.console.outbreaks.fields import ACT
from services.console.outbreaks.order_pages import show_order
from services.core.errors import Invalid, NotFound
from services.core.roles import Scope
from services.livestock.api.common import officer_of
from services.livestock.control.notices import approve_notice, draft_notice, find_notice
from services.livestock.control.orders import find_order
from services.texts.catalogue import LANGUAGES

_MOST = 1_000

blueprint = ConsoleBlueprint("notices", "Notices.")


@blueprint.route("/orders/<number>/notices", methods=["POST"], guard=ACT, scope=Scope.SEND)
@once
def drafted(work: Work, number: str) -> Response:
    """Draft a notice; nothing is sent."""
    row = find_order(work.session, number)
    texts = {one: request.form.get(f"text_{one}", "")[:_MOST] for one in LANGUAGES}
    try:
        draft_notice(work.session, row, texts, officer_of(work), context().sms.price_toea)
    except Invalid as error:
        told = error.fields.get("texts")
        wrong = {f"text_{one}": "outbreaks_wrong_notice" for one in told or LANGUAGES}  # type: ignore[attr-defined]  # by language
        abort(show_order(work.session, number, wrong))
    return go_to(f"{PREFIX}/orders/{row.number}#notices")


@blueprint.route(
    "/orders/<number>/notices/<uuid:notice_id>/approve",
    methods=["POST"],
    guard=ACT,
    scope=Scope.DECIDE,
)
@once_unlocked
def approved(work: Work, number: str, notice_id: UUID) -> Response:
    """Send a notice that another officer drafted."""
    row = find_order(work.session, number)
    if find_notice(work.session, notice_id).order_id != row.id:
        raise NotFound("There is no such notice of this order: see its page")
    price = context().sms.price_toea
    approve_notice(work.session, notice_id, officer_of(work), price, work.lock)
    return go_to(f"{PREFIX}/orders/{row.number}#notices")
