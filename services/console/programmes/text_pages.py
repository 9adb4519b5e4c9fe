"""Pages of one text of a draft: checked while it is typed, saved, moved, added, removed."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple, NoReturn
from urllib.parse import urlencode

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.pages import show
from services.console.programmes.course import anchor_of, text_named
from services.console.programmes.course_view import first_of_page
from services.console.programmes.draft_pages import OpenDraft, path_of, read_draft
from services.console.programmes.guards import PLANNERS, UNPROCESSABLE, act_of, typed
from services.console.programmes.marked import Run, marked
from services.console.programmes.question_form import asked_with
from services.console.programmes.text_check import CheckedText, check
from services.console.programmes.text_form import (
    TypedText,
    changed,
    differing,
    drawn_text,
    says_the_same,
    typed_text,
    wrong_text,
    wrong_times,
)
from services.core.roles import Scope
from services.health.drafts.store import LastEdit, last_edit, save_draft
from services.health.errors import BadProgramme
from services.health.format.overlay_edits import (
    is_added,
    is_changed,
    restored,
    without_part,
    words_of,
)
from services.health.format.text_slots import Json, slots_of

_TEXT = "/programmes/<code>/draft/text"

blueprint = ConsoleBlueprint("programme_texts", "Texts of a draft.")


class Meanwhile(NamedTuple):
    """Words of somebody else since a form was drawn; `fields`: name, theirs and one's own."""

    edit: LastEdit
    fields: Sequence[tuple[str, Sequence[Run], Sequence[Run]]]


class TextPage(NamedTuple):
    """A text on its page: the draft, the text, what was typed, what came of it."""

    given: OpenDraft
    id: str
    one: TypedText
    found: CheckedText


@blueprint.route(_TEXT, guard=PLANNERS, scope=Scope.READ)
def text(code: str) -> Response:
    """Edit one text: words in each language, for one's own and a shared phone, day and hour."""
    with context().database.read() as session:
        return _show(session, _drawn(session, read_draft(session, code), request.args.get("id")))


@blueprint.route(f"{_TEXT}/check", methods=["POST"], guard=PLANNERS, scope=Scope.READ)
def checked(code: str) -> Response:
    """Check what was typed, and store nothing."""
    with context().database.read() as session:
        page, _ = _typed(session, read_draft(session, code))
        return _show(session, page, wrong=wrong_text(page.one))


@blueprint.route(_TEXT, methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def saved(work: Work, code: str) -> Response:
    """Save a text, unless somebody changed it since the form was drawn."""
    page, now = _typed(work.session, read_draft(work.session, code))
    wrong = wrong_text(page.one)
    if wrong or page.found.faults:
        abort(_show(work.session, page, UNPROCESSABLE, wrong=wrong))
    if page.one.seen != now.seen and not says_the_same(page.one, now):
        _tell_of_others(work.session, page, now)
    _keep(work, page, changed(page.given, page.id, page.one))
    return _back(page)


@blueprint.route(f"{_TEXT}/remove", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def removed(work: Work, code: str) -> Response:
    """Take a message out of the course."""
    page = _as_seen(work.session, code)
    _keep(work, page, without_part(page.given.overlay, page.id))
    return _back(page)


@blueprint.route(f"{_TEXT}/restore", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def put_back(work: Work, code: str) -> Response:
    """Let a text be as the base has it again."""
    page = _as_seen(work.session, code)
    _keep(work, page, restored(page.given.overlay, page.id))
    return _back(page)


@blueprint.route(f"{_TEXT}/return", methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def returned(work: Work, code: str) -> Response:
    """Put a removed text into the course again."""
    given, text_id = read_draft(work.session, code), typed("id")
    made = restored(given.overlay, text_id)
    save_draft(work.session, given.row, made, act_of(work, text_id))
    return go_to(f"{path_of(code)}?{urlencode({'q': text_id})}")


def _drawn(session: Session, given: OpenDraft, text_id: str | None) -> TextPage:
    """Return the page of a text as the draft has it."""
    text_id = text_id or ""
    one = drawn_text(given, text_id)
    return TextPage(given, text_id, one, check(session, given, given.overlay, text_id, one))


def _typed(session: Session, given: OpenDraft) -> tuple[TextPage, TypedText]:
    """Return the page of a text as it was typed, and the form as the draft has it now."""
    text_id = typed("id")
    now, one = drawn_text(given, text_id), typed_text(list(given.programme.languages))
    right = one if not wrong_times(one) else one._replace(day=now.day, at=now.at)
    found = check(session, given, changed(given, text_id, right), text_id, one)
    return TextPage(given, text_id, one, found), now


def _as_seen(session: Session, code: str) -> TextPage:
    """Return the page of a text that nobody changed since the form was drawn."""
    page = _drawn(session, read_draft(session, code), typed("id"))
    if typed("seen") != page.one.seen:
        _tell_of_others(session, page, page.one)
    return page


def _keep(work: Work, page: TextPage, overlay: Json) -> None:
    """Store differences; those that make no programme are told with the page."""
    try:
        save_draft(work.session, page.given.row, overlay, act_of(work, page.id))
    except BadProgramme as error:
        found = page.found._replace(faults=error.faults)
        abort(_show(work.session, page._replace(found=found), UNPROCESSABLE))


def _tell_of_others(session: Session, page: TextPage, now: TypedText) -> NoReturn:
    """Answer with what was typed, and what somebody else wrote; sent again, it is saved."""
    told = [
        (name, after, before)
        for name, mine, theirs in differing(page.one, now)
        for before, after in [marked(mine, theirs)]
    ]
    edit = last_edit(session, page.given.row, page.id)
    page = page._replace(one=page.one._replace(seen=now.seen))
    abort(_show(session, page, HTTPStatus.CONFLICT, meanwhile=Meanwhile(edit, told)))


def _show(
    session: Session, page: TextPage, status: HTTPStatus = HTTPStatus.OK, /, **more: object
) -> Response:
    given, text_id = page.given, page.id
    base = slots_of(given.base).get(text_id)
    code = given.row.code
    return show(
        "programmes/text.html",
        status,
        code=code,
        at=path_of(code),
        page=page,
        programme=given.programme,
        base=words_of(base.text) if base and not is_added(given.overlay, text_id) else None,
        changed=is_changed(given.overlay, text_id),
        question=asked_with(given, text_id),
        own=is_added(given.overlay, text_id),
        edit=last_edit(session, given.row, text_id),
        back=_list_of(page),
        **more,
    )


def _list_of(page: TextPage) -> str:
    """Return where the text stands among others."""
    named = text_named(page.given.programme, page.id)
    part, start = (named[0].code, first_of_page(named[0], page.id)) if named else ("", 0)
    language = typed("language") or request.args.get("language", "")
    fields = {"part": part, "language": language, "from": str(start or "")}
    told = urlencode({name: value for name, value in fields.items() if value})
    return f"{path_of(page.given.row.code)}?{told}"


def _back(page: TextPage) -> Response:
    told = urlencode({"saved": page.id})
    return go_to(f"{_list_of(page)}&{told}#{anchor_of(page.id)}")
