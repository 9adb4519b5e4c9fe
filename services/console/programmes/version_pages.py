"""Pages of one version: what it changes, what the linter finds; approved, sent back, withdrawn."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NoReturn

from flask import Response, abort, g, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.api.problems import status_of
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.pages import show
from services.console.programmes.comparison import MOST, compare
from services.console.programmes.course_view import chosen_view
from services.console.programmes.guards import (
    APPROVERS,
    READERS,
    UNPROCESSABLE,
    is_approver,
    is_planner,
    name_of,
    typed,
    wrong_fields,
)
from services.console.words import day
from services.core.errors import ServiceError
from services.core.roles import Scope
from services.health.api.drafts import ProgrammeNoteBodySchema
from services.health.api.programmes import ApprovingSchema, approval_act, lint_settings
from services.health.format.evidence import Guideline
from services.health.format.model import Programme
from services.health.linting.evidence import overdue_sources
from services.health.linting.findings import Finding
from services.health.versions.approvals import approve, withdraw
from services.health.versions.authors import send_back
from services.health.versions.bases import document_of, undecided_texts
from services.health.versions.standing import WAITING_FOR, LanguageStanding, standings
from services.health.versions.store import find_version, findings, programme_of
from services.health.versions.views import approval_view
from services.storage.models import ProgrammeVersion
from sms.local_time import local_day

_ONE = "/programmes/<code>/versions/<int:number>"
_APPROVING = {"reference": "programmes_no_reference"}
_NOTE = {"text": "programmes_no_note"}

blueprint = ConsoleBlueprint("programme_versions", "Versions of programmes.")


@blueprint.route(_ONE, guard=READERS, scope=Scope.READ)
def version(code: str, number: int) -> Response:
    """See one version in a language: what it changes, and what an approval needs."""
    with context().database.read() as session:
        return _show(session, find_version(session, code, number))


@blueprint.route(f"{_ONE}/texts", guard=READERS, scope=Scope.READ)
def texts(code: str, number: int) -> Response:
    """Read the texts of a version as people get them."""
    with context().database.read() as session:
        row = find_version(session, code, number)
        given, found = programme_of(row), _found(row)
        at = f"{PREFIX}/programmes/{code}/versions/{number}"
        return show(
            "programmes/texts.html", row=row, at=at, given=given, view=chosen_view(given, found)
        )


@blueprint.route(f"{_ONE}/approve", methods=["POST"], guard=APPROVERS, scope=Scope.DECIDE)
@once
def approved(work: Work, code: str, number: int) -> Response:
    """Approve a language, as a second person."""
    row = find_version(work.session, code, number)
    _require(work.session, row, wrong_fields(ApprovingSchema(), _given(), _APPROVING))
    act = approval_act(work, typed("reference"))
    act = act._replace(overdue=_named("overdue"), kept=_named("kept"))
    try:
        with work.session.begin_nested():
            approve(work.session, row, typed("language"), act, lint_settings())
    except ServiceError as error:
        _draw_again(work.session, row, {}, error)
    return _back(row)


@blueprint.route(f"{_ONE}/send-back", methods=["POST"], guard=APPROVERS, scope=Scope.DECIDE)
@once
def sent_back(work: Work, code: str, number: int) -> Response:
    """Send a language back to its authors with a note."""
    row = find_version(work.session, code, number)
    told = {"language": typed("language"), "text": " ".join(typed("text").split())}
    _require(work.session, row, wrong_fields(ProgrammeNoteBodySchema(), told, _NOTE))
    try:
        with work.session.begin_nested():
            send_back(work.session, row, told["language"], told["text"], (own_party(), work.now))
    except ServiceError as error:
        _draw_again(work.session, row, {}, error)
    return _back(row)


@blueprint.route(f"{_ONE}/withdraw", methods=["POST"], guard=APPROVERS, scope=Scope.DECIDE)
@once
def withdrawn(work: Work, code: str, number: int) -> Response:
    """Withdraw an approval for good."""
    row = find_version(work.session, code, number)
    wrong = wrong_fields(ApprovingSchema(), _given(), {"reference": "programmes_no_reference"})
    if wrong:
        wrong = {"end-reference": wrong["reference"]}
    elif not typed("sure"):
        wrong = {"sure": "programmes_not_sure"}
    _require(work.session, row, wrong)
    try:
        with work.session.begin_nested():
            withdraw(work.session, row, typed("language"), approval_act(work, typed("reference")))
    except ServiceError as error:
        _draw_again(work.session, row, {}, error)
    return _back(row)


def _given() -> Mapping[str, str]:
    return {"language": typed("language"), "reference": typed("reference")}


def _named(field: str) -> frozenset[str]:
    """Return the ids that were ticked, or all that the page showed."""
    if request.form.get(f"{field}_all"):
        return frozenset(typed(f"{field}_shown").split(","))
    return frozenset(request.form.getlist(field))


def _require(session: Session, row: ProgrammeVersion, wrong: Mapping[str, str]) -> None:
    if wrong:
        _draw_again(session, row, wrong)


def _draw_again(
    session: Session,
    row: ProgrammeVersion,
    wrong: Mapping[str, str],
    error: ServiceError | None = None,
) -> NoReturn:
    """Answer with the page again, and undo all: a refused form leaves no trace of its key."""
    status = status_of(error) if error else UNPROCESSABLE
    abort(_show(session, row, status, wrong=wrong, error=error))


def _show(
    session: Session,
    row: ProgrammeVersion,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    wrong: Mapping[str, str] | None = None,
    error: ServiceError | None = None,
) -> Response:
    given, found = programme_of(row), _found(row)
    each = standings(session, [row], g.party_id)
    one = _chosen(each)
    language = one.language
    return show(
        "programmes/version.html",
        status,
        row=row,
        title=given.title,
        author=name_of(session, row.created_by_id),
        each=each,
        one=one,
        approval=_approval(session, one),
        changes_of=compare(session, row.code, document_of(row), language, row.number),
        findings=[each for each in found if _concerns(each, language)][:MOST],
        overdue_items=[_source(one) for one in _overdue(given)],
        kept_items=[{"id": each, "text": each} for each in _kept(session, one)],
        approver=is_approver(),
        planner=is_planner(),
        wrong=wrong,
        error=error,
        form=request.form,
    )


def _concerns(one: Finding, language: str) -> bool:
    """Tell whether a finding is shown with a language; old sources have a list of their own."""
    return one.language in {None, language} and one.code != "source_overdue"


def _chosen(each: Sequence[LanguageStanding]) -> LanguageStanding:
    """Return the language that was asked for, or else the first that waits."""
    wanted = request.values.get("language")
    named = [one for one in each if one.language == wanted]
    waiting = [one for one in each if one.standing in WAITING_FOR]
    return [*named, *waiting, *each][0]


def _approval(session: Session, one: LanguageStanding) -> Mapping[str, Any] | None:
    row = one.approval
    if row is None:
        return None
    people = {
        "name": name_of(session, row.approved_by_id),
        "ended_by": name_of(session, row.withdrawn_by_id),
    }
    return approval_view(session, row) | people


def _kept(session: Session, one: LanguageStanding) -> Sequence[str]:
    return undecided_texts(session, one.version, one.language)


def _overdue(given: Programme) -> Sequence[Guideline]:
    return overdue_sources(given, local_day(context().clock()))


def _source(one: Guideline) -> Mapping[str, str]:
    return {"id": one.id, "text": f"{one.by} {one.year}: {one.title} ({day(one.review)})"}


def _found(row: ProgrammeVersion) -> Sequence[Finding]:
    return findings(programme_of(row), context().clock(), lint_settings())


def _back(row: ProgrammeVersion) -> Response:
    language = typed("language")
    return go_to(f"{PREFIX}/programmes/{row.code}/versions/{row.number}?language={language}")
