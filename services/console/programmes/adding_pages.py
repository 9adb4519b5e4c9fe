"""Pages on which a text is added to a draft."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.pages import show
from services.console.programmes.course import CoursePart, anchor_of, parts_of
from services.console.programmes.draft_pages import OpenDraft, path_of, read_draft
from services.console.programmes.guards import PLANNERS, UNPROCESSABLE, act_of, typed
from services.console.programmes.text_check import CheckedText, check
from services.console.programmes.text_form import (
    TypedEvidence,
    TypedText,
    added,
    new_text,
    typed_evidence,
    typed_text,
    wrong_evidence,
    wrong_text,
    wrong_times,
)
from services.core.errors import NotFound
from services.core.roles import Scope
from services.health.drafts.store import save_draft
from services.health.format.evidence import PRACTICE

_ADD = "/programmes/<code>/draft/add"
_PHASE = "phase/"

blueprint = ConsoleBlueprint("programme_additions", "Texts that are added to a draft.")


class NewText(NamedTuple):
    """A text that is to be added: to which part, as it was typed, and what it rests on."""

    part: CoursePart
    one: TypedText
    evidence: TypedEvidence

    @property
    def phase(self) -> str:
        """The id of its phase."""
        return self.part.code.removeprefix(_PHASE)


@blueprint.route(_ADD, guard=PLANNERS, scope=Scope.READ)
def add(code: str) -> Response:
    """Write a text more for a phase."""
    with context().database.read() as session:
        given = read_draft(session, code)
        empty = new_text(list(given.programme.languages))
        part = _part(given, request.args.get("part", ""))
        return _show(session, given, NewText(part, empty, TypedEvidence()), {})


@blueprint.route(f"{_ADD}/check", methods=["POST"], guard=PLANNERS, scope=Scope.READ)
def add_checked(code: str) -> Response:
    """Check a text that is to be added, and store nothing."""
    with context().database.read() as session:
        given = read_draft(session, code)
        new = _typed(given)
        return _show(session, given, new, _wrong(given, new))


@blueprint.route(_ADD, methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def add_saved(work: Work, code: str) -> Response:
    """Add a text to the draft."""
    given = read_draft(work.session, code)
    new = _typed(given)
    wrong = _wrong(given, new)
    if wrong:
        abort(_show(work.session, given, new, wrong, UNPROCESSABLE))
    text_id, overlay = added(given, new.phase, new.one, _evidence(given, new))
    save_draft(work.session, given.row, overlay, act_of(work, text_id))
    told = urlencode({"q": text_id, "saved": text_id})
    return go_to(f"{path_of(code)}?{told}#{anchor_of(text_id)}")


def _part(given: OpenDraft, wanted: str) -> CoursePart:
    found = next((one for one in parts_of(given.programme) if one.code == wanted), None)
    if found is None or not wanted.startswith(_PHASE):
        raise NotFound("Texts are added to the days of a course: choose one of its phases")
    return found


def _typed(given: OpenDraft) -> NewText:
    languages = list(given.programme.languages)
    return NewText(_part(given, typed("part")), typed_text(languages), typed_evidence())


def _wrong(given: OpenDraft, new: NewText) -> dict[str, str]:
    wrong = wrong_text(new.one)
    if not any(new.one.words.say.values()):
        first = next(iter(given.programme.languages))
        wrong[f"say-{first}"] = "programmes_text_empty"
    if given.programme.sources:
        wrong |= wrong_evidence(new.evidence, [one.id for one in given.programme.sources])
    return wrong


def _evidence(given: OpenDraft, new: NewText) -> TypedEvidence | None:
    """Return what the text rests on; None: no text of the programme tells it."""
    return new.evidence if given.programme.sources else None


def _checked(session: Session, given: OpenDraft, new: NewText) -> CheckedText:
    right = new.one._replace(
        day=new.one.day if "day" not in wrong_times(new.one) else "0",
        at=new.one.at if "at" not in wrong_times(new.one) else "09:00",
    )
    sources = [one.id for one in given.programme.sources]
    if wrong_evidence(new.evidence, sources):
        new = new._replace(evidence=TypedEvidence(PRACTICE))
    text_id, overlay = added(given, new.phase, right, _evidence(given, new))
    return check(session, given, overlay, text_id, new.one)


def _show(
    session: Session,
    given: OpenDraft,
    new: NewText,
    wrong: Mapping[str, str],
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    code = given.row.code
    return show(
        "programmes/add.html",
        status,
        code=code,
        at=path_of(code),
        new=new,
        found=_checked(session, given, new),
        programme=given.programme,
        practice=PRACTICE,
        wrong=wrong,
        back=f"{path_of(code)}?{urlencode({'part': new.part.code})}",
    )
