"""Shapes of the ledger in the API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from chain.canonical import SAFE_INTEGER
from services.api.schemas import AnswerSchema

_HASH = {"pattern": "^[0-9a-f]{64}$"}


class IdentitySchema(AnswerSchema):
    """Three values that never change over a ledger's life."""

    chain_id = fields.Integer(required=True, metadata={"description": "EIP-155."})
    genesis = fields.String(
        required=True,
        metadata={"pattern": "^0x[0-9a-f]{64}$", "description": "Hash of block 0."},
    )
    contract = fields.String(required=True, metadata={"description": "EIP-55 check-summed."})


class CheckpointSchema(AnswerSchema):
    """A root that the contract holds, over its first `size` records (RFC 9162)."""

    size = fields.Integer(required=True)
    root = fields.String(required=True, metadata=_HASH)


class LedgerSchema(AnswerSchema):
    """The ledger that this database belongs to, and how far recording is."""

    ledger = fields.Nested(
        IdentitySchema, allow_none=True, metadata={"description": "Null before the first record."}
    )
    checkpoint = fields.Nested(
        CheckpointSchema, allow_none=True, metadata={"description": "The newest."}
    )
    waiting = fields.Integer(
        required=True, metadata={"description": "Records without an index yet."}
    )


class ProvenSchema(AnswerSchema):
    """One record with what proves it."""

    index = fields.Integer(required=True)
    subject = fields.String(required=True, metadata=_HASH)
    salt = fields.String(required=True, metadata=_HASH)
    position = fields.Integer(required=True)
    content = fields.String(required=True, metadata={"description": "RFC 8785 JSON, exactly."})
    path = fields.List(fields.String(metadata=_HASH), required=True)


class ProofSchema(AnswerSchema):
    """A proof file: `bilum verify` and `python -m chain verify` check it offline."""

    format = fields.String(required=True, validate=validate.Equal("bilum-proof"))
    version = fields.Integer(required=True, validate=validate.Equal(1))
    ledger = fields.Nested(IdentitySchema, required=True)
    checkpoint = fields.Nested(CheckpointSchema, required=True)
    records = fields.List(fields.Nested(ProvenSchema), required=True)


class ConsistencyQuery(Schema):
    """Two sizes at which a batch ended."""

    old = fields.Integer(required=True, validate=validate.Range(1, SAFE_INTEGER))
    new = fields.Integer(
        load_default=None,
        validate=validate.Range(1, SAFE_INTEGER),
        metadata={"description": "By default the newest."},
    )


class ConsistencySchema(AnswerSchema):
    """A consistency file: the same commands check it."""

    format = fields.String(required=True, validate=validate.Equal("bilum-consistency"))
    version = fields.Integer(required=True, validate=validate.Equal(1))
    ledger = fields.Nested(IdentitySchema, required=True)
    older = fields.Nested(CheckpointSchema, required=True)
    newer = fields.Nested(CheckpointSchema, required=True)
    path = fields.List(fields.String(metadata=_HASH), required=True)


_IDENTITY = {
    "chain_id": 31337,
    "genesis": "0x" + "5a" * 32,
    "contract": "0x5FbDB2315678afecb367f032d93F642f64180aa3",
}
_CHECKPOINT = {"size": 1, "root": "1f" * 32}

LEDGER_EXAMPLE = {"ledger": _IDENTITY, "checkpoint": _CHECKPOINT, "waiting": 0}
PROOF_EXAMPLE = {
    "format": "bilum-proof",
    "version": 1,
    "ledger": _IDENTITY,
    "checkpoint": _CHECKPOINT,
    "records": [
        {
            "index": 0,
            "subject": "6b" * 32,
            "salt": "c3" * 32,
            "position": 0,
            "content": '{"type":"register"}',
            "path": [],
        }
    ],
}
CONSISTENCY_EXAMPLE = {
    "format": "bilum-consistency",
    "version": 1,
    "ledger": _IDENTITY,
    "older": _CHECKPOINT,
    "newer": {"size": 2, "root": "a7" * 32},
    "path": ["e9" * 32],
}
