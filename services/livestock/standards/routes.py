"""EPCIS 2.0 and ICAR ADE in the API."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urljoin
from uuid import UUID

from flask import Response, g, jsonify, request, url_for
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.paging import LINK, PageRequest, read_page
from services.core.errors import NotFound
from services.core.roles import OFFICERS, Role, Scope
from services.ledger.journal import instant
from services.livestock.api.common import viewer
from services.livestock.domain.model import Origin
from services.livestock.recording.journal import EVIDENCE
from services.livestock.reporting.reporting import IN_FORCE, Reporter
from services.livestock.standards import schemas
from services.livestock.standards.epcis.documents import query_document
from services.livestock.standards.epcis.identifiers import UNSET_BASE, Names
from services.livestock.standards.epcis.queries import answer, make_query
from services.livestock.standards.epcis.stored import CHANNEL, capture, find_capture
from services.livestock.standards.errors import UnknownParameter
from services.livestock.standards.icar import stored
from services.livestock.standards.icar.resources import RESOURCES, Resource
from services.storage.models import Journal
from services.storage.unit_of_work import Unit

# They name premises, which are somebody's home.
READERS = Roles(*OFFICERS, Role.AUDITOR)
WRITERS = Roles(*OFFICERS, Role.ABATTOIR, Role.RECORDER)
VERSIONS = {"GS1-EPCIS-Version": "2.0", "GS1-CBV-Version": "2.0"}
# Pages of rows that one request looks through, where few of them answer its query.
_MOST_LOOKS = 20

_VERSION_HEADERS = {name: {"schema": {"type": "string"}} for name in VERSIONS}
_LOCATION = {"Location": {"schema": {"type": "string"}, "description": "Of the capture job."}}
_RESOURCE = {
    "in": "path",
    "name": "name",
    "schema": {"type": "string", "enum": list(RESOURCES)},
    "example": "weights",
}
_JSON_OBJECT = {"type": "object"}
_PAGE = frozenset({"perPage", "nextPageToken"})

epcis = Blueprint("epcis", f"{schemas.EPCIS}: docs/standards.md.", "/api/v1/epcis")
icar = Blueprint("icar", f"{schemas.ICAR}: docs/standards.md.", "/api/v1/icar")


# Some thousand events.
LONGEST_BODY = 4 * 1024 * 1024


@epcis.route("/capture", methods=["POST"], guard=WRITERS, scope=Scope.REPORT, body=LONGEST_BODY)
@epcis.arguments(schemas.EpcisSchema, example=schemas.EVENT_EXAMPLE)
@epcis.response(HTTPStatus.ACCEPTED, headers={**_VERSION_HEADERS, **_LOCATION})
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def capture_events(document: Mapping[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Take in a document, a query's answer or one event: all of its events, or none."""
    header = "GS1-Capture-Error-Behaviour"
    if request.headers.get(header, "rollback") != "rollback":
        raise UnknownParameter(header, "is rollback alone: all events of a document, or none")
    with context().database.write() as session:
        taken = capture(document, _names(), _sender(session, CHANNEL))
    job = url_for("epcis.capture_job", capture_id=taken[0].event_id)
    return None, {**VERSIONS, "Location": job}


@epcis.route("/capture/<uuid:capture_id>", guard=WRITERS, scope=Scope.READ, operation="get_capture")
@epcis.response(
    HTTPStatus.OK,
    schemas.CaptureJobSchema,
    example=schemas.JOB_EXAMPLE,
    headers=_VERSION_HEADERS,
)
def capture_job(capture_id: UUID) -> Any:  # noqa: ANN401 — body and headers
    """Read the state of a capture: done, since a capture that fails leaves nothing."""
    with context().database.read() as session:
        recorded_at = find_capture(session, capture_id)
    job = {
        "capture_id": capture_id,
        "created_at": recorded_at,
        "finished_at": recorded_at,
        "running": False,
        "success": True,
        "behaviour": "rollback",
        "errors": [],
    }
    return job, VERSIONS


@epcis.route(
    "/events",
    guard=READERS,
    scope=Scope.READ,
    parameters=schemas.QUERY_PARAMETERS,
    operation="query_epcis_events",
)
@epcis.arguments(schemas.EventQuery, location="query")
@epcis.response(
    HTTPStatus.OK,
    _JSON_OBJECT,
    example=schemas.QUERY_EXAMPLE,
    headers={**_VERSION_HEADERS, **LINK},
    description="An EPCISQueryDocument.",
)
def events(asked: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """Query events; a parameter that is not answered here is refused."""
    with context().database.read() as session:
        found, cursor = _look(session, asked)
    document = query_document(found, instant(context().clock()))
    link = f'<{_next("nextPageToken", cursor)}>; rel="next"' if cursor else None
    return jsonify(document), {**VERSIONS, **({"Link": link} if link else {})}


@icar.route(
    "/<name>", guard=READERS, scope=Scope.READ, parameters=[_RESOURCE], operation="list_icar_events"
)
@icar.arguments(schemas.ModifiedQuery, location="query")
@icar.response(
    HTTPStatus.OK,
    _JSON_OBJECT,
    example=schemas.COLLECTION_EXAMPLE,
    description="A collection of the resource, such as icarWeightEventCollection.",
)
def collection(asked: PageRequest, name: str) -> Response:
    """List events as resources, one for each animal; an event declared wrong is deleted."""
    resource = _resource(name)
    with context().database.read() as session:
        wanted = stored.rows_of(resource, asked["since"], asked["until"])
        page = read_page(session, wanted, [Journal.id], asked)
    view: dict[str, object] = {"pageSize": asked["limit"]}
    if page.cursor:
        view["next"] = urljoin(request.host_url, _next("cursor", page.cursor))
    return jsonify(view=view, member=stored.write_members(resource, page.rows))


@icar.route(
    "/<name>",
    methods=["POST"],
    guard=WRITERS,
    scope=Scope.REPORT,
    parameters=[_RESOURCE],
    body=LONGEST_BODY,
    operation="take_icar_events",
)
@icar.arguments(schemas.IcarSchema, example=schemas.RESOURCE_EXAMPLE)
@icar.response(HTTPStatus.CREATED, schemas.BatchSchema, example=schemas.BATCH_EXAMPLE)
@icar.alt_response(
    HTTPStatus.ACCEPTED,
    schema=schemas.BatchSchema,
    example=schemas.EVIDENCE_EXAMPLE,
    description="Some of it is evidence: it counts once the keeper, or an officer, agrees.",
)
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def take_in(body: Mapping[str, Any], name: str) -> tuple[dict[str, object], HTTPStatus]:
    """Take in one resource, or those of a collection: all of them, or none."""
    resource = _resource(name)
    with context().database.write() as session:
        taken = stored.take(resource, body, _sender(session, stored.CHANNEL))
    results = [{"id": one.id, "standing": EVIDENCE if one.evidence else IN_FORCE} for one in taken]
    status = HTTPStatus.ACCEPTED if any(one.evidence for one in taken) else HTTPStatus.CREATED
    return {"results": results}, status


def _look(session: Session, asked: PageRequest) -> tuple[Sequence[dict[str, Any]], str | None]:
    """Read pages until one has an event that answers, but not for ever."""
    names = _names()
    query = make_query(session, _parameters(), names)
    found: Sequence[dict[str, Any]] = []
    cursor = asked["cursor"]
    for _ in range(_MOST_LOOKS):
        here: PageRequest = {"limit": asked["limit"], "cursor": cursor}
        page = read_page(session, query.wanted(), [Journal.id], here)
        found, cursor = answer(session, page.rows, query, names), page.cursor
        if found or cursor is None:
            break
    return found, cursor


def _parameters() -> dict[str, str]:
    given = {name: values for name, values in request.args.lists() if name not in _PAGE}
    for name, values in given.items():
        if len(values) > 1:
            raise UnknownParameter(name, "is there twice: write its values with | between them")
    return {name: value for name, (value,) in given.items()}


def _next(parameter: str, cursor: str) -> str:
    asked = [one for one in request.args.items(multi=True) if one[0] != parameter]
    return f"{request.path}?{urlencode([*asked, (parameter, cursor)])}"


def _resource(name: str) -> Resource:
    if name not in RESOURCES:
        raise NotFound(f"There are no resources of this name, only {', '.join(RESOURCES)}")
    return RESOURCES[name]


def _sender(session: Session, channel: str) -> Reporter:
    unit = Unit(session, context().database.vault)
    return Reporter(unit, viewer(), Origin(channel, g.party_public_id, context().clock()), "")


def _names() -> Names:
    return Names(context().gateway.public_url or UNSET_BASE)
