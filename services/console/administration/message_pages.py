"""Pages of messages: by state and reason, the history of one, and cancelling."""

from collections.abc import Sequence
from uuid import UUID

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read
from services.api.idempotency import Work
from services.api.paging import before_of, seal_cursor
from services.console.administration.common import ADMINISTRATORS
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.lists import asked_page, asked_text, further
from services.console.pages import show
from services.console.words import reason_in_words
from services.core.roles import Scope
from services.messaging.api.message_queries import cancel_message, read_message
from services.storage.models import Message
from services.storage.read_log import ReadSubject
from sms.message import MessageState
from sms.numbers import mask
from sms.reasons import Reason

_ONE = "/administration/messages/<uuid:message_id>"
_MOST_READ = 2_000
"""Messages of a state that are looked through for a reason, in one page."""

blueprint = ConsoleBlueprint("admin_messages", "Messages.")


@blueprint.route("/administration/messages", guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def messages() -> Response:
    """See the newest messages of a state, and why they wait or were not sent."""
    chosen = {name: asked_text(name) for name in ("state", "reason")}
    if chosen["state"] not in set(MessageState):
        chosen["state"] = MessageState.QUEUED.value
    if chosen["reason"] not in set(Reason):
        chosen["reason"] = ""
    with context().database.read() as session:
        rows, cursor = _newest(session, chosen["state"], chosen["reason"])
        session.expunge_all()
    return show(
        "administration/messages.html",
        rows=[(row, mask(row.recipient), reason_in_words(row.reason)) for row in rows],
        chosen=chosen,
        states=list(MessageState),
        reasons=list(Reason),
        more=further(cursor, chosen),
    )


@blueprint.route(_ONE, guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def message(message_id: UUID) -> Response:
    """See what became of one message; its text only if one asks for it."""
    with_text = request.args.get("text") == "1"
    with context().database.write(exclusive=False) as session:
        view = read_message(session, message_id)
        if with_text and not view.withheld:
            note_read(session, ReadSubject(number_index=view.message.recipient_index))
    row = view.message
    return show(
        "administration/message.html",
        row=row,
        number=mask(row.recipient),
        why=reason_in_words(row.reason),
        attempts=view.attempts,
        text=view.body if with_text else None,
        withheld=view.withheld,
        waits=row.state == MessageState.QUEUED,
    )


@blueprint.route(f"{_ONE}/cancel", methods=["POST"], guard=ADMINISTRATORS, scope=Scope.SEND)
@once
def cancelled(work: Work, message_id: UUID) -> Response:
    """Cancel a message that still waits."""
    cancel_message(work.session, message_id)
    return go_to(f"{PREFIX}/administration/messages/{message_id}")


def _newest(session: Session, state: str, reason: str) -> tuple[Sequence[Message], str | None]:
    asked = asked_page()
    before, most = before_of(asked, Message.id), asked["limit"]
    of_state = select(Message.id, Message.reason).where(Message.state == state)
    if before is not None:
        of_state = of_state.where(Message.id < before)
    # A reason has no index: so many are looked through, and the next page goes on from there.
    read = _MOST_READ if reason else most + 1
    seen = session.execute(of_state.order_by(Message.id.desc()).limit(read)).all()
    keys = [row.id for row in seen if not reason or row.reason == reason]
    shown = keys[:most]
    last = shown[-1] if len(keys) > most else seen[-1].id if len(seen) == read else None
    wanted = select(Message).where(Message.id.in_(shown)).order_by(Message.id.desc())
    cursor = None if last is None else seal_cursor(f"newest {Message.__tablename__}", [last])
    return session.scalars(wanted).all(), cursor
