"""Pages of recalls: asked by a planner, counted, approved by a second person."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NoReturn
from uuid import UUID

from flask import Response, abort, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import Work
from services.api.problems import status_of
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.numbers import asked_number
from services.console.pages import show
from services.console.programmes.guards import (
    APPROVERS,
    PLANNERS,
    READERS,
    UNPROCESSABLE,
    is_approver,
    is_planner,
    name_of,
    typed,
    wrong_fields,
)
from services.core.errors import ServiceError
from services.core.roles import Scope
from services.health.api.programmes import approval_act
from services.health.api.recalls import RecallApprovalSchema, RecallDraftSchema
from services.health.errors import BadRecall, NothingToRecall, UnknownRecall
from services.health.recalls.lifecycle import (
    RecallDraft,
    affected,
    approve_recall,
    ask_recall,
    find_recall,
)
from services.health.recalls.views import figures, recall_view
from services.health.versions.authors import wrote
from services.health.versions.standing import in_use
from services.health.versions.store import find_version
from services.storage.models import ProgrammeVersion, Recall

_ALL = "/programmes/<code>/recalls"
_ONE = f"{_ALL}/<uuid:recall_id>"
_PAGE = 10
_FIGURES = ("waiting", "have", "paused", "left", "quiet", "segments")
_WRONG = {
    "text": "programmes_recall_no_text",
    "language": "programmes_recall_no_language",
    "by": "programmes_recall_no_version",
    "reason": "programmes_recall_no_reason",
}

blueprint = ConsoleBlueprint("programme_recalls", "Recalls of wrong texts.")


@blueprint.route(_ALL, guard=READERS, scope=Scope.READ)
def recalls(code: str) -> Response:
    """See the recalls of a programme, and ask for one."""
    with context().database.read() as session:
        return _show_all(session, find_version(session, code).code)


@blueprint.route(_ALL, methods=["POST"], guard=PLANNERS, scope=Scope.SEND)
@once
def asked(work: Work, code: str) -> Response:
    """Ask for a recall; nothing changes before a second person approves it."""
    found, wrong = find_version(work.session, code), _wrong()
    if wrong:
        _refuse(_show_all(work.session, found.code, UNPROCESSABLE, wrong=wrong))
    told = RecallDraft(
        found.code,
        typed("text"),
        typed("language"),
        int(typed("by")),
        typed("reason"),
        bool(typed("correct")),
    )
    try:
        with work.session.begin_nested():
            made = ask_recall(work.session, told, own_party(), work.now)
    except ServiceError as error:
        _refuse(_show_all(work.session, found.code, status_of(error), error=error))
    return go_to(f"{PREFIX}/programmes/{found.code}/recalls/{made.public_id}")


@blueprint.route(_ONE, guard=READERS, scope=Scope.READ)
def recall(code: str, recall_id: UUID) -> Response:
    """See a recall: both texts, whom it concerns, and what corrections cost."""
    with context().database.read() as session:
        return _show_one(session, find_recall(session, code, recall_id))


@blueprint.route(f"{_ONE}/approve", methods=["POST"], guard=APPROVERS, scope=Scope.DECIDE)
@once
def recall_approved(work: Work, code: str, recall_id: UUID) -> Response:
    """Approve a recall, as a second person: from now on nobody gets the wrong text."""
    found = find_recall(work.session, code, recall_id)
    told = {"reference": typed("reference")}
    wrong = wrong_fields(RecallApprovalSchema(), told, {"reference": "programmes_no_reference"})
    if wrong:
        _refuse(_show_one(work.session, found, UNPROCESSABLE, wrong=wrong))
    try:
        with work.session.begin_nested():
            approve_recall(work.session, found, approval_act(work, told["reference"]))
    except ServiceError as error:
        _refuse(_show_one(work.session, found, status_of(error), error=error))
    return go_to(f"{PREFIX}/programmes/{found.programme}/recalls/{recall_id}")


def _refuse(answer: Response) -> NoReturn:
    """Answer with a page, and undo all: a refused form leaves no trace of its key."""
    abort(answer)


def _wrong() -> Mapping[str, str]:
    by = typed("by")
    number = int(by) if by.isascii() and by.isdecimal() and by else by
    told = {name: typed(name) for name in ("text", "language", "reason")}
    return wrong_fields(RecallDraftSchema(), {**told, "by": number}, _WRONG)


def _show_all(
    session: Session, code: str, status: HTTPStatus = HTTPStatus.OK, /, **more: object
) -> Response:
    start = asked_number("from")
    rows = session.scalars(
        select(Recall)
        .where(Recall.programme == code)
        .order_by(Recall.id.desc())
        .offset(start)
        .limit(_PAGE + 1)
    ).all()
    return show(
        "programmes/recalls.html",
        status,
        code=code,
        rows=rows[:_PAGE],
        more=start + _PAGE if len(rows) > _PAGE else None,
        used=in_use(session, [code])[code],
        planner=is_planner(),
        form=request.values,
        **({"wrong": None, "error": None} | more),
    )


def _show_one(
    session: Session, row: Recall, status: HTTPStatus = HTTPStatus.OK, /, **more: object
) -> Response:
    by = session.get_one(ProgrammeVersion, row.by_version_id)
    why_not = _why_not(session, row, by)
    waits = row.approved_at is None and why_not is None
    wanted = waits and "count" in request.args
    own = row.asked_by_id == g.party_id or wrote(session, by, g.party_id)
    return show(
        "programmes/recall.html",
        status,
        row=row,
        view=recall_view(session, row),
        asker=name_of(session, row.asked_by_id),
        approver=name_of(session, row.approved_by_id),
        figures=_counted(session, row) if wanted else None,
        figure_names=_FIGURES,
        waits=waits,
        why_not=why_not,
        may_approve=is_approver() and not own and waits,
        own=own and is_approver(),
        form=request.form,
        **({"wrong": None, "error": None} | more),
    )


def _why_not(session: Session, row: Recall, by: ProgrammeVersion) -> ServiceError | None:
    """Return why a recall that waits could not be approved now."""
    if row.approved_at is not None:
        return None
    try:
        affected(session, by, row.text_id, row.language)
    except (NothingToRecall, BadRecall, UnknownRecall) as error:
        return error
    return None


def _counted(session: Session, row: Recall) -> Mapping[str, int]:
    here = context()
    return figures(session, row, here.sms, here.clock())._asdict()
