"""The inbox in the API: to officers what is of pigs, to clinicians what is of their people."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Any

from flask import g
from marshmallow import Schema, ValidationError, fields, validate, validates
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import Roles, note_read
from services.api.idempotency import Work, idempotent
from services.api.schemas import WholeSchema, one_of, plain_text
from services.core.errors import Forbidden
from services.core.geography import PROVINCES
from services.core.roles import Role, Scope
from services.messaging.inbox import Inbox, InboxMessage, count_inbox, reader_of
from services.messaging.inbox_rules import CALLS, READS, Service
from services.messaging.inbox_threads import exchanges
from services.storage.read_log import ReadSubject
from services.storage.vault import Vault
from sms.encoding import SEGMENT, Encoding, count
from sms.numbers import mask

blueprint = Blueprint(
    "inbox", "Messages that nobody understood, or that tell of disease.", "/api/v1/inbox"
)

READERS = Roles(*READS)
CALLERS = Roles(*CALLS)

_ID = {"example": "6b" * 32}
_ARRIVAL = {
    "in": "path",
    "name": "arrival",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    "description": "`id` of the message.",
    **_ID,
}
_MOST, _USUAL = 200, 50


class InboxQuery(Schema):
    """Filter of the inbox."""

    service = fields.String(
        load_default=None,
        validate=one_of(Service),
        metadata={"description": "By default every service whose messages the role reads."},
    )
    limit = fields.Integer(load_default=_USUAL, validate=validate.Range(1, _MOST))
    since = fields.Date(load_default=None, metadata={"description": "First day, UTC."})


class InboxMessageSchema(WholeSchema):
    """A message that a person must read."""

    id = fields.String(metadata=_ID)
    received_at = fields.DateTime()
    channel = fields.String(metadata={"example": "twilio-sms"})
    service = fields.String(validate=one_of(Service))
    province = fields.String(
        allow_none=True, validate=validate.OneOf([*PROVINCES, None]), metadata={"example": "Jiwaka"}
    )
    phone = fields.String(
        allow_none=True, metadata={"description": "Masked.", "example": "+675•••••001"}
    )
    text = fields.String(allow_none=True, metadata={"example": "wanem samting"})
    answered = fields.Boolean(metadata={"description": "By a person."})
    possible_danger = fields.Boolean(
        metadata={
            "description": "It may tell of danger to a person: asked, the sender did not answer; "
            "or it is of health, and a part of it did not come.",
        }
    )


class CallableMessageSchema(InboxMessageSchema):
    """A message with the number on which its sender can be called."""

    phone = fields.String(allow_none=True, metadata={"example": "+67570000001"})
    reply = fields.String(
        allow_none=True, metadata={"description": "What Bilum answered at once, if it is kept."}
    )
    answer = fields.String(
        allow_none=True, metadata={"description": "What a person answered, if it is kept."}
    )


class InboxSchema(WholeSchema):
    """Messages: of danger that waits, then the newest first."""

    items = fields.List(fields.Nested(InboxMessageSchema))


class InboxCountSchema(WholeSchema):
    """Messages of a service in a province; null: of no known one."""

    service = fields.String(validate=one_of(Service))
    province = fields.String(allow_none=True, metadata={"example": "Jiwaka"})
    messages = fields.Integer(metadata={"example": 3})


class InboxCountsSchema(WholeSchema):
    """Messages that persons must read, counted."""

    items = fields.List(fields.Nested(InboxCountSchema))


class InboxAnswerSchema(Schema):
    """An answer to an inbox message: one SMS of one segment."""

    text = fields.String(
        required=True,
        validate=plain_text(SEGMENT),
        metadata={
            "description": "Before an officer's text the name of the service is put.",
            "example": "Your next text comes on Monday.",
        },
    )

    @validates("text")
    def one_segment(self, value: str, **_: object) -> None:
        """Refuse what one segment does not hold."""
        size = count(value)
        if size.encoding is not Encoding.GSM7 or size.segments > 1:
            raise ValidationError("Write at most 160 plain letters, without accents or emoji.")


class InboxAnsweredSchema(WholeSchema):
    """A queued answer."""

    id = fields.String(metadata=_ID)
    answered = fields.Boolean()


@blueprint.route("", guard=READERS, scope=Scope.CARE, operation="list_inbox")
@blueprint.arguments(InboxQuery, location="query")
@blueprint.response(HTTPStatus.OK, InboxSchema)
def messages(query: Mapping[str, Any]) -> dict[str, Any]:
    """List the newest messages of your service and province: possible danger first, then newest."""
    database, since = context().database, query["since"]
    begin = datetime.combine(since, time(), UTC) if since else None
    with database.write(exclusive=False) as session:
        inbox, services = inbox_of(session, database.vault), _services(query["service"])
        items = inbox.newest(services, query["limit"], begin)
        note_messages(session, items)
    return {"items": [_shown(one, call=False) for one in items]}


@blueprint.route(
    "/<arrival>",
    guard=CALLERS,
    scope=Scope.CARE,
    parameters=[_ARRIVAL],
    operation="get_inbox_message",
)
@blueprint.response(HTTPStatus.OK, CallableMessageSchema)
def message(arrival: str) -> dict[str, Any]:
    """Read one, with the number on which its sender can be called."""
    database = context().database
    with database.write(exclusive=False) as session:
        found = inbox_of(session, database.vault).find(arrival)
        note_messages(session, [found])
        (said,) = exchanges(session, [found])
    return _shown(found, call=True) | {"reply": said.reply, "answer": said.answer}


@blueprint.route(
    "/counts", guard=Roles(Role.ADMINISTRATOR), scope=Scope.READ, operation="count_inbox"
)
@blueprint.response(HTTPStatus.OK, InboxCountsSchema)
def counts() -> dict[str, Any]:
    """Count the messages of every service and province, with nothing of anybody."""
    with context().database.read() as session:
        return {"items": [one._asdict() for one in count_inbox(session)]}


@blueprint.route(
    "/<arrival>/answer",
    methods=["POST"],
    guard=CALLERS,
    scope=Scope.CARE,
    parameters=[_ARRIVAL],
    operation="answer_inbox_message",
)
@idempotent(exclusive=True)
@blueprint.arguments(InboxAnswerSchema)
@blueprint.response(HTTPStatus.CREATED, InboxAnsweredSchema)
def answer(work: Work, body: Mapping[str, str], arrival: str) -> dict[str, Any]:
    """Answer a message as a person; it is answered once."""
    index = inbox_of(work.session, work.unit.vault).answer(
        arrival, body["text"], work.now, g.party_id
    )
    note_read(work.session, ReadSubject(number_index=index))
    return {"id": arrival, "answered": True}


def inbox_of(session: Session, vault: Vault) -> Inbox:
    """Return the inbox of this request's holder."""
    return Inbox(session, vault, reader_of(session, g.holder.role, g.party_id, g.holder.province))


def _services(wanted: str | None) -> frozenset[Service]:
    """Return the services to list.

    Raises:
        Forbidden: the role does not read messages of the service.
    """
    theirs = READS[g.holder.role]
    if wanted is None:
        return theirs
    if Service(wanted) not in theirs:
        raise Forbidden(f"Messages of this service are not for the role {g.holder.role}")
    return frozenset({Service(wanted)})


def note_messages(session: Session, items: Iterable[InboxMessage]) -> None:
    """Note that this request's holder reads messages."""
    vault = context().database.vault
    indexes = sorted({one.index_of_sender(vault) for one in items if one.sender})
    note_read(session, *(ReadSubject(number_index=index) for index in indexes))


def _shown(found: InboxMessage, *, call: bool) -> dict[str, Any]:
    phone = found.sender and (found.sender if call else mask(found.sender))
    return {**found._asdict(), "phone": phone}
