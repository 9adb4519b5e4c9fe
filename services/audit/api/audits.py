"""Audits in the API: asked for, their progress and verdict, and a history.

An audit on the operator's own machine convinces nobody else: see docs/audit.md.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import SAFE_INTEGER
from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_newest
from services.api.schemas import AnswerSchema, one_of
from services.audit.api.receipts import AUDITORS
from services.audit.runs import RunVerdict, RunWanted, ask_for_run, find_run, report_of
from services.audit.sampling import SampleRequest
from services.core.roles import Scope
from services.storage.models import AuditRun, Party

blueprint = Blueprint("audits", "Audits on this machine.", "/api/v1/audits")

MOST_SAMPLED = 10_000


class AuditWantedSchema(Schema):
    """An audit that is asked for: everything, or a sample by a seed that nobody here chose."""

    projections = fields.Boolean(
        load_default=False, metadata={"description": "Compare tables of state, too."}
    )
    sample = fields.Integer(
        load_default=None,
        validate=validate.Range(1, MOST_SAMPLED),
        metadata={"description": "How many records to draw."},
    )
    seed = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^(0x)?[0-9a-fA-F]{64}\Z"),
        metadata={"description": "32 bytes in hexadecimal, such as a later block's hash."},
    )
    among = fields.Integer(
        load_default=None,
        validate=validate.Range(1, SAFE_INTEGER),
        metadata={"description": "Draw from the first so many records."},
    )

    @validates_schema
    def require_seed(self, body: Mapping[str, Any], **_: object) -> None:
        """Refuse a sample without a seed, and a seed without a sample."""
        if (body["sample"] is None) != (body["seed"] is None):
            raise ValidationError("A sample and its seed go together", "seed")


class AuditRunSchema(AnswerSchema):
    """An audit: how far it is, and what it found."""

    id = fields.UUID(required=True)
    asked_by = fields.UUID(required=True, allow_none=True)
    asked_at = fields.DateTime(required=True)
    sample = fields.Integer(required=True, allow_none=True)
    projections = fields.Boolean(required=True)
    done = fields.Integer(required=True, metadata={"description": "Records compared so far."})
    size = fields.Integer(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    verdict = fields.String(required=True, allow_none=True, validate=one_of(RunVerdict))
    report = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "As of `bilum audit --json`, with the first 200 findings of many.",
            "example": {"clean": True, "records": 40},
        },
    )


AuditRunPageSchema = page_schema(AuditRunSchema, "AuditRun")


@blueprint.route("", methods=["POST"], guard=AUDITORS, scope=Scope.REPORT)
@idempotent(exclusive=True)
@blueprint.arguments(AuditWantedSchema, example={"projections": False})
@blueprint.response(HTTPStatus.ACCEPTED, AuditRunSchema)
def start_audit(work: Work, body: Mapping[str, Any]) -> dict[str, object]:
    """Ask the worker for an audit; 409 while another goes on."""
    public_id = ask_for_run(work.session, wanted_of(body), g.party_id, work.now)
    return run_views(work.session, [find_run(work.session, public_id)])[0]


@blueprint.route("", guard=AUDITORS, scope=Scope.READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, AuditRunPageSchema, headers=LINK)
def list_audits(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List audits, the newest first."""
    with context().database.read() as session:
        page = read_newest(session, select(AuditRun), AuditRun.id, query)
        return page.answer(run_views(session, page.rows))


@blueprint.route("/<uuid:audit_id>", guard=AUDITORS, scope=Scope.READ)
@blueprint.response(HTTPStatus.OK, AuditRunSchema)
def get_audit(audit_id: UUID) -> dict[str, object]:
    """Read how far an audit is, and what it found."""
    with context().database.read() as session:
        return run_views(session, [find_run(session, audit_id)])[0]


def wanted_of(body: Mapping[str, Any]) -> RunWanted:
    """Return what is asked for, as `AuditWantedSchema` loads it."""
    if body["sample"] is None:
        return RunWanted(projections=body["projections"])
    seed = bytes.fromhex(body["seed"].removeprefix("0x"))
    return RunWanted(SampleRequest(body["sample"], seed, body["among"]))


def run_views(session: Session, rows: Sequence[AuditRun]) -> list[dict[str, object]]:
    """Return audits as they are shown."""
    askers = {row.asked_by_id for row in rows}
    ids: dict[int | None, UUID] = dict(
        session.execute(select(Party.id, Party.public_id).where(Party.id.in_(askers))).all()
    )
    return [
        {
            "id": row.public_id,
            "asked_by": ids.get(row.asked_by_id),
            "asked_at": row.asked_at,
            "sample": row.sample,
            "projections": row.projections,
            "done": row.done,
            "size": row.size,
            "ended_at": row.ended_at,
            "verdict": row.verdict,
            "report": report_of(row),
        }
        for row in rows
    ]
