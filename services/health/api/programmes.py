"""Programmes, their versions and approvals in the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, TypedDict

from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.callers import own_party
from services.api.context import context
from services.api.idempotency import Work, idempotent
from services.health.api.common import (
    APPROVERS,
    CODE,
    PLANNERS,
    PREFIX,
    READERS,
    approval_act,
    lint_settings,
)
from services.health.api.programme_schemas import (
    APPROVAL_EXAMPLE,
    APPROVING_EXAMPLE,
    LIST_EXAMPLE,
    LONGEST_DOCUMENT,
    VERSION_EXAMPLE,
    ApprovalSchema,
    ApprovingSchema,
    NewProgrammeVersionSchema,
    ProgrammesSchema,
    ProgrammeVersionSchema,
)
from services.health.versions.approvals import approve, withdraw
from services.health.versions.shipped import shipped
from services.health.versions.store import add_version, find_version, findings, programme_of
from services.health.versions.views import approval_view, programme_views, version_view
from services.storage.models import ProgrammeVersion

blueprint = Blueprint("programmes", "Health programmes and their approval.", f"{PREFIX}/programmes")

_VERSION = "/<code>/versions/<int:version>"


class _VersionInput(TypedDict):
    language: str
    reference: str


@blueprint.route("", guard=READERS)
@blueprint.response(HTTPStatus.OK, ProgrammesSchema, example=LIST_EXAMPLE)
def programmes() -> dict[str, Any]:
    """List programmes with their versions and approvals, and the examples that are shipped."""
    with context().database.read() as session:
        return {"items": programme_views(session), "shipped": shipped()}


@blueprint.route("", methods=["POST"], guard=PLANNERS, body=2 * LONGEST_DOCUMENT)
@idempotent
@blueprint.arguments(NewProgrammeVersionSchema, example={"document": "code: tobacco\n..."})
@blueprint.response(HTTPStatus.CREATED, ProgrammeVersionSchema, example=VERSION_EXAMPLE)
def add(work: Work, body: dict[str, str]) -> Any:  # noqa: ANN401 — body and headers
    """Add a version; the same document again is the version that is there."""
    made = add_version(work.session, body["document"], own_party(), work.now, lint_settings())
    place = f"{blueprint.url_prefix}/{made.code}/versions/{made.number}"
    return _shown(work.session, made), {"Location": place}


@blueprint.route(_VERSION, guard=READERS, parameters=[CODE])
@blueprint.response(HTTPStatus.OK, ProgrammeVersionSchema, example=VERSION_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
@blueprint.alt_response(HTTPStatus.CONFLICT, HTTPStatus.CONFLICT.name)
def version(code: str, version: int) -> dict[str, Any]:
    """Read one version: its document, what the linter finds, and its approvals."""
    with context().database.read() as session:
        return _shown(session, find_version(session, code, version))


@blueprint.route(f"{_VERSION}/approvals", methods=["POST"], guard=APPROVERS, parameters=[CODE])
@idempotent
@blueprint.arguments(ApprovingSchema, example=APPROVING_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, ApprovalSchema, example=APPROVAL_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def approve_language(work: Work, body: _VersionInput, code: str, version: int) -> dict[str, Any]:
    """Approve one language of a version, as a second person; it is recorded on the ledger."""
    found = find_version(work.session, code, version)
    given = approval_act(work, body["reference"])
    made = approve(work.session, found, body["language"], given, lint_settings())
    return approval_view(work.session, made)


@blueprint.route(f"{_VERSION}/withdrawals", methods=["POST"], guard=APPROVERS, parameters=[CODE])
@idempotent
@blueprint.arguments(ApprovingSchema, example=APPROVING_EXAMPLE)
@blueprint.response(HTTPStatus.CREATED, ApprovalSchema, example=APPROVAL_EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def withdraw_language(work: Work, body: _VersionInput, code: str, version: int) -> dict[str, Any]:
    """Withdraw an approval for good; it is recorded on the ledger."""
    found = find_version(work.session, code, version)
    given = approval_act(work, body["reference"])
    return approval_view(work.session, withdraw(work.session, found, body["language"], given))


def _shown(session: Session, row: ProgrammeVersion) -> dict[str, Any]:
    return version_view(
        session, row, findings(programme_of(row), context().clock(), lint_settings())
    )
