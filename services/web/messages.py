"""Messages and what became of them, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypedDict

from services.storage.people import Role
from services.web.blueprint import Blueprint
from services.web.context import context
from services.web.guards import Roles
from services.web.message_queries import read_message, search_messages
from services.web.message_schemas import (
    EXAMPLE,
    MessagePageSchema,
    MessageSchema,
    MessageSearchSchema,
)

if TYPE_CHECKING:
    from uuid import UUID

    from services.web.message_queries import MessageView, Page

blueprint = Blueprint("messages", "What was sent, and what became of it.", "/api/v1/messages")

_ADMINISTRATORS = Roles(Role.ADMINISTRATOR)


class _Search(TypedDict):
    to: str
    limit: int
    cursor: UUID | None


@blueprint.route("/search", methods=["POST"], guard=_ADMINISTRATORS)
@blueprint.arguments(MessageSearchSchema, example={"to": "+67570000001", "limit": 50})
@blueprint.response(HTTPStatus.OK, MessagePageSchema, example={"messages": [EXAMPLE], "next": None})
@blueprint.alt_response(HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST.name)
def search(wanted: _Search) -> Page:
    """Find the messages to one number, newest first."""
    database = context().database
    with database.read() as session:
        return search_messages(
            session, database.vault.index(wanted["to"]), wanted["limit"], wanted["cursor"]
        )


@blueprint.route("/<uuid:message_id>", guard=_ADMINISTRATORS)
@blueprint.response(HTTPStatus.OK, MessageSchema, example=EXAMPLE)
@blueprint.alt_response(HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.name)
def message(message_id: UUID) -> MessageView:
    """Read one message."""
    with context().database.read() as session:
        return read_message(session, message_id)
