"""Concerns and the inbox in the API, for who looks after people; each reading is noted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from http import HTTPStatus
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.callers import note_read, own_party
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, Wanted, read_page
from services.health.api.common import CLINICIANS, PREFIX
from services.health.api.concern_schemas import (
    ARRIVAL_EXAMPLE,
    FULL_EXAMPLE,
    PAGE_EXAMPLE,
    ConcernHandledSchema,
    ConcernPageSchema,
    ConcernQuery,
    FullConcernSchema,
    InboxAnsweredSchema,
    InboxAnswerSchema,
    InboxQuery,
    InboxSchema,
)
from services.health.care.inbox import (
    ConcernHandling,
    answer_arrival,
    concern_view,
    concerns_wanted,
    find_concern,
    handle_concern,
    read_inbox,
)
from services.storage.models import Concern
from services.storage.read_log import Read
from sms.numbers import mask

blueprint = Blueprint("concerns", "What a person must look after.", f"{PREFIX}/concerns")
inbox = Blueprint("inbox", "Messages that nobody understood.", f"{PREFIX}/inbox")

_ARRIVAL = {
    "in": "path",
    "name": "arrival",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "description": "`id` of the message.",
    "example": "6b" * 32,
}


class _ConcernsWanted(Wanted):
    programme: str | None
    handled: bool


class _InboxWanted(TypedDict):
    limit: int
    since: date | None


@blueprint.route("", guard=CLINICIANS)
@blueprint.arguments(ConcernQuery, location="query")
@blueprint.response(HTTPStatus.OK, ConcernPageSchema, example=PAGE_EXAMPLE, headers=LINK)
def concerns(asked: _ConcernsWanted) -> Any:  # noqa: ANN401 — body and headers
    """List concerns in the order in which they came: red flags, calls and alerts."""
    with context().database.read() as session:
        wanted = concerns_wanted(asked["programme"], handled=asked["handled"])
        page = read_page(session, wanted, [Concern.id], asked)
        return page.answer([row._asdict() for row in page.rows])


@blueprint.route("/<uuid:concern_id>", guard=CLINICIANS)
@blueprint.response(HTTPStatus.OK, FullConcernSchema, example=FULL_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def concern(concern_id: UUID) -> dict[str, Any]:
    """Read one, with the number on which the person can be called."""
    with context().database.write() as session:
        return _noted(session, find_concern(session, concern_id))


@blueprint.route("/<uuid:concern_id>/handled", methods=["POST"], guard=CLINICIANS)
@idempotent
@blueprint.arguments(ConcernHandledSchema, example={"note": "Called him. He is at the clinic."})
@blueprint.response(HTTPStatus.OK, FullConcernSchema, example=FULL_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def handled(work: Work, body: Mapping[str, str], concern_id: UUID) -> dict[str, Any]:
    """Note that you looked after it; 409 where somebody has."""
    row = find_concern(work.session, concern_id)
    handle_concern(work.session, row, ConcernHandling(own_party(), body["note"], work.now))
    return _noted(work.session, row)


@inbox.route("", guard=CLINICIANS)
@inbox.arguments(InboxQuery, location="query")
@inbox.response(HTTPStatus.OK, InboxSchema, example={"items": [ARRIVAL_EXAMPLE]})
def messages(asked: _InboxWanted) -> dict[str, Any]:
    """List the newest messages that nobody understood, the newest first."""
    database, since = context().database, asked["since"]
    begin = datetime.combine(since, time(), UTC) if since else None
    with database.write() as session:
        items = read_inbox(session, asked["limit"], begin)
        senders = {one["sender"] for one in items if one["sender"]}
        indexes = sorted(map(database.vault.index, senders))
        note_read(session, *(Read(number_index=index) for index in indexes))
    return {
        "items": [one | {"phone": mask(one["sender"]) if one["sender"] else None} for one in items]
    }


@inbox.route("/<arrival>/answer", methods=["POST"], guard=CLINICIANS, parameters=[_ARRIVAL])
@idempotent
@inbox.arguments(InboxAnswerSchema, example={"text": "Your next text comes on Monday."})
@inbox.response(
    HTTPStatus.CREATED, InboxAnsweredSchema, example={"id": "6b" * 32, "answered": True}
)
@inbox.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def answer(work: Work, body: Mapping[str, str], arrival: str) -> dict[str, Any]:
    """Answer a message as a person; it is answered once."""
    vault = work.unit.vault
    index = answer_arrival(work.session, vault, arrival, body["text"], work.now)
    note_read(work.session, Read(number_index=index))
    return {"id": arrival, "answered": True}


def _noted(session: Session, row: Concern) -> dict[str, Any]:
    note_read(session, Read(row.party_id))
    return concern_view(session, row)
