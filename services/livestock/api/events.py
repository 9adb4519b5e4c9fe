"""Events in the API."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import CHANNEL, Work, idempotent
from services.api.paging import LINK, PageRequest, read_page
from services.core.errors import Forbidden, Invalid, NotFound
from services.core.roles import OFFICERS, Role, Scope
from services.ledger.content_erasure import ErasureOrder, ErasureReason
from services.livestock.api.common import ANYONE, REPORTERS, origin_of, reporter_of, viewer
from services.livestock.api.event_schemas import (
    BATCH_EXAMPLE,
    EVIDENCE_EXAMPLE,
    ErasedSchema,
    ErasureSchema,
    EventBatchSchema,
    EventPageSchema,
    EventQuery,
    EventSchema,
    RecordedBatchSchema,
    VoidSchema,
)
from services.livestock.confirmations.owners import require_undoing
from services.livestock.control.retractions import declare_wrong
from services.livestock.domain import access
from services.livestock.domain.access import Sight
from services.livestock.queries.events import (
    event_views,
    events_wanted,
    is_seen,
)
from services.livestock.recording.corrections import require_own_report
from services.livestock.recording.erasure import erase_event
from services.livestock.recording.journal import OURS
from services.livestock.recording.lookup import known_animal, known_premises
from services.livestock.recording.ownership import ties_of
from services.livestock.reporting.reporting import recorded_answer, report_events, status_of
from services.storage.models import Journal, Party, Premises

LONGEST_BATCH = 1024 * 1024

blueprint = Blueprint("events", "What happened, as it was reported.", "/api/v1/events")


@blueprint.route(
    "",
    methods=["POST"],
    guard=REPORTERS,
    scope=Scope.REPORT,
    body=LONGEST_BATCH,
    operation="report_events",
)
@idempotent(exclusive=True)
@blueprint.arguments(EventBatchSchema, example=BATCH_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, RecordedBatchSchema)
@blueprint.alt_response(
    HTTPStatus.ACCEPTED,
    schema=RecordedBatchSchema,
    example=EVIDENCE_EXAMPLE,
    description="Some of it is evidence: it counts once the keeper, or an officer, agrees.",
)
def report(work: Work, batch: dict[str, Any]) -> tuple[dict[str, Any], HTTPStatus]:
    """Report events: all are recorded, or none."""
    done = report_events(reporter_of(work), batch["events"])
    return recorded_answer(work.session, done), status_of(done)


@blueprint.route("", guard=ANYONE, scope=Scope.READ, operation="list_events")
@blueprint.arguments(EventQuery, location="query")
@blueprint.response(HTTPStatus.OK, EventPageSchema, headers=LINK)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def events(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List events in the order in which they were recorded; yours, where you name no subject."""
    with context().database.read() as session:
        subject = _subject(session, query)
        wanted = events_wanted(viewer(), query["type"], subject, query["since"], query["until"])
        page = read_page(session, wanted, [Journal.id], query)
        return page.answer(event_views(session, viewer(), page.rows))


@blueprint.route("/<uuid:event_id>", guard=ANYONE, scope=Scope.READ, operation="get_event")
@blueprint.response(HTTPStatus.OK, EventSchema)
def event(event_id: UUID) -> dict[str, Any]:
    """Read one event."""
    with context().database.read() as session:
        row = session.scalars(select(Journal).where(Journal.event_id == event_id, OURS)).first()
        if row is None:
            raise NotFound("No event has this id")
        if not is_seen(session, viewer(), row):
            raise Forbidden("This event is about no animal and no premises of yours")
        return event_views(session, viewer(), [row])[0]


@blueprint.route(
    "/<uuid:event_id>/void",
    methods=["POST"],
    guard=REPORTERS,
    scope=Scope.REPORT,
    operation="void_event",
)
@idempotent(exclusive=True)
@blueprint.arguments(VoidSchema, example={"reason": "did_not_occur"})
@blueprint.response(HTTPStatus.CREATED, RecordedBatchSchema)
def void(work: Work, body: dict[str, str], event_id: UUID) -> dict[str, Any]:
    """Declare an event wrong: your own, or any for an officer. It stays in the journal."""
    party = work.session.get_one(Party, own_party())
    if g.holder.role not in OFFICERS:
        require_own_report(work.session, event_id, party.public_id)
        require_undoing(work.session, event_id, party)
    done = declare_wrong(work.session, event_id, body["reason"], origin_of(work), party)
    return recorded_answer(work.session, [done])


@blueprint.route(
    "/<uuid:event_id>/erasure",
    methods=["POST"],
    guard=Roles(Role.ADMINISTRATOR),
    scope=Scope.PEOPLE,
    operation="erase_event",
)
@idempotent(exclusive=True)
@blueprint.arguments(ErasureSchema, example={"reason": "asked_by_the_person"})
@blueprint.response(HTTPStatus.CREATED, ErasedSchema, example={"indexes": [17, 23]})
def erasure(work: Work, body: dict[str, str], event_id: UUID) -> dict[str, Any]:
    """Erase an event's content for good; 409 while it waits for the ledger, or once erased."""
    reason = ErasureReason(body["reason"])
    act = ErasureOrder(reason, CHANNEL, g.party_public_id, work.now)
    return {"indexes": erase_event(work.session, event_id, act).indexes}


def _subject(session: Session, query: PageRequest) -> bytes | None:
    """Return the ledger's key of the subject that is asked for, if one is.

    Raises:
        Forbidden: it may not be seen.
        Invalid: two are asked for.
    """
    if query["animal"] and query["premises"]:
        raise Invalid("Ask for an animal or for premises", {"premises": "Leave one of them out."})
    if query["animal"]:
        animal = known_animal(session, query["animal"])
        ties = ties_of(session, viewer(), [animal.id])[animal.id]
        _require(access.sight_of(viewer(), ties))
        return public_subject(*animal.key)
    if query["premises"]:
        row = session.get_one(Premises, known_premises(session, query["premises"]).id)
        _require(access.sight_of_place(viewer(), row.keeper_id, row.province))
        return row.subject_key
    return None


def _require(sight: Sight) -> None:
    if sight < Sight.NUMBERS:
        raise Forbidden("You may see the status of this alone, not its events")
