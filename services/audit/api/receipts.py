"""Receipts in the API: what became of the record that one promises, and its proof."""

from http import HTTPStatus

from flask import Response
from marshmallow import fields

from chain.canonical import RECEIPT_BYTES, receipt_code
from chain.proof import dump
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.schemas import AnswerSchema, one_of
from services.audit.proofs import prove_receipt
from services.audit.routes import PROOF_EXAMPLE, ProofSchema
from services.core.roles import Role, Scope
from services.ledger.receipts import ReceiptState, look_up_receipt, read_digest

AUDITORS = Roles(Role.AUDITOR, Role.ADMINISTRATOR)
_RECEIPT = {
    "in": "path",
    "name": "receipt",
    "schema": {"type": "string", "minLength": 16, "maxLength": 80},
    "description": "As it was sent, in any case, with or without its dashes; or the whole digest "
    "in 64 hexadecimal digits.",
    "example": "7KQ2-M9XA-P4TD-WZ3C",
}

blueprint = Blueprint("receipts", "What became of what somebody reported.", "/api/v1/receipts")


class ReceiptSchema(AnswerSchema):
    """The record that a receipt promises."""

    receipt = fields.String(required=True, metadata={"example": "7KQ2-M9XA-P4TD-WZ3C"})
    state = fields.String(
        required=True,
        validate=one_of(ReceiptState),
        metadata={
            "example": "on chain",
            "description": "`omitted`: nobody here recorded it. Ask the chain itself: "
            "`bilum audit --receipt`.",
        },
    )
    index = fields.Integer(
        required=True, allow_none=True, metadata={"description": "On the ledger.", "example": 17}
    )
    size = fields.Integer(
        required=True, metadata={"description": "Records on the ledger.", "example": 40}
    )


@blueprint.route("/<receipt>", guard=Roles(*Role), scope=Scope.READ, parameters=[_RECEIPT])
@blueprint.response(HTTPStatus.OK, ReceiptSchema)
@refuses(HTTPStatus.UNPROCESSABLE_ENTITY)
def get_receipt(receipt: str) -> dict[str, object]:
    """Look up whether the record of a receipt is on the ledger, as the database knows it."""
    prefix = read_digest(receipt)
    with context().database.read() as session:
        row = look_up_receipt(session, prefix)
    return {
        "receipt": receipt_code(prefix[:RECEIPT_BYTES]),
        "state": row.state.value,
        "index": row.place,
        "size": row.size,
    }


@blueprint.route("/<receipt>/proof", guard=AUDITORS, scope=Scope.READ, parameters=[_RECEIPT])
@blueprint.response(HTTPStatus.OK, ProofSchema, example=PROOF_EXAMPLE)
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def get_receipt_proof(receipt: str) -> Response:
    """Make the proof file of the one record of a receipt; 409 while it waits for the ledger."""
    with context().database.read() as session:
        made = prove_receipt(session, read_digest(receipt))
    return Response(dump(made), content_type="application/json")
