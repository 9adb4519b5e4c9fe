"""Programmes, their versions and approvals in the API, and what its other routes share."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import g
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, own_party
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema, one_of, plain_text
from services.core.roles import HEALTH, Role, Scope
from services.health.api.difference_schemas import VersionDifferencesSchema
from services.health.api.evidence_schemas import EvidenceSchema
from services.health.format.differences import differences
from services.health.format.model import Status
from services.health.linting.coverage import coverage
from services.health.linting.findings import LintSettings
from services.health.versions.approvals import ApprovalAct, approve, withdraw
from services.health.versions.bases import base_finder, document_of, version_before
from services.health.versions.store import (
    check_version,
    find_version,
    findings,
    programme_of,
    refuse_other_trial,
    shipped,
    store_version,
)
from services.health.versions.views import approval_view, programme_views, version_view
from services.ledger.receipts import ReceiptState
from services.storage.models import ProgrammeVersion
from sms.local_time import local_day

READERS = Roles(*HEALTH, Role.AUDITOR)
PLANNERS = Roles(Role.PLANNER)
APPROVERS = Roles(Role.APPROVER)
CLINICIANS = Roles(Role.CLINICIAN)
"""Only they see the record of a person."""

PREFIX = "/api/v1"
CODE_PATTERN = "^[a-z0-9-]{1,32}$"
CODE = {
    "in": "path",
    "name": "code",
    "schema": {"type": "string", "pattern": CODE_PATTERN},
    "description": "Code of a programme.",
    "example": "tobacco",
}

blueprint = Blueprint("programmes", "Health programmes and their approval.", f"{PREFIX}/programmes")

_VERSION = "/<code>/versions/<int:version>"

LONGEST_DOCUMENT = 1024 * 1024
_DIGEST = {
    "pattern": "^[0-9a-f]{64}$",
    "description": "SHA-256 of the document.",
    "example": "6b" * 32,
}
LANGUAGE = {"description": "As the programme names it.", "example": "en"}
_REFERENCE = "NDOH 2026/114"


class NewProgrammeVersionSchema(Schema):
    """A version of a programme."""

    document = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_DOCUMENT),
        metadata={
            "description": "The whole YAML file: docs/programmes.md gives its format.",
            "example": "code: tobacco\n...",
        },
    )


class ApprovingSchema(Schema):
    """The language to approve or withdraw, and the ground."""

    language = fields.String(
        required=True, validate=validate.Regexp("^[a-z]{2,3}$"), metadata=LANGUAGE
    )
    reference = fields.String(
        required=True,
        validate=plain_text(),
        metadata={
            "description": "Of the signed document. It is recorded for good: no name.",
            "example": _REFERENCE,
        },
    )


class ApprovalBodySchema(ApprovingSchema):
    """The language to approve, the ground, and what the approver looked at."""

    overdue = fields.List(
        fields.String(validate=validate.Regexp("^[a-z0-9][a-z0-9_-]{0,39}$")),
        load_default=list,
        validate=validate.Length(0, 200),
        metadata={"description": "Sources that you looked at although their review is overdue."},
    )
    kept = fields.List(
        fields.String(validate=validate.Length(1, 80)),
        load_default=list,
        validate=validate.Length(0, 1000),
        metadata={"description": "Texts that stay as they are although the base mended them."},
    )


class LexiconSchema(WholeSchema):
    """The words of danger that a language was approved with; `current`: they are today's."""

    version = fields.Integer()
    digest = fields.String(metadata=_DIGEST)
    current = fields.Boolean()


class ApprovalSchema(WholeSchema):
    """The approval of one language; `receipt` tells where it is on the ledger."""

    language = fields.String(metadata=LANGUAGE)
    reference = fields.String(metadata={"example": _REFERENCE})
    approved_by = fields.UUID(metadata={"description": "The party."})
    approved_at = fields.DateTime()
    event = fields.UUID()
    receipt = fields.String(metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    ledger = fields.String(validate=one_of(ReceiptState))
    lexicon = fields.Nested(LexiconSchema, allow_none=True)
    withdrawn_by = fields.UUID(allow_none=True)
    withdrawn_at = fields.DateTime(allow_none=True)


class VersionSummarySchema(WholeSchema):
    """A version in short."""

    number = fields.Integer()
    digest = fields.String(metadata=_DIGEST)
    created_at = fields.DateTime()
    created_by = fields.UUID(allow_none=True)
    languages = fields.Dict(
        keys=fields.String(metadata=LANGUAGE), values=fields.String(validate=one_of(Status))
    )
    approvals = fields.List(fields.Nested(ApprovalSchema))


class ProgrammeSchema(WholeSchema):
    """A programme: what its newest version tells, and all versions, the newest first."""

    code = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    area = fields.String(metadata={"example": "mTobaccoCessation"})
    title = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={"example": {"en": "Quit tobacco", "tpi": "Lusim simuk"}},
    )
    example = fields.Boolean(metadata={"description": "Written for a ministry to adapt."})
    versions = fields.List(fields.Nested(VersionSummarySchema))


class ProgrammesSchema(WholeSchema):
    """All programmes; `shipped` are the codes of examples that come with the program."""

    items = fields.List(fields.Nested(ProgrammeSchema))
    shipped = fields.List(fields.String(metadata={"example": "tobacco"}))


class LintFindingSchema(WholeSchema):
    """A fault or warning of the linter."""

    severity = fields.String(metadata={"example": "warning"})
    code = fields.String(metadata={"example": "draft_language"})
    where = fields.String(metadata={"example": "languages.tpi"})
    language = fields.String(allow_none=True, metadata={"example": "tpi"})
    told = fields.String()


class ProgrammeVersionSchema(VersionSummarySchema):
    """A version in full."""

    code = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    document = fields.String(
        metadata={"description": "Canonical JSON (RFC 8785), the source of the digest."}
    )
    findings = fields.List(fields.Nested(LintFindingSchema))


@blueprint.route("", guard=READERS, scope=Scope.READ)
@blueprint.response(HTTPStatus.OK, ProgrammesSchema)
def list_programmes() -> dict[str, Any]:
    """List programmes with their versions and approvals, and the examples that are shipped."""
    with context().database.read() as session:
        return {"items": programme_views(session), "shipped": shipped()}


@blueprint.route("", methods=["POST"], guard=PLANNERS, scope=Scope.SEND, body=2 * LONGEST_DOCUMENT)
@idempotent(exclusive=False)
@blueprint.arguments(NewProgrammeVersionSchema)
@blueprint.response(HTTPStatus.CREATED, ProgrammeVersionSchema)
def add_programme(work: Work, body: dict[str, str]) -> Any:  # noqa: ANN401 — body and headers
    """Add a version; the same document again is the version that is there."""
    checked = check_version(body["document"], work.now, lint_settings(), base_finder(work.session))
    work.lock()
    refuse_other_trial(work.session, checked, body["document"])
    made = store_version(work.session, checked, own_party(), work.now)
    place = f"{blueprint.url_prefix}/{made.code}/versions/{made.number}"
    return shown(work.session, made), {"Location": place}


@blueprint.route(_VERSION, guard=READERS, scope=Scope.READ, parameters=[CODE])
@blueprint.response(HTTPStatus.OK, ProgrammeVersionSchema)
@refuses(HTTPStatus.CONFLICT)
def get_version(code: str, version: int) -> dict[str, Any]:
    """Read one version: its document, what the linter finds, and its approvals."""
    with context().database.read() as session:
        return shown(session, find_version(session, code, version))


@blueprint.route(f"{_VERSION}/evidence", guard=READERS, scope=Scope.READ, parameters=[CODE])
@blueprint.response(HTTPStatus.OK, EvidenceSchema)
@refuses(HTTPStatus.CONFLICT)
def get_evidence(code: str, version: int) -> dict[str, Any]:
    """Read what the texts of a version rest on, counted by technique and by source."""
    here = context()
    with here.database.read() as session:
        programme = programme_of(find_version(session, code, version))
        return coverage(programme, local_day(here.clock())).as_json()


@blueprint.route(f"{_VERSION}/differences", guard=READERS, scope=Scope.READ, parameters=[CODE])
@blueprint.response(HTTPStatus.OK, VersionDifferencesSchema)
def get_differences(code: str, version: int) -> dict[str, Any]:
    """Tell what a version changes of the one in force before it: all that an approval adds."""
    with context().database.read() as session:
        found = find_version(session, code, version)
        earlier = version_before(session, found)
        old = document_of(earlier) if earlier else {}
        lines = differences(old, document_of(found))
        return {"earlier": earlier.number if earlier else None, "items": lines}


@blueprint.route(
    f"{_VERSION}/approvals",
    methods=["POST"],
    guard=APPROVERS,
    scope=Scope.DECIDE,
    parameters=[CODE],
)
@idempotent(exclusive=True)
@blueprint.arguments(ApprovalBodySchema)
@blueprint.response(HTTPStatus.CREATED, ApprovalSchema)
def approve_language(work: Work, body: dict[str, Any], code: str, version: int) -> dict[str, Any]:
    """Approve one language of a version, as a second person; it is recorded on the ledger."""
    found = find_version(work.session, code, version)
    given = approval_act(work, body["reference"])
    given = given._replace(overdue=frozenset(body["overdue"]), kept=frozenset(body["kept"]))
    made = approve(work.session, found, body["language"], given, lint_settings())
    return approval_view(work.session, made)


@blueprint.route(
    f"{_VERSION}/withdrawals",
    methods=["POST"],
    guard=APPROVERS,
    scope=Scope.DECIDE,
    parameters=[CODE],
)
@idempotent(exclusive=True)
@blueprint.arguments(ApprovingSchema)
@blueprint.response(HTTPStatus.CREATED, ApprovalSchema)
def withdraw_language(work: Work, body: dict[str, str], code: str, version: int) -> dict[str, Any]:
    """Withdraw an approval for good; it is recorded on the ledger."""
    found = find_version(work.session, code, version)
    given = approval_act(work, body["reference"])
    return approval_view(work.session, withdraw(work.session, found, body["language"], given))


def shown(session: Session, row: ProgrammeVersion) -> dict[str, Any]:
    """Return a version in full, as the API shows it."""
    return version_view(
        session, row, findings(programme_of(row), context().clock(), lint_settings())
    )


def lint_settings() -> LintSettings:
    """Return the linter's settings of this installation."""
    here = context()
    return LintSettings(here.sms.price_toea, here.sms.daily_cap, here.keywords, here.sms.free)


def approval_act(work: Work, reference: str) -> ApprovalAct:
    """Return the act of approving or withdrawing by this request; Forbidden without a party."""
    party = own_party()
    return ApprovalAct(reference, party, uuid4(), work.channel, g.party_public_id, work.now)
