"""Sales and gifts in the API: a pig changes hands once its owner and the receiver agree."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from services.api.blueprint import Blueprint
from services.api.context import context
from services.api.guards import own_party
from services.api.idempotency import CHANNEL, Work, idempotent
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_page
from services.api.schemas import LONGEST, WholeSchema, one_of
from services.core.errors import Conflict, Forbidden, NotFound
from services.core.roles import Scope
from services.livestock.api.common import REPORTERS, number_field
from services.livestock.confirmations import answers
from services.livestock.control.affected import phones_of
from services.livestock.domain.model import Key
from services.livestock.recording.identity import home_of
from services.livestock.recording.lookup import known_animal, known_premises
from services.livestock.sms_commands.answers import KINDS
from services.livestock.sms_commands.program_sales import ASKING, offer, sale_of
from services.livestock.sms_commands.sales import GIVEN, OFFER, SOLD, Sale, keeper_at
from services.messaging.command_router import CommandContext
from services.messaging.confirmations import ConfirmationState
from services.storage.models import Party, PendingConfirmation
from services.storage.parties import find_party
from services.texts.catalogue import language_of

blueprint = Blueprint("transfers", "Sales and gifts of animals.", "/api/v1/transfers")

_MOST_ANIMALS = 20
_AGREE, _REFUSE = "agree", "refuse"
EXAMPLE = {"animals": ["598000000000017"], "to": "20468", "terms": "sold", "day": "2026-11-25"}


class NewTransferSchema(Schema):
    """Animals that shall belong to somebody else: the keeper of premises, or a party."""

    animals = fields.List(
        fields.String(validate=validate.Length(1, LONGEST)),
        required=True,
        validate=validate.Length(1, _MOST_ANIMALS),
    )
    to = number_field("Premises of the receiver.", example="20468")
    receiver = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The receiver, as a party."}
    )
    terms = fields.String(required=True, validate=validate.OneOf([SOLD, GIVEN]))
    day = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={"description": "Local day on which they leave; today, where none is given."},
    )

    @validates_schema
    def check(self, told: dict[str, Any], **_: object) -> None:
        """Refuse a transfer to nobody, or to two."""
        if (told["to"] is None) == (told["receiver"] is None):
            raise ValidationError("Name either the premises or the party.", "receiver")


class AnswerSchema(Schema):
    """An answer of whom a transfer waits for."""

    answer = fields.String(required=True, validate=validate.OneOf([_AGREE, _REFUSE]))


class TransferSchema(WholeSchema):
    """A transfer that waits for its owner, or for the receiver, or that ended."""

    id = fields.UUID()
    waits_for = fields.String(
        validate=validate.OneOf(["owner", "receiver"]),
        metadata={"description": "Who must agree: another owner first, then the receiver."},
    )
    state = fields.String(validate=one_of(ConfirmationState), metadata={"example": "open"})
    animals = fields.List(fields.String(), metadata={"example": ["598000000000017"]})
    at = fields.String(metadata={"example": "1068"})
    to = fields.String(metadata={"example": "20468"})
    terms = fields.String(metadata={"example": "sold"})
    on = fields.Date()
    claimant = fields.UUID(metadata={"description": "Who asked for it."})
    answerer = fields.UUID(metadata={"description": "Whose answer counts."})
    expires_at = fields.DateTime()


TransferPageSchema = page_schema(TransferSchema, "Transfer")


@blueprint.route(
    "", methods=["POST"], guard=REPORTERS, scope=Scope.REPORT, operation="ask_transfer"
)
@idempotent(exclusive=True)
@blueprint.arguments(NewTransferSchema, example=EXAMPLE)
@blueprint.response(HTTPStatus.ACCEPTED, TransferSchema)
def transfer(work: Work, body: dict[str, Any]) -> Any:  # noqa: ANN401 — body and headers
    """Sell or give animals: the receiver is asked by SMS, and another owner before them."""
    here = _context(work)
    animals = tuple(known_animal(work.session, one).key for one in body["animals"])
    receiver = _receiver(work.session, body)
    told = sale_of(here, tuple(dict.fromkeys(animals)), receiver, body["terms"], body["day"])
    made = offer(here, told)
    return _views(work.session, [made])[0], {"Location": f"{blueprint.url_prefix}/{made.public_id}"}


@blueprint.route("", guard=REPORTERS, scope=Scope.READ, operation="list_transfers")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, TransferPageSchema, headers=LINK)
def transfers(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List the transfers that you asked for, or that wait or waited for you."""
    with context().database.read() as session:
        wanted = select(PendingConfirmation).where(_of(own_party()))
        page = read_page(session, wanted, [PendingConfirmation.id], query)
        return page.answer(_views(session, page.rows))


@blueprint.route("/<uuid:transfer_id>", guard=REPORTERS, scope=Scope.READ, operation="get_transfer")
@blueprint.response(HTTPStatus.OK, TransferSchema)
def one_transfer(transfer_id: UUID) -> dict[str, Any]:
    """Read a transfer."""
    with context().database.read() as session:
        return _views(session, [_known(session, transfer_id)])[0]


@blueprint.route(
    "/<uuid:transfer_id>/answer",
    methods=["POST"],
    guard=REPORTERS,
    scope=Scope.REPORT,
    operation="answer_transfer",
)
@idempotent(exclusive=True)
@blueprint.arguments(AnswerSchema, example={"answer": "agree"})
@blueprint.response(HTTPStatus.OK, TransferSchema)
def answer(work: Work, body: dict[str, str], transfer_id: UUID) -> dict[str, Any]:
    """Agree to a transfer that waits for you, or refuse it: as by SMS, once."""
    here, waiting = _context(work), _known(work.session, transfer_id)
    if waiting.answerer_id != here.party.id:
        raise Forbidden("Somebody else must agree to this transfer")
    agrees = body["answer"] == _AGREE
    if waiting.state != ConfirmationState.OPEN or waiting.expires_at <= work.now:
        raise Conflict("This transfer was answered, or its time is over")
    if agrees:
        answers.answer_one(here, KINDS, transfer_id, 1)
    else:
        answers.close(here, KINDS, waiting)
    return _views(work.session, [waiting])[0]


def _of(party: int) -> ColumnElement[bool]:
    mine = or_(PendingConfirmation.claimant_id == party, PendingConfirmation.answerer_id == party)
    return and_(PendingConfirmation.kind.in_(ASKING), mine)


def _known(session: Session, transfer_id: UUID) -> PendingConfirmation:
    """Return a transfer of the caller; one of others is not there for them."""
    found = select(PendingConfirmation).where(
        PendingConfirmation.public_id == transfer_id, _of(own_party())
    )
    row = session.scalars(found).first()
    if row is None or not json.loads(row.command):
        raise NotFound("No transfer of yours has this id")
    return row


def _context(work: Work) -> CommandContext:
    """Return the caller as somebody who writes by a road that proves as much as a PIN."""
    party = work.session.get_one(Party, own_party())
    number, index = phones_of(work.session, [party.id]).get(party.id, ("", b""))
    return CommandContext(
        unit=work.unit,
        party=party,
        number=number,
        index=index,
        language=language_of(party.language),
        arguments={},
        channel=CHANNEL,
        key=work.key,
        now=work.now,
        by_pin=True,
    )


def _receiver(session: Session, body: dict[str, Any]) -> tuple[Party, Key]:
    if body["to"] is not None:
        at = known_premises(session, body["to"]).number
        return keeper_at(session, at), at
    party = find_party(session, body["receiver"])
    return party, home_of(session, party)[0]


def _views(session: Session, rows: Sequence[PendingConfirmation]) -> list[dict[str, Any]]:
    """Return transfers without the phone numbers that were typed.

    Of one whose other party was forgotten nothing is left to tell.
    """
    ids = {one for row in rows for one in (row.claimant_id, row.answerer_id)}
    wanted = select(Party.id, Party.public_id).where(Party.id.in_(ids))
    parties = {row.id: row.public_id for row in session.execute(wanted)}
    told = ((row, json.loads(row.command)) for row in rows)
    return [_view(row, Sale.read(command), parties) for row, command in told if command]


def _view(row: PendingConfirmation, sale: Sale, parties: Mapping[int, UUID]) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "waits_for": "receiver" if row.kind == OFFER else "owner",
        "state": row.state,
        "animals": [str(key) for key in sale.animals],
        "at": str(sale.at),
        "to": str(sale.to),
        "terms": sale.terms,
        "on": sale.on,
        "claimant": parties[row.claimant_id],
        "answerer": parties[row.answerer_id],
        "expires_at": row.expires_at,
    }
