"""Permits: what waits for an answer, what the rule says of it, and the answer."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple, NoReturn
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.field.common import places_in_words
from services.console.field.permit_rules import PermitRuling, orders_at, rulings
from services.console.guards import ANYBODY, SignedIn
from services.console.numbers import asked_number
from services.console.pages import show
from services.core.roles import OFFICERS, Role, Scope
from services.livestock.api.common import act_of, actor
from services.livestock.control.errors import PermitDecided
from services.livestock.control.permit_deciders import DECIDERS, may_decide
from services.livestock.control.permits import PermitDecision, decide_permit, may_read
from services.livestock.domain.details import PERMIT_REASONS
from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import Key, Scheme
from services.livestock.domain.orders import Order
from services.livestock.domain.permits import PermitState
from services.livestock.queries.permits import permit_views, permits_wanted
from services.livestock.recording.permit_subjects import find_permit
from services.messaging.tasks.model import READS
from services.messaging.tasks.reading import open_tasks, reader_of
from services.storage.models import Permit, Task, TaskSource
from sms.local_time import local_day

_READERS = SignedIn(*OFFICERS, Role.AUDITOR)
_DECIDERS = SignedIn(*DECIDERS)
_PAGE = 20
_STATES = (PermitState.ASKED, PermitState.ISSUED, PermitState.REFUSED, PermitState.REVOKED)
_NEXT: Mapping[str, Sequence[PermitState]] = {
    PermitState.ASKED: (PermitState.ISSUED, PermitState.REFUSED),
    PermitState.ISSUED: (PermitState.REVOKED,),
}

_OFFICERS = (Role.VETERINARY_OFFICER, Role.ADMINISTRATOR)

blueprint = ConsoleBlueprint(
    "permits",
    "Permits.",
    MenuEntry("field_permits", "/permits", _OFFICERS),
    # An inspector's first page; these come after what waits for them.
    MenuEntry("field_roadblock", "/roadblock", _OFFICERS),
)


class PermitCard(NamedTuple):
    """A permit as pages show it: as the API does, its places in words, and the rule's word.

    Attributes:
        orders: those that bind the place where it begins, and the one where it ends.
        ruling: None: it is decided, and no more use.
    """

    view: Mapping[str, Any]
    start: str
    end: str
    orders: tuple[Sequence[Order], Sequence[Order]]
    ruling: PermitRuling | None

    @property
    def pigs(self) -> int:
        """Number of pigs that it covers."""
        return self.view["head_count"] or len(self.view["animals"])


@blueprint.route("/permits", guard=_READERS, scope=Scope.READ)
def permits() -> Response:
    """See which permits wait for an answer, the oldest first, and what the rule says."""
    chosen, start, done = _chosen(), asked_number("from"), request.args.get("done", "")
    with context().database.read() as session:
        rows = session.scalars(_wanted(chosen).offset(start).limit(_PAGE + 1)).all()
        cards = _cards(session, rows[:_PAGE])
        last = find_permit(session, done)
        state = last.state if last else None
    more = start + _PAGE if len(rows) > _PAGE else None
    values = {"chosen": chosen, "more": more, "states": _STATES}
    return show("field/permits.html", cards=cards, number=done, state=state, **values)


@blueprint.route("/permits/<permit>", guard=ANYBODY, scope=Scope.READ)
def one_permit(permit: str) -> Response:
    """See one permit, what binds its places, and decide."""
    with context().database.read() as session:
        return _page(session, permit)


@blueprint.route(
    "/permits/<permit>/decision", methods=["POST"], guard=_DECIDERS, scope=Scope.DECIDE
)
@once
def decided(work: Work, permit: str) -> Response:
    """Issue, refuse or revoke a permit; a refusal has its reason."""
    state, reasons = request.form.get("state", ""), _reasons()
    if state not in {PermitState.ISSUED, PermitState.REFUSED, PermitState.REVOKED}:
        _draw_again(work.session, permit, "field_choose_answer")
    told = PermitDecision(PermitState(state), actor(), reasons)
    if state != PermitState.ISSUED and not reasons:
        _draw_again(work.session, permit, "field_choose_reason")
    try:
        decide_permit(work.session, permit, told, act_of(work))
    except PermitDecided:
        _draw_again(work.session, permit, "field_decided_meanwhile", HTTPStatus.CONFLICT)
    return go_to(f"{PREFIX}/permits?done={permit}")


def _chosen() -> dict[str, str]:
    mine = "mine" if g.holder.province else "all"
    state = request.args.get("state", "")
    return {
        "where": request.args.get("where", mine) if g.holder.province else "all",
        "state": state if state in _STATES else PermitState.ASKED.value,
    }


def _wanted(chosen: Mapping[str, str]) -> Select[Permit]:
    province = g.holder.province if chosen["where"] == "mine" else None
    found = permits_wanted(chosen["state"], province, None)
    waits = chosen["state"] == PermitState.ASKED
    return found.order_by(Permit.id if waits else Permit.id.desc())


def _cards(session: Session, rows: Sequence[Permit]) -> list[PermitCard]:
    views, today = permit_views(session, rows), local_day(context().clock())
    ends = [key for row in rows for key in (row.origin_id, row.destination_id)]
    places, orders = places_in_words(session, ends), orders_at(session, ends, today)
    numbered = [(str(view["number"]), row) for view, row in zip(views, rows, strict=True)]
    found = rulings(session, numbered, today)
    return [
        PermitCard(
            view,
            places[row.origin_id],
            places[row.destination_id],
            (orders[row.origin_id], orders[row.destination_id]),
            found.get(view["number"]),
        )
        for view, row in zip(views, rows, strict=True)
    ]


def _page(
    session: Session, number: str, wrong: str | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    row = find_permit(session, number)
    if row is None or not may_read(session, row, g.party_id, g.holder.role):
        raise UnknownNumber(number=Key(Scheme.SHORT, number))
    [card] = _cards(session, [row])
    steps, mine = _NEXT.get(row.state, ()), may_decide(session, row, actor())
    first = card.ruling.codes if card.ruling else frozenset()
    return show(
        "field/permit.html",
        status,
        card=card,
        offered=steps if mine else (),
        elsewhere=bool(steps) and not mine and g.holder.role in DECIDERS,
        reasons=sorted(PERMIT_REASONS, key=lambda one: (one not in first, one)),
        chosen=_reasons(),
        wrong=wrong,
        task=_task(session, row),
        lists=g.holder.role in _READERS.roles,
    )


def _task(session: Session, row: Permit) -> UUID | None:
    """Return the task in which a permit waits; it has the phone to call. None: it is not seen."""
    if g.holder.role not in READS or Scope.CARE not in g.holder.scopes:
        return None
    reader = reader_of(session, g.holder.role, g.party_id, g.holder.province)
    mine = select(TaskSource.task_id).where(TaskSource.permit_id == row.id)
    found = session.scalars(open_tasks(session, reader).where(Task.id.in_(mine)).limit(1)).first()
    return found.public_id if found else None


def _draw_again(
    session: Session,
    number: str,
    wrong: str,
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY,
) -> NoReturn:
    session.expire_all()
    abort(_page(session, number, wrong, status))


def _reasons() -> list[str]:
    return [one for one in request.form.getlist("reasons") if one in PERMIT_REASONS]
