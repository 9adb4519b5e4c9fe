"""`/health`, `/ready` and `/metrics`: for what watches the program."""

from http import HTTPStatus

from flask import Response
from marshmallow import fields, validate
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Public, Watchers
from services.api.schemas import AnswerSchema
from services.core.errors import ServiceError
from services.ledger.probe import PartHealth
from services.ledger.recorder_store import MOST_COUNTED
from services.storage.database import Database
from services.storage.key_check import require_own_key

blueprint = Blueprint("health", "For what watches the program.")

_PROBES = Public("Load balancers and supervisors carry no token; it holds no data.")


class AliveSchema(AnswerSchema):
    """The process lives."""

    state = fields.String(required=True, validate=validate.OneOf(["ok"]))


class DatabaseHealthSchema(AnswerSchema):
    """The database, with the right schema and data key."""

    state = fields.String(required=True, validate=validate.OneOf(["ok", "unavailable"]))
    code = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)


class LedgerHealthSchema(AnswerSchema):
    """The ledger. While it is degraded, field events are taken and wait."""

    state = fields.String(required=True, validate=validate.OneOf(["ok", "degraded"]))
    code = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    waiting = fields.Integer(
        allow_none=True,
        metadata={
            "description": "Leaves without an index on the ledger yet, counted up to "
            f"{MOST_COUNTED}."
        },
    )


class ReadinessSchema(AnswerSchema):
    """Each part on its own, and whether the server was told to end."""

    ending = fields.Boolean(required=True)
    database = fields.Nested(DatabaseHealthSchema, required=True)
    ledger = fields.Nested(LedgerHealthSchema, required=True)


_READY = {
    "ending": False,
    "database": {"state": "ok", "code": None, "detail": None},
    "ledger": {
        "state": "degraded",
        "code": "chain.node_unreachable",
        "detail": "The node does not answer.",
        "waiting": 12,
    },
}


@blueprint.route("/health", guard=_PROBES, operation="get_health")
@blueprint.response(HTTPStatus.OK, AliveSchema, example={"state": "ok"})
def health() -> dict[str, str]:
    """Tell that the process lives."""
    return {"state": "ok"}


@blueprint.route("/ready", guard=_PROBES, operation="get_ready")
@blueprint.response(HTTPStatus.OK, ReadinessSchema, example=_READY)
@blueprint.alt_response(
    HTTPStatus.SERVICE_UNAVAILABLE,
    schema=ReadinessSchema,
    description="The database does not answer, its schema or key is another's, or the server ends",
)
def ready() -> tuple[dict[str, object], HTTPStatus]:
    """Tell whether field events are taken: 200 as long as the database answers.

    A server that was told to end says so first, and takes them a while longer.

    The ledger may be degraded meanwhile: what it waits for is said, and events wait.
    """
    here = context()
    database, ledger = _look_at(here.database), here.ledger.health()
    ending = here.ending.is_set()
    body = {
        "ending": ending,
        "database": _part(database, "unavailable"),
        "ledger": {
            **_part(ledger, "degraded"),
            "waiting": here.recorder.pending(MOST_COUNTED) if database.ok else None,
        },
    }
    taken = database.ok and not ending
    return body, HTTPStatus.OK if taken else HTTPStatus.SERVICE_UNAVAILABLE


@blueprint.route(
    "/metrics",
    guard=Watchers("Prometheus reads it; it holds counts alone."),
    operation="get_metrics",
)
@blueprint.response(
    HTTPStatus.OK,
    {"type": "string"},
    content_type="text/plain",
    description="Prometheus text format.",
    example="bilum_ledger_leaves_waiting 12.0",
)
def metrics() -> Response:
    """Read counters and gauges."""
    return Response(generate_latest(context().metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _look_at(database: Database) -> PartHealth:
    try:
        database.require_schema()
        with database.read() as session:
            require_own_key(session)
    except ServiceError as error:
        return PartHealth(error.code, error.detail)
    return PartHealth()


def _part(health: PartHealth, otherwise: str) -> dict[str, object]:
    return {
        "state": "ok" if health.ok else otherwise,
        "code": health.code,
        "detail": health.detail,
    }
