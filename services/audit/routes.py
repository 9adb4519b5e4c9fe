"""The ledger and proofs in the API: shapes, examples, routes."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, TypedDict

from flask import Response
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from chain.canonical import SAFE_INTEGER, public_subject
from chain.consistency import dump as dump_consistency
from chain.document import checkpoint_document, ledger_document
from chain.ports import BatchState
from chain.proof import dump
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.api.paging import LINK, PageQuery, PageRequest, page_schema, read_newest
from services.api.schemas import AnswerSchema
from services.audit.checkpoints import checkpoints_wanted
from services.audit.proofs import not_disclosed, prove, prove_consistency
from services.core.roles import HEALTH, Role, Scope
from services.health.versions.programme_log import programme_subject
from services.health.versions.store import find_version
from services.ledger.receipts import newest_checkpoint
from services.ledger.recorder_store import ledger_identity
from services.livestock.api.common import READ, TAG
from services.livestock.recording.lookup import known_animal
from services.storage.models import LedgerBatch

NOT_DISCLOSED = {
    "Bilum-Not-Disclosed": {
        "description": "Indexes of records on the ledger that the file lacks, with commas between "
        "them: their content was lost, or is not what was recorded. Absent: there is none.",
        "schema": {"type": "string", "example": "14, 17"},
    }
}
"""Description of the header of a proof that is not whole."""

blueprint = Blueprint("ledger", "What anyone can check.", "/api/v1")

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
    root = fields.String(required=True, metadata=_HASH | {"example": "1f" * 32})


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


class RecordedCheckpointSchema(CheckpointSchema):
    """A checkpoint with the block that holds it."""

    block = fields.Integer(
        attribute="block_number", required=True, allow_none=True, metadata={"example": 17}
    )
    final = fields.Boolean(
        required=True,
        metadata={"description": "Whether the chain can no longer drop the block."},
    )


CheckpointPageSchema = page_schema(RecordedCheckpointSchema, "Checkpoint")


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


@blueprint.route(
    "/animals/<path:tag>/proof",
    guard=READ,
    scope=Scope.READ,
    parameters=[TAG],
    operation="get_animal_proof",
)
@blueprint.response(HTTPStatus.OK, ProofSchema, example=PROOF_EXAMPLE, headers=NOT_DISCLOSED)
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def proof(tag: str) -> Response:
    """Make the proof file of every record of an animal; 409 while none is on the ledger."""
    with context().database.read() as session:
        return _proof_of(session, public_subject(*known_animal(session, tag).key))


@blueprint.route(
    "/programmes/<code>/proof",
    guard=Roles(*HEALTH, Role.AUDITOR),
    scope=Scope.READ,
    operation="get_programme_proof",
)
@blueprint.response(HTTPStatus.OK, ProofSchema, example=PROOF_EXAMPLE, headers=NOT_DISCLOSED)
@refuses(HTTPStatus.CONFLICT)
def programme_proof(code: str) -> Response:
    """Make the proof file of what was approved of a health programme; 409 while none is there."""
    with context().database.read() as session:
        return _proof_of(session, programme_subject(find_version(session, code).code))


def _proof_of(session: Session, subject: bytes) -> Response:
    made = dump(prove(session, subject))
    lacking = headers_of(not_disclosed(session, subject))
    return Response(made, headers=lacking, content_type="application/json")


def headers_of(hidden: Iterable[int]) -> dict[str, str]:
    """Return the headers of a proof file that lacks some records of the ledger."""
    listed = ", ".join(map(str, hidden))
    return dict.fromkeys(NOT_DISCLOSED, listed) if listed else {}


@blueprint.route("/ledger", guard=Roles(*Role), scope=Scope.READ, operation="get_ledger")
@blueprint.response(HTTPStatus.OK, LedgerSchema, example=LEDGER_EXAMPLE)
def ledger() -> dict[str, object]:
    """Read which ledger this is, and how far recording is."""
    here = context()
    with here.database.read() as session:
        identity = ledger_identity(session)
        newest = newest_checkpoint(session)
    return {
        "ledger": identity and ledger_document(identity),
        "checkpoint": newest and checkpoint_document(newest),
        "waiting": here.recorder.pending(),
    }


@blueprint.route("/ledger/checkpoints", guard=Roles(*Role), scope=Scope.READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(HTTPStatus.OK, CheckpointPageSchema, headers=LINK)
def list_checkpoints(query: PageRequest) -> Any:  # noqa: ANN401 — body and headers
    """List the checkpoints of the ledger, the newest first."""
    with context().database.read() as session:
        page = read_newest(session, checkpoints_wanted(), LedgerBatch.id, query)
        return page.answer([checkpoint_view(row) for row in page.rows])


def checkpoint_view(row: LedgerBatch) -> dict[str, object]:
    """Return a checkpoint as it is shown."""
    return {
        "size": row.size,
        "root": row.root.hex(),
        "block_number": row.block_number,
        "final": row.state == BatchState.FINAL,
    }


class SizesWanted(TypedDict):
    """Loaded `ConsistencyQuery`."""

    old: int
    new: int | None


@blueprint.route(
    "/ledger/consistency", guard=Roles(*Role), scope=Scope.READ, operation="prove_consistency"
)
@blueprint.arguments(ConsistencyQuery, location="query")
@blueprint.response(HTTPStatus.OK, ConsistencySchema, example=CONSISTENCY_EXAMPLE)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def consistency(asked: SizesWanted) -> Response:
    """Make the proof that the ledger only grew between two of its checkpoints."""
    with context().database.read() as session:
        made = prove_consistency(session, asked["old"], asked["new"])
    return Response(dump_consistency(made), content_type="application/json")
