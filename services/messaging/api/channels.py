"""Channels in the API: whether messages go by each, until when not and why, and a try at once."""

from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from marshmallow import fields
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.idempotency import Work, idempotent
from services.api.schemas import AnswerSchema, one_of
from services.core.errors import NotFound
from services.core.roles import Role, Scope
from services.messaging.dispatch.channels import read_circuits, try_now
from sms.circuit import Circuit, CircuitState
from sms.settings import SmsSettings

blueprint = Blueprint("channels", "The ways by which texts go out.", "/api/v1/channels")

_ADMINISTRATORS = Roles(Role.ADMINISTRATOR)
_NAME = {"in": "path", "name": "name", "description": "Of a channel.", "example": "twilio"}


class ChannelSchema(AnswerSchema):
    """A channel of the routing table, or one that had a failure."""

    name = fields.String(required=True, metadata={"example": "twilio"})
    state = fields.String(
        required=True,
        validate=one_of(CircuitState),
        metadata={
            "example": "closed",
            "description": "Of its circuit breaker. `closed`: messages go. `open`: none does. "
            "`half-open`: the next one tries.",
        },
    )
    until = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Nothing goes before."}
    )
    since = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "Of the first failure in a row."}
    )
    code = fields.String(
        required=True, allow_none=True, metadata={"description": "The carrier's own: 20003."}
    )
    failures = fields.Integer(required=True, metadata={"description": "In a row.", "example": 0})
    rate = fields.Float(
        required=True, allow_none=True, metadata={"description": "Most segments a second."}
    )
    price_toea = fields.Integer(required=True, metadata={"description": "Of one segment."})


class ChannelsSchema(AnswerSchema):
    """Every channel."""

    channels = fields.List(fields.Nested(ChannelSchema), required=True)


class ChannelView(NamedTuple):
    """A channel, as `ChannelSchema` tells it."""

    name: str
    state: str
    until: datetime | None
    since: datetime | None
    code: str | None
    failures: int
    rate: float | None
    price_toea: int


@blueprint.route("", guard=_ADMINISTRATORS, scope=Scope.READ)
@blueprint.response(HTTPStatus.OK, ChannelsSchema)
def list_channels() -> dict[str, object]:
    """List channels: whether messages go, and if not, until when and why."""
    here = context()
    with here.database.read() as session:
        return {"channels": channel_views(session, here.sms, here.clock())}


@blueprint.route(
    "/<name>/try", methods=["POST"], guard=_ADMINISTRATORS, scope=Scope.SEND, parameters=[_NAME]
)
@idempotent(exclusive=False)
@blueprint.response(HTTPStatus.OK, ChannelSchema)
@refuses(HTTPStatus.NOT_FOUND)
def try_channel(work: Work, name: str) -> ChannelView:
    """Let the next message try a closed channel now; 409 where it is not closed."""
    try_now(work.session, name, work.now)
    work.session.flush()
    for one in channel_views(work.session, context().sms, work.now):
        if one.name == name:
            return one
    raise NotFound("There is no such channel")


def channel_views(session: Session, sms: SmsSettings, now: datetime) -> list[ChannelView]:
    """Return the channels of the routing table, and those that had a failure, by name."""
    known = dict.fromkeys(sms.channels, Circuit()) | read_circuits(session)
    return [
        ChannelView(
            *(name, circuit.state(now).value, circuit.reopens_at(), circuit.opened_at),
            *(circuit.code, circuit.failures, sms.rates.get(name), sms.price_of(name)),
        )
        for name, circuit in sorted(known.items())
    ]
