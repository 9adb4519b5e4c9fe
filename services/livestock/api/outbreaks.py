"""Outbreaks and the reports on them in the API."""

from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.documents import Page, csv_answer
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, read_page
from services.core.look import style_policy
from services.core.roles import Scope
from services.livestock.api.common import READ, WRITE, act_of, this_day
from services.livestock.api.outbreak_schemas import (
    OnQuery,
    OutbreakOpenedSchema,
    OutbreakPageSchema,
    OutbreakSchema,
    SituationSchema,
    StateSchema,
)
from services.livestock.control.compensation import CompensationClaim, claims_of
from services.livestock.control.outbreaks import (
    OutbreakDraft,
    OutbreakState,
    change_state,
    find_outbreak,
    open_outbreak,
    outbreak_number,
)
from services.livestock.control.situation import Situation, render_page, situation
from services.livestock.queries.premises import number_of
from services.livestock.recording.lookup import known_premises
from services.storage.models import Outbreak

On = dict[str, date | None]

blueprint = Blueprint("outbreaks", "Outbreaks, and the reports on them.", "/api/v1/outbreaks")

_TEXT = {"type": "string"}
NUMBER = {
    "in": "path",
    "name": "number",
    "schema": {"type": "string", "minLength": 1, "maxLength": 16},
    "description": "Number of the outbreak.",
    "example": "1745",
}

_OPENED = {
    "disease": "african_swine_fever",
    "premises": "1068",
    "began_on": "2026-11-23",
    "state": "suspect",
}
_CLAIMS = (
    "order,tag,heads,owner,premises,day,event,receipt,ledger\r\n"
    "Z-2026-1,598000000000017,1,2c0f8d0e-1c44-4a0e-9a65-0f6a4d9f7c11,1068,2026-11-25,"
    "0e8a5f4c-93d1-5c5e-8d65-1f2c7b9a3e11,7KQ2-M9XA-P4TD-WZ3C,on chain\r\n"
)


@blueprint.route("", guard=READ, scope=Scope.READ, operation="list_outbreaks")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(
    HTTPStatus.OK,
    OutbreakPageSchema,
    headers=LINK,
)
def outbreaks(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List outbreaks, oldest first."""
    with context().database.read() as session:
        page = read_page(session, select(Outbreak), [Outbreak.id], query)
        return page.answer([outbreak_view(session, row) for row in page.rows])


@blueprint.route("", methods=["POST"], guard=WRITE, scope=Scope.DECIDE, operation="open_outbreak")
@idempotent(exclusive=True)
@blueprint.arguments(OutbreakOpenedSchema, example=_OPENED)
@blueprint.response(HTTPStatus.CREATED, OutbreakSchema)
@refuses(HTTPStatus.NOT_FOUND)
def opening(work: Work, body: dict[str, Any]) -> dict[str, Any]:
    """Open an outbreak at its index premises."""
    session, act = work.session, act_of(work)
    draft = OutbreakDraft(
        event_id=act.event_id,
        disease=body["disease"],
        index=known_premises(session, body["premises"]).number,
        began_on=body["began_on"],
        state=OutbreakState(body["state"]),
    )
    return outbreak_view(session, open_outbreak(session, draft, act.origin))


@blueprint.route(
    "/<number>", guard=READ, scope=Scope.READ, parameters=[NUMBER], operation="get_outbreak"
)
@blueprint.response(HTTPStatus.OK, OutbreakSchema)
def outbreak(number: str) -> dict[str, Any]:
    """Read an outbreak."""
    with context().database.read() as session:
        return outbreak_view(session, find_outbreak(session, number))


@blueprint.route(
    "/<number>/state",
    methods=["POST"],
    guard=WRITE,
    scope=Scope.DECIDE,
    parameters=[NUMBER],
    operation="change_outbreak",
)
@idempotent(exclusive=True)
@blueprint.arguments(StateSchema, example={"state": "confirmed", "on": "2026-11-25"})
@blueprint.response(HTTPStatus.OK, OutbreakSchema)
def state(work: Work, body: dict[str, Any], number: str) -> dict[str, Any]:
    """Confirm a suspicion, rule it out, or declare an outbreak controlled or over."""
    wanted, act = OutbreakState(body["state"]), act_of(work, body["on"])
    return outbreak_view(work.session, change_state(work.session, number, wanted, act))


@blueprint.route(
    "/<number>/situation",
    guard=READ,
    scope=Scope.READ,
    parameters=[NUMBER],
    operation="get_situation",
)
@blueprint.arguments(OnQuery, location="query")
@blueprint.response(HTTPStatus.OK, SituationSchema)
def situation_of(query: On, number: str) -> Situation:
    """Read the situation of a day: state, orders, counts, affected premises."""
    with context().database.read() as session:
        # Rows are looked at when the answer is written.
        session.expire_on_commit = False
        return situation(session, find_outbreak(session, number), this_day(query))


@blueprint.route(
    "/<number>/situation.html",
    guard=READ,
    scope=Scope.READ,
    parameters=[NUMBER],
    operation="show_situation",
)
@blueprint.arguments(OnQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/html", example="<!doctype html>", description="A page."
)
def page(query: On, number: str) -> Response:
    """Read the situation of a day as a page to print on A4."""
    here = context()
    with here.database.read() as session:
        view = situation(session, find_outbreak(session, number), this_day(query))
        written = render_page(view, here.clock(), here.settings.office_phones)
        return Page(written, style_policy(written))


@blueprint.route(
    "/<number>/compensation.csv",
    guard=READ,
    scope=Scope.READ,
    parameters=[NUMBER],
    operation="get_compensation",
)
@blueprint.arguments(OnQuery, location="query")
@blueprint.response(
    HTTPStatus.OK, _TEXT, content_type="text/csv", example=_CLAIMS, description="A table."
)
def compensation(query: On, number: str) -> Response:
    """List the pigs culled under an order, with owner and proof of each."""
    with context().database.read() as session:
        claims = claims_of(session, find_outbreak(session, number), this_day(query))
    return csv_answer(CompensationClaim._fields, [claim._asdict() for claim in claims])


def outbreak_view(session: Session, row: Outbreak) -> dict[str, Any]:
    """Return an outbreak as the API shows it."""
    return {
        "number": outbreak_number(session, row.id),
        "id": row.public_id,
        "disease": row.disease,
        "state": row.state,
        "premises": number_of(session, row.index_premises_id),
        "began_on": row.began_on,
    }
