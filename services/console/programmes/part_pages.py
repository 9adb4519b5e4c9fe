"""Pages of the questions, keywords and groups of a draft: listed, checked, saved, removed."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple, NoReturn
from urllib.parse import urlencode

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.pages import show
from services.console.programmes.draft_pages import OpenDraft, found_in, path_of, read_draft
from services.console.programmes.guards import PLANNERS, UNPROCESSABLE, act_of, typed
from services.console.programmes.marked import Run, marked
from services.console.programmes.part_fields import (
    Fields,
    differing,
    filled,
    mark_of,
    typed_fields,
)
from services.console.programmes.part_kinds import COHORTS, QUESTION, WORD, PartKind
from services.console.programmes.part_lists import part_lines
from services.console.programmes.text_pages import Meanwhile
from services.core.roles import Scope
from services.health.drafts.store import last_edit, save_draft
from services.health.errors import BadProgramme, Fault
from services.health.format.overlay_edits import restored, without_part
from services.health.format.text_slots import Json

_DRAFT = "/programmes/<code>/draft"

blueprint = ConsoleBlueprint("programme_parts", "Questions, keywords and groups of a draft.")


class PartPage(NamedTuple):
    """A form on its page: the draft, what it is of, what was typed, the mark of what it saw."""

    kind: PartKind
    given: OpenDraft
    name: str
    fields: Fields
    seen: str


@blueprint.route(f"{_DRAFT}/parts", guard=PLANNERS, scope=Scope.READ)
def parts(code: str) -> Response:
    """See the questions, keywords and groups of a draft, with what the linter finds in them."""
    with context().database.read() as session:
        given = read_draft(session, code)
        return show(
            "programmes/parts_list.html",
            code=code,
            at=path_of(code),
            lines=part_lines(given, found_in(given.programme)),
            given=given,
            saved=request.args.get("saved", ""),
        )


@blueprint.route(f"{_DRAFT}/question", guard=PLANNERS, scope=Scope.READ)
def question(code: str) -> Response:
    """Edit a question: its words, its answers, and what follows each; or write a new one."""
    return _drawn(QUESTION, code)


@blueprint.route(f"{_DRAFT}/question/check", methods=["POST"], guard=PLANNERS, scope=Scope.READ)
def question_checked(code: str) -> Response:
    """Check a question as it was typed, and store nothing."""
    return _checked(QUESTION, code)


@blueprint.route(f"{_DRAFT}/question", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def question_saved(work: Work, code: str) -> Response:
    """Save a question, unless somebody changed it since the form was drawn."""
    return _saved(QUESTION, work, code)


@blueprint.route(f"{_DRAFT}/question/remove", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def question_removed(work: Work, code: str) -> Response:
    """Take a question out of the course, or let it be as the base has it."""
    return _removed(QUESTION, work, code)


@blueprint.route(f"{_DRAFT}/word", guard=PLANNERS, scope=Scope.READ)
def word(code: str) -> Response:
    """Edit a keyword: how people write it, what is answered, what follows; or write a new one."""
    return _drawn(WORD, code)


@blueprint.route(f"{_DRAFT}/word/check", methods=["POST"], guard=PLANNERS, scope=Scope.READ)
def word_checked(code: str) -> Response:
    """Check a keyword as it was typed, and store nothing."""
    return _checked(WORD, code)


@blueprint.route(f"{_DRAFT}/word", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def word_saved(work: Work, code: str) -> Response:
    """Save a keyword, unless somebody changed it since the form was drawn."""
    return _saved(WORD, work, code)


@blueprint.route(f"{_DRAFT}/word/remove", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def word_removed(work: Work, code: str) -> Response:
    """Take a keyword out of the course, or let it be as the base has it."""
    return _removed(WORD, work, code)


@blueprint.route(f"{_DRAFT}/cohorts", guard=PLANNERS, scope=Scope.READ)
def cohorts(code: str) -> Response:
    """Edit the groups of a course, and which days each of them gets."""
    return _drawn(COHORTS, code)


@blueprint.route(f"{_DRAFT}/cohorts", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def cohorts_saved(work: Work, code: str) -> Response:
    """Save the groups, unless somebody changed them since the form was drawn."""
    return _saved(COHORTS, work, code)


def _drawn(kind: PartKind, code: str) -> Response:
    with context().database.read() as session:
        given, name = read_draft(session, code), request.args.get("id", "")
        fields = filled(kind.drawn(given, name))
        return _show(session, PartPage(kind, given, name, fields, mark_of(fields)))


def _checked(kind: PartKind, code: str) -> Response:
    with context().database.read() as session:
        page, _ = _typed(kind, session, code)
        return _show(session, page, is_checked=True)


def _saved(kind: PartKind, work: Work, code: str) -> Response:
    page, now = _typed(kind, work.session, code)
    if _wrong(page):
        abort(_show(work.session, page, UNPROCESSABLE, is_checked=True))
    if page.seen != mark_of(now) and page.fields != now:
        _tell_of_others(work.session, page, now)
    return _keep(work, page, *_changed(page))


def _removed(kind: PartKind, work: Work, code: str) -> Response:
    given, name = read_draft(work.session, code), typed("id")
    now = filled(kind.drawn(given, name))
    page = PartPage(kind, given, name, now, typed("seen"))
    if page.seen != mark_of(now):
        _tell_of_others(work.session, page, now)
    change = restored if typed("restore") else without_part
    return _keep(work, page, name, change(given.overlay, name))


def _typed(kind: PartKind, session: Session, code: str) -> tuple[PartPage, Fields]:
    """Return the page of a form as it was typed, and the form as the draft has it now."""
    given, name = read_draft(session, code), typed("id")
    page = PartPage(kind, given, name, typed_fields(), typed("seen"))
    return page, filled(kind.drawn(given, name))


def _wrong(page: PartPage) -> Mapping[str, str]:
    return page.kind.wrong(page.given, page.name, page.fields)


def _changed(page: PartPage) -> tuple[str, Json]:
    return page.kind.changed(page.given, page.name, page.fields)


def _keep(work: Work, page: PartPage, name: str, overlay: Json) -> Response:
    """Store differences; those that make no programme are told with the page."""
    try:
        save_draft(work.session, page.given.row, overlay, act_of(work, name or page.kind.code))
    except BadProgramme as error:
        abort(_show(work.session, page, UNPROCESSABLE, faults=error.faults))
    told = urlencode({"saved": name or page.kind.code})
    return go_to(f"{path_of(page.given.row.code)}/parts?{told}")


def _tell_of_others(session: Session, page: PartPage, now: Fields) -> NoReturn:
    """Answer with what was typed, and what somebody else wrote; sent again, it is saved."""
    told: list[tuple[str, Sequence[Run], Sequence[Run]]] = [
        (name, after, before)
        for name, mine, theirs in differing(page.fields, now)
        for before, after in [marked(mine, theirs)]
    ]
    edit = last_edit(session, page.given.row, page.name or page.kind.code)
    page = page._replace(seen=mark_of(now))
    abort(_show(session, page, HTTPStatus.CONFLICT, meanwhile=Meanwhile(edit, told)))


def _show(
    session: Session,
    page: PartPage,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    is_checked: bool = False,
    faults: Sequence[Fault] = (),
    **more: object,
) -> Response:
    """Show a form; `is_checked`: with a sentence at each wrong field."""
    code, given, wrong = page.given.row.code, page.given, _wrong(page)
    overlay = given.overlay if wrong else _changed(page)[1]
    return show(
        f"programmes/{page.kind.code}.html",
        status,
        code=code,
        at=path_of(code),
        page=page,
        given=given,
        programme=given.programme,
        fields=page.fields,
        wrong=wrong if is_checked else None,
        back=f"{path_of(code)}/parts",
        faults_of_draft=faults,
        **page.kind.shown(session, given, page.name, page.fields, overlay),
        **more,
    )
