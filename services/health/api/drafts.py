"""Drafts of programmes in the API: read, saved whole, submitted; linting; notes of approvers."""

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema, plain_text
from services.core.roles import Scope
from services.health.api.programmes import (
    APPROVERS,
    CODE,
    CODE_PATTERN,
    LANGUAGE,
    LONGEST_DOCUMENT,
    PLANNERS,
    PREFIX,
    READERS,
    LintFindingSchema,
    ProgrammeVersionSchema,
    lint_settings,
    shown,
)
from services.health.drafts.store import (
    DraftAct,
    begin_draft,
    discard_draft,
    last_edit,
    require_draft,
    require_revision,
    save_draft,
    submit_draft,
    whole_document,
)
from services.health.format.documents import read_document
from services.health.format.parser import build
from services.health.versions.authors import notes_of, send_back
from services.health.versions.bases import base_finder
from services.health.versions.checking import lint_text
from services.health.versions.store import find_version, findings
from services.storage.models import Party, ProgrammeDraft
from sms.local_time import local_day

LONGEST_NOTE = 1_000

blueprint = Blueprint(
    "programme_drafts", "Drafts of programmes, and notes on versions.", f"{PREFIX}/programmes"
)

_DRAFT = "/<code>/draft"
_REVISION = {
    "description": "It rises with each change, so that nothing newer is overwritten.",
    "example": 3,
}
_YAML = "code: tobacco\n..."
_OVERLAY = 'extends: tobacco@shipped\nreplace: {welcome: {en: "Welcome."}}'


class LintedSchema(Schema):
    """A file to check."""

    document = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_DOCUMENT),
        metadata={"description": "The whole file, or differences.", "example": _YAML},
    )


class LineFindingSchema(LintFindingSchema):
    """A fault or warning, and its line."""

    line = fields.Integer(allow_none=True)


class CourseCostSchema(WholeSchema):
    """The cost of a whole course for one person; toea are hundredths of a kina."""

    language = fields.String(metadata=LANGUAGE)
    cohort = fields.String(metadata={"example": "all"})
    messages = fields.Integer()
    segments = fields.Integer()
    toea = fields.Integer()
    besides = fields.Integer(metadata={"description": "Texts that not everybody gets."})
    longest = fields.Integer(metadata={"description": "Segments of the longest path."})


class LintReportSchema(WholeSchema):
    """Findings of the linter, faults first, and costs of a course."""

    code = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    findings = fields.List(fields.Nested(LineFindingSchema))
    costs = fields.List(fields.Nested(CourseCostSchema))


class DraftRevisionSchema(Schema):
    """The draft that somebody read."""

    revision = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, 2**31), metadata=_REVISION
    )


class ProgrammeDraftBodySchema(DraftRevisionSchema):
    """Differences to store, and the revision that they change; 0: no draft is open."""

    document = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_DOCUMENT),
        metadata={"description": "Differences from a base, as YAML.", "example": _OVERLAY},
    )


class ProgrammeDraftSchema(WholeSchema):
    """A draft: its differences, and what the linter finds in the whole."""

    code = fields.String(metadata={"pattern": CODE_PATTERN, "example": "tobacco"})
    revision = fields.Integer(metadata=_REVISION)
    document = fields.String(metadata={"description": "The differences, as JSON."})
    changed_at = fields.DateTime()
    changed_by = fields.UUID()
    findings = fields.List(fields.Nested(LintFindingSchema))


class ProgrammeNoteBodySchema(Schema):
    """The language that is sent back, and why."""

    language = fields.String(
        required=True, validate=validate.Regexp("^[a-z]{2,3}$"), metadata=LANGUAGE
    )
    text = fields.String(
        required=True,
        validate=plain_text(LONGEST_NOTE),
        metadata={"description": "What to change.", "example": "day-2: say how much water"},
    )


class ProgrammeNoteSchema(WholeSchema):
    """A note of an approver."""

    version = fields.Integer(metadata={"example": 2})
    language = fields.String(metadata=LANGUAGE)
    text = fields.String()
    by = fields.UUID()
    at = fields.DateTime()


class ProgrammeNotesSchema(WholeSchema):
    """The notes on a version, the newest first."""

    items = fields.List(fields.Nested(ProgrammeNoteSchema))


@blueprint.route(
    "/lint", methods=["POST"], guard=READERS, scope=Scope.SEND, body=2 * LONGEST_DOCUMENT
)
@blueprint.arguments(LintedSchema)
@blueprint.response(HTTPStatus.OK, LintReportSchema)
def lint_document(body: dict[str, str]) -> dict[str, Any]:
    """Check a file, and store nothing."""
    here = context()
    with here.database.read() as session:
        today, find = local_day(here.clock()), base_finder(session)
        given, found, costing = lint_text(body["document"], find, lint_settings(), today)
    return {
        "code": given.code,
        "findings": [{**one.as_json(), "line": line} for line, one in found],
        "costs": [one._asdict() for one in costing],
    }


@blueprint.route(_DRAFT, guard=READERS, scope=Scope.READ, parameters=[CODE], operation="get_draft")
@blueprint.response(HTTPStatus.OK, ProgrammeDraftSchema)
def read_draft(code: str) -> dict[str, Any]:
    """Read the open draft of a programme."""
    with context().database.read() as session:
        return _shown(session, require_draft(session, code))


@blueprint.route(
    _DRAFT,
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    parameters=[CODE],
    body=2 * LONGEST_DOCUMENT,
)
@idempotent(exclusive=True)
@blueprint.arguments(ProgrammeDraftBodySchema)
@blueprint.response(HTTPStatus.OK, ProgrammeDraftSchema)
@refuses(HTTPStatus.CONFLICT)
def write_draft(work: Work, body: dict[str, Any], code: str) -> dict[str, Any]:
    """Store differences as the draft of a programme, unless somebody changed it meanwhile."""
    act = _act(work)
    draft = begin_draft(work.session, code, act) if not body["revision"] else None
    draft = draft or require_draft(work.session, code)
    require_revision(draft, body["revision"] or 1)
    return _shown(
        work.session, save_draft(work.session, draft, read_document(body["document"]), act)
    )


@blueprint.route(
    f"{_DRAFT}/submission",
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    parameters=[CODE],
    operation="submit_draft",
)
@idempotent(exclusive=True)
@blueprint.arguments(DraftRevisionSchema)
@blueprint.response(HTTPStatus.CREATED, ProgrammeVersionSchema)
@refuses(HTTPStatus.CONFLICT)
def submit(work: Work, body: dict[str, int], code: str) -> dict[str, Any]:
    """Store the draft as a version, for a second person to approve."""
    draft = require_draft(work.session, code)
    require_revision(draft, body["revision"])
    return shown(work.session, submit_draft(work.session, draft, _act(work), lint_settings()))


@blueprint.route(
    f"{_DRAFT}/discard",
    methods=["POST"],
    guard=PLANNERS,
    scope=Scope.SEND,
    parameters=[CODE],
    operation="discard_draft",
)
@idempotent(exclusive=True)
@blueprint.arguments(DraftRevisionSchema)
@blueprint.response(HTTPStatus.NO_CONTENT)
@refuses(HTTPStatus.CONFLICT)
def discard(work: Work, body: dict[str, int], code: str) -> None:
    """End the draft without a version."""
    draft = require_draft(work.session, code)
    require_revision(draft, body["revision"])
    discard_draft(work.session, draft, _act(work))


@blueprint.route(
    "/<code>/versions/<int:version>/notes",
    guard=READERS,
    scope=Scope.READ,
    parameters=[CODE],
    operation="list_version_notes",
)
@blueprint.response(HTTPStatus.OK, ProgrammeNotesSchema)
def list_notes(code: str, version: int) -> dict[str, Any]:
    """List the notes with which a version was sent back."""
    with context().database.read() as session:
        row = find_version(session, code, version)
        return {"items": [one._asdict() for one in notes_of(session, [row.id])[row.id]]}


@blueprint.route(
    "/<code>/versions/<int:version>/notes",
    methods=["POST"],
    guard=APPROVERS,
    scope=Scope.DECIDE,
    parameters=[CODE],
    operation="add_version_note",
)
@idempotent(exclusive=True)
@blueprint.arguments(ProgrammeNoteBodySchema)
@blueprint.response(HTTPStatus.CREATED, ProgrammeNoteSchema)
@refuses(HTTPStatus.CONFLICT)
def write_note(work: Work, body: dict[str, str], code: str, version: int) -> dict[str, Any]:
    """Send a language of a version back to its authors with a note."""
    row = find_version(work.session, code, version)
    send_back(work.session, row, body["language"], body["text"], (own_party(), work.now))
    return notes_of(work.session, [row.id])[row.id][0]._asdict()


def _act(work: Work) -> DraftAct:
    return DraftAct(own_party(), work.now)


def _shown(session: Session, draft: ProgrammeDraft) -> dict[str, Any]:
    document = draft.document.decode()
    programme = build(whole_document(session, read_document(document)))
    found = findings(programme, context().clock(), lint_settings())
    edit = last_edit(session, draft)
    return {
        "code": draft.code,
        "revision": draft.revision,
        "document": document,
        "changed_at": draft.changed_at,
        "changed_by": session.get_one(Party, edit.by_id).public_id,
        "findings": [one.as_json() for one in found],
    }
