"""One message of the inbox, and the answer of a person to it: one SMS, once."""

from http import HTTPStatus
from typing import NoReturn

from flask import Response, abort, g, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read
from services.api.idempotency import Work
from services.console.blueprint import go_to, is_partial, once
from services.console.browser_session import PREFIX
from services.console.concerns.lists import blueprint
from services.console.guards import SignedIn
from services.console.pages import show
from services.console.task_matter import AnswerPreview, preview_of
from services.console.task_pages import show_task, task_reader
from services.core.roles import Scope
from services.messaging.api.inbox import inbox_of, note_messages
from services.messaging.inbox import InboxMessage
from services.messaging.inbox_rules import CALLS
from services.messaging.inbox_threads import exchanges, task_of
from services.storage.read_log import ReadSubject
from sms.encoding import simplify

CALLERS = SignedIn(*CALLS)
_ONE = "/inbox/<arrival>"


@blueprint.route(_ONE, guard=CALLERS, scope=Scope.CARE)
def message(arrival: str) -> Response:
    """See one message; where it is a task, that is its page."""
    database = context().database
    with database.write(exclusive=False) as session:
        found = inbox_of(session, database.vault).find(arrival)
        row = task_of(session, task_reader(session), found)
        return go_to(f"{PREFIX}/tasks/{row.public_id}") if row else _show(session, found)


@blueprint.route(f"{_ONE}/preview", methods=["POST"], guard=CALLERS, scope=Scope.CARE)
def preview(arrival: str) -> Response:
    """See an answer as its receiver would, and how much still fits; nothing is sent."""
    database = context().database
    with database.write(exclusive=False) as session:
        inbox = inbox_of(session, database.vault)
        found = inbox.find(arrival)
        seen = preview_of(inbox, found, _typed())
        if is_partial():
            return show("concerns/answer_preview.html", preview=seen)
        return _draw(session, found, HTTPStatus.OK, None, seen)


@blueprint.route(f"{_ONE}/answer", methods=["POST"], guard=CALLERS, scope=Scope.CARE)
@once
def answered(work: Work, arrival: str) -> Response:
    """Answer a message; it is answered once, and its task ends."""
    inbox, text = inbox_of(work.session, work.unit.vault), _typed()
    found = inbox.find(arrival)
    seen = preview_of(inbox, found, text)
    if not text or not seen.fits:
        _draw_again(work.session, found, seen, "concerns_answer_wrong" if text else "note_empty")
    index = inbox.answer(arrival, text, work.now, g.party_id)
    note_read(work.session, ReadSubject(number_index=index))
    return go_to(f"{PREFIX}/inbox")


def _typed() -> str:
    """Return the answer in one line, with plain letters for typographic ones."""
    return simplify(" ".join(request.form.get("answer", "").split()))


def _draw_again(session: Session, found: InboxMessage, seen: AnswerPreview, code: str) -> NoReturn:
    abort(_draw(session, found, HTTPStatus.UNPROCESSABLE_ENTITY, {"answer": code}, seen))


def _draw(
    session: Session,
    found: InboxMessage,
    status: HTTPStatus,
    wrong: dict[str, str] | None,
    seen: AnswerPreview,
) -> Response:
    row = task_of(session, task_reader(session), found)
    if row is not None:
        return show_task(session, row, status, wrong, seen)
    return _show(session, found, status, wrong, seen)


def _show(
    session: Session,
    found: InboxMessage,
    status: HTTPStatus = HTTPStatus.OK,
    wrong: dict[str, str] | None = None,
    seen: AnswerPreview | None = None,
) -> Response:
    note_messages(session, [found])
    said = exchanges(session, [found])
    waits = None if found.answered or found.sender is None else found
    return show(
        "concerns/message.html",
        status,
        exchanges=said,
        open=waits,
        wrong=wrong,
        preview=seen,
        typed=request.form.get("answer", ""),
    )
