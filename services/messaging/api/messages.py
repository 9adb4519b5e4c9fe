"""Messages and what became of them, for administrators."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles, note_read
from services.api.idempotency import Work, idempotent
from services.core.roles import Role, Scope
from services.messaging.api.message_queries import (
    MessageView,
    Page,
    cancel_message,
    read_message,
    search_messages,
)
from services.messaging.api.message_schemas import (
    MessagePageSchema,
    MessageSchema,
    MessageSearchSchema,
)
from services.storage.read_log import ReadSubject

blueprint = Blueprint("messages", "What was sent, and what became of it.", "/api/v1/messages")

_ADMINISTRATORS = Roles(Role.ADMINISTRATOR)


@blueprint.route(
    "/search",
    methods=["POST"],
    guard=_ADMINISTRATORS,
    scope=Scope.PEOPLE,
    operation="search_messages",
)
@blueprint.arguments(MessageSearchSchema, example={"to": "+67570000001", "limit": 50})
@blueprint.response(HTTPStatus.OK, MessagePageSchema)
@refuses(HTTPStatus.BAD_REQUEST)
def search(wanted: Mapping[str, Any]) -> Page:
    """Find the messages to one number, newest first."""
    database = context().database
    indexes = database.vault.indexes(wanted["to"])
    with database.write(exclusive=False) as session:
        note_read(session, ReadSubject(number_index=indexes.ordinary))
        return search_messages(session, indexes, wanted["limit"], wanted["cursor"])


@blueprint.route(
    "/<uuid:message_id>", guard=_ADMINISTRATORS, scope=Scope.PEOPLE, operation="get_message"
)
@blueprint.response(HTTPStatus.OK, MessageSchema)
def message(message_id: UUID) -> MessageView:
    """Read one message."""
    with context().database.write(exclusive=False) as session:
        return _noted(session, read_message(session, message_id))


@blueprint.route(
    "/<uuid:message_id>/cancel",
    methods=["POST"],
    guard=_ADMINISTRATORS,
    scope=Scope.SEND,
    operation="cancel_message",
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, MessageSchema)
def cancel(work: Work, message_id: UUID) -> MessageView:
    """Cancel a message that is still queued; 409 where it is not."""
    return _noted(work.session, cancel_message(work.session, message_id))


def _noted(session: Session, view: MessageView) -> MessageView:
    """Return a message whose reading was noted."""
    note_read(session, ReadSubject(number_index=view.message.recipient_index))
    return view
