"""Pages of a programme's draft: begun, read by parts, submitted or discarded."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple, NoReturn

from flask import Response, abort, g, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.api.problems import status_of
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.pages import show
from services.console.programmes.comparison import MOST, compare
from services.console.programmes.course_view import chosen_view
from services.console.programmes.guards import (
    PLANNERS,
    READERS,
    UNPROCESSABLE,
    act_of,
    is_planner,
    typed,
)
from services.core.errors import ServiceError
from services.core.roles import Scope
from services.health.api.programmes import lint_settings
from services.health.drafts.store import (
    base_document,
    begin_draft,
    discard_draft,
    last_edit,
    overlay_of,
    require_draft,
    save_draft,
    submit_draft,
    whole_document,
)
from services.health.errors import DraftChanged
from services.health.format.model import Programme, Status
from services.health.format.overlay_edits import is_changed, with_statuses
from services.health.format.overlays import EXTENDS
from services.health.format.parser import build
from services.health.format.text_slots import Json
from services.health.linting.findings import Finding, Severity
from services.health.versions.authors import NoteView, notes_of
from services.health.versions.standing import newest_versions
from services.health.versions.store import findings
from services.storage.models import ProgrammeDraft

_DRAFT = "/programmes/<code>/draft"
_NEXT = 2**31 - 1

blueprint = ConsoleBlueprint("programme_drafts", "Drafts of programmes.")


class OpenDraft(NamedTuple):
    """A draft that was read: its differences, what they extend, and the programme they make."""

    row: ProgrammeDraft
    overlay: Json
    base: Json
    document: Json
    programme: Programme


def read_draft(session: Session, code: str) -> OpenDraft:
    """Read the open draft of a programme; UnknownDraft: there is none."""
    row = require_draft(session, code)
    overlay = overlay_of(row)
    document = whole_document(session, overlay)
    return OpenDraft(row, overlay, base_document(session, overlay), document, build(document))


def found_in(programme: Programme) -> Sequence[Finding]:
    """Lint a programme with the prices of this installation."""
    return findings(programme, context().clock(), lint_settings())


def path_of(code: str) -> str:
    """Return where the draft of a programme is."""
    return f"{PREFIX}/programmes/{code}/draft"


@blueprint.route(_DRAFT, methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def begun(work: Work, code: str) -> Response:
    """Begin a draft from the newest version, or go on with the one that is open."""
    begin_draft(work.session, code, act_of(work))
    return go_to(path_of(code))


@blueprint.route(_DRAFT, guard=READERS, scope=Scope.READ)
def draft(code: str) -> Response:
    """Read a draft by its parts, as people would get it, with what the linter finds."""
    with context().database.read() as session:
        given = read_draft(session, code)
        found = found_in(given.programme)
        view = chosen_view(given.programme, found)
        changed = {one.text.id for one in view.lines if is_changed(given.overlay, one.text.id)}
        return show(
            "programmes/draft.html",
            code=code,
            at=path_of(code),
            row=given.row,
            base=given.overlay[EXTENDS],
            title=given.programme.title,
            edit=last_edit(session, given.row),
            view=view,
            given=given.programme,
            changed=changed,
            removed=given.overlay.get("remove", []),
            notes=_notes(session, code),
            faults=sum(one.severity is Severity.FAULT for one in found),
            planner=is_planner(),
            saved=request.args.get("saved", ""),
        )


@blueprint.route(f"{_DRAFT}/submit", guard=READERS, scope=Scope.READ)
def ready(code: str) -> Response:
    """See what a draft changes and what keeps it from being submitted."""
    with context().database.read() as session:
        return _show_ready(session, code)


@blueprint.route(f"{_DRAFT}/submit", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def submitted(work: Work, code: str) -> Response:
    """Submit a draft as a version, for a second person to approve."""
    row = _as_seen(work.session, code)
    try:
        with work.session.begin_nested():
            made = submit_draft(work.session, row, act_of(work), lint_settings())
    except ServiceError as error:
        _draw_again(work.session, code, error)
    return go_to(f"{PREFIX}/programmes/{code}/versions/{made.number}")


@blueprint.route(f"{_DRAFT}/statuses", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def statuses(work: Work, code: str) -> Response:
    """Say which languages are complete, and whether it is an example still."""
    _as_seen(work.session, code)
    given = read_draft(work.session, code)
    told = {
        language: Status.COMPLETE if typed(f"status.{language}") == "complete" else Status.DRAFT
        for language in given.programme.languages
    }
    values = {language: status.value for language, status in told.items()}
    example = typed("example") == "yes"
    made = with_statuses(given.overlay, given.base, values, example=example)
    save_draft(work.session, given.row, made, act_of(work))
    return go_to(f"{path_of(code)}/submit")


@blueprint.route(f"{_DRAFT}/discard", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def discarded(work: Work, code: str) -> Response:
    """End a draft without a version."""
    row = _as_seen(work.session, code)
    if not typed("sure"):
        _draw_again(work.session, code, None, {"sure": "programmes_not_sure"})
    discard_draft(work.session, row, act_of(work))
    return go_to(f"{PREFIX}/programmes/{code}")


def _as_seen(session: Session, code: str) -> ProgrammeDraft:
    """Return the draft, as nobody has changed it since the form was drawn."""
    row = require_draft(session, code)
    if typed("revision") != str(row.revision):
        _draw_again(session, code, DraftChanged())
    return row


def _draw_again(
    session: Session,
    code: str,
    error: ServiceError | None,
    wrong: Mapping[str, str] | None = None,
) -> NoReturn:
    status = status_of(error) if error else UNPROCESSABLE
    abort(_show_ready(session, code, status, error=error, wrong=wrong))


def _show_ready(
    session: Session, code: str, status: HTTPStatus = HTTPStatus.OK, /, **more: object
) -> Response:
    given = read_draft(session, code)
    found = found_in(given.programme)
    own = {**given.document, EXTENDS: {"base": given.overlay[EXTENDS]}}
    languages = list(given.programme.languages)
    return show(
        "programmes/submit.html",
        status,
        code=code,
        at=path_of(code),
        row=given.row,
        programme=given.programme,
        edit=last_edit(session, given.row),
        changes={one: compare(session, code, own, one, _NEXT) for one in languages},
        faults=[one for one in found if one.severity is Severity.FAULT][:MOST],
        warnings=[one for one in found if one.severity is Severity.WARNING][:MOST],
        planner=is_planner(),
        own=g.party_id,
        **more,
    )


def _notes(session: Session, code: str) -> Sequence[NoteView]:
    """Return the notes with which the newest version was sent back."""
    newest = [one.id for one in newest_versions(session) if one.code == code]
    return notes_of(session, newest)[newest[0]] if newest else ()
