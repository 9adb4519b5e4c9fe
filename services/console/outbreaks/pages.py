"""Pages of outbreaks: the list, a new one, and one with its calls and its state."""

from http import HTTPStatus
from typing import Any, NoReturn
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, MenuEntry, go_to, once
from services.console.browser_session import PREFIX
from services.console.days import read_day
from services.console.numbers import asked_number
from services.console.outbreaks.fields import (
    ACT,
    SEE,
    Wrong,
    day_field,
    may_act,
    typed,
    typed_all,
)
from services.console.outbreaks.overview import CALLS, read_overview
from services.console.outbreaks.situation_page import situation_page
from services.console.pages import show
from services.console.words import t
from services.core.errors import Invalid, ServiceError
from services.core.roles import Scope
from services.livestock.api.common import act_of
from services.livestock.control.contact_calls import CallOutcome, record_call
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    OutbreakState,
    change_state,
    find_outbreak,
    open_outbreak,
    outbreak_at,
    outbreak_number,
)
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.queries.premises import number_of
from services.livestock.recording.lookup import known_premises
from services.livestock.tracing.movement_records import read_places
from services.messaging.tasks.reading import find_task, reader_of
from services.messaging.tasks.work import Worker
from services.storage.models import Outbreak, Party
from sms.local_time import local_day

_PAGE = 20
_ONE = "/outbreaks/<number>"
_BEGINS = (OutbreakState.SUSPECT.value, OutbreakState.CONFIRMED.value)

blueprint = ConsoleBlueprint(
    "outbreaks", "Outbreaks.", MenuEntry("outbreaks_menu", "/outbreaks", SEE.roles)
)


@blueprint.route("/outbreaks", guard=SEE, scope=Scope.READ)
def outbreaks() -> Response:
    """List outbreaks, the newest first."""
    start = asked_number("from")
    with context().database.read() as session:
        wanted = select(Outbreak).order_by(Outbreak.id.desc()).offset(start).limit(_PAGE + 1)
        rows = session.scalars(wanted).all()
        sites = read_places(session, {row.index_premises_id for row in rows[:_PAGE]})
        lines = [
            (outbreak_number(session, row.id), row, sites[row.index_premises_id])
            for row in rows[:_PAGE]
        ]
        more = start + _PAGE if len(rows) > _PAGE else None
        return show("outbreaks/list.html", lines=lines, more=more, acts=may_act())


@blueprint.route("/outbreaks/new", guard=ACT, scope=Scope.DECIDE)
def new_outbreak() -> Response:
    """Fill in what opens an outbreak, from an alarm's task where one is named."""
    with context().database.read() as session:
        told = _from_task(session)
        known = _known(session, told)
        if known is not None:
            return go_to(f"{PREFIX}/outbreaks/{known}")
    return _form(told)


@blueprint.route("/outbreaks", methods=["POST"], guard=ACT, scope=Scope.DECIDE)
@once
def opened(work: Work) -> Response:
    """Open an outbreak."""
    told = typed_all("disease", "premises", "began_on", "began_on_sure", "state")
    wrong: Wrong = {}
    if told["disease"] not in NOTIFIABLE:
        wrong["disease"] = "outbreaks_wrong_disease"
    if told["state"] not in _BEGINS:
        wrong["state"] = "outbreaks_wrong_state"
    began = day_field("began_on", wrong, "outbreaks_wrong_day")
    index = None
    try:
        index = known_premises(work.session, told["premises"]).number
    except ServiceError:
        wrong["premises"] = "outbreaks_wrong_place"
    if not wrong and (known := _known(work.session, told)):
        wrong["premises"] = "outbreaks_wrong_known"
        abort(_form(told, wrong, known))
    if wrong or index is None:
        abort(_form(told, wrong))
    act = act_of(work)
    draft = OutbreakDraft(act.event_id, told["disease"], index, began, OutbreakState(told["state"]))
    try:
        row = open_outbreak(work.session, draft, act.origin)
    except Invalid:
        abort(_form(told, {"began_on": "outbreaks_wrong_future"}))
    return _back(outbreak_number(work.session, row.id))


@blueprint.route(_ONE, guard=SEE, scope=Scope.READ)
def outbreak(number: str) -> Response:
    """See one outbreak: state, map, curve, calls, samples, orders, notices, log."""
    # Names and phones are shown, so the reading is noted.
    with context().database.write(exclusive=False) as session:
        return _page(session, number)


@blueprint.route(f"{_ONE}/state", methods=["POST"], guard=ACT, scope=Scope.DECIDE)
@once
def state(work: Work, number: str) -> Response:
    """Take an outbreak to its next state."""
    wrong: Wrong = {}
    day = day_field("on", wrong, "outbreaks_wrong_day")
    wanted = typed("state")
    if wanted not in list(OutbreakState):
        wrong["state"] = "outbreaks_wrong_state"
    if wrong:
        _again(work, number, wrong)
    try:
        change_state(work.session, number, OutbreakState(wanted), act_of(work, day))
    except Invalid:
        _again(work, number, {"on": "outbreaks_wrong_step_day"})
    return _back(number)


@blueprint.route(f"{_ONE}/calls", methods=["POST"], guard=ACT, scope=Scope.DECIDE)
@once
def called(work: Work, number: str) -> Response:
    """Write down what a call to a place in contact gave."""
    outcome = typed("outcome")
    if outcome not in list(CallOutcome):
        _again(work, number, {"calls": "outbreaks_wrong_call"})
    row = find_outbreak(work.session, number)
    party = work.session.get_one(Party, g.party_id)
    told = (CallOutcome(outcome), typed("text") or t(f"outbreaks_call_{outcome}"))
    worker = Worker(party, work.channel, work.now)
    record_call(work.session, row, _uuid(typed("place")), told, worker)
    return go_to(f"{PREFIX}/outbreaks/{number}#calls")


@blueprint.route(f"{_ONE}/situation", guard=SEE, scope=Scope.READ)
def situation(number: str) -> Response:
    """Read the situation of a day, to print on A4."""
    today = local_day(context().clock())
    return situation_page(number, min(read_day(request.args.get("on", "")) or today, today))


def _page(
    session: Session,
    number: str,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: Wrong | None = None,
) -> Response:
    row, today = find_outbreak(session, number), local_day(context().clock())
    start = asked_number("calls")
    seen = read_overview(session, row, today, start)
    return show(
        "outbreaks/one.html",
        status,
        number=outbreak_number(session, row.id),
        row=row,
        seen=seen,
        view=seen.view,
        acts=may_act(),
        today=today,
        wrong=wrong,
        calls_from=start,
        calls_more=start + CALLS if start + CALLS < seen.contacts else None,
        chosen_state=request.form.get("state", ""),
        chosen_day={"on": request.form.get("on", today.isoformat()), "on_sure": typed("on_sure")},
    )


def _again(work: Work, number: str, wrong: Wrong) -> NoReturn:
    abort(_page(work.session, number, HTTPStatus.UNPROCESSABLE_ENTITY, wrong))


def _form(told: dict[str, str], wrong: Wrong | None = None, known: str | None = None) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return show(
        "outbreaks/new.html",
        status,
        told=told,
        wrong=wrong,
        known=known,
        diseases=NOTIFIABLE,
        begins=_BEGINS,
    )


def _from_task(session: Session) -> dict[str, str]:
    """Return what the task of an alarm tells of an outbreak; without one, what is usual."""
    told = {
        "disease": NOTIFIABLE[0],
        "premises": request.args.get("place", "")[:64],
        "began_on": local_day(context().clock()).isoformat(),
        "state": OutbreakState.SUSPECT.value,
    }
    if "task" not in request.args:
        return told
    reader = reader_of(session, g.holder.role, g.party_id, g.holder.province)
    task = find_task(session, reader, _uuid(request.args["task"]))
    told["premises"] = number_of(session, task.premises_id) or ""
    told["began_on"] = local_day(task.made_at).isoformat()
    if task.code in NOTIFIABLE:
        told["disease"] = task.code
    return told


def _known(session: Session, told: dict[str, str]) -> str | None:
    """Return the number of an outbreak that goes on at the place already."""
    try:
        place = known_premises(session, told["premises"])
    except ServiceError:
        return None
    row = outbreak_at(session, told["disease"], place.id)
    return outbreak_number(session, row.id) if row else None


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def _back(number: Any) -> Response:  # noqa: ANN401 — a number in any form
    return go_to(f"{PREFIX}/outbreaks/{number}")
