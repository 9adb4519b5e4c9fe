"""The ledger and proofs in the API."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypedDict

from flask import Response

from chain.canonical import public_subject
from chain.consistency import dump as dump_consistency
from chain.document import checkpoint_document, ledger_document
from chain.proof import dump
from services.api.blueprint import Blueprint, refuses
from services.api.context import context
from services.api.guards import Roles
from services.audit.consistency import prove_consistency
from services.audit.proofs import checkpoint, prove
from services.audit.schemas import (
    CONSISTENCY_EXAMPLE,
    LEDGER_EXAMPLE,
    PROOF_EXAMPLE,
    ConsistencyQuery,
    ConsistencySchema,
    LedgerSchema,
    ProofSchema,
)
from services.core.roles import HEALTH, Role
from services.health.versions.approvals import programme_subject
from services.health.versions.store import find_version
from services.ledger.receipts import recorded_size
from services.ledger.recorder_store import ledger_identity
from services.livestock.api.common import SEE_PREMISES, TAG
from services.livestock.recording.lookup import known_animal

blueprint = Blueprint("ledger", "What anyone can check.", "/api/v1")


@blueprint.route("/animals/<path:tag>/proof", guard=SEE_PREMISES, parameters=[TAG])
@blueprint.response(HTTPStatus.OK, ProofSchema, example=PROOF_EXAMPLE)
@refuses(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
def proof(tag: str) -> Response:
    """Make the proof file of every record of an animal; 409 while none is on the ledger."""
    with context().database.read() as session:
        made = prove(session, public_subject(*known_animal(session, tag).key))
    return Response(dump(made), content_type="application/json")


@blueprint.route("/programmes/<code>/proof", guard=Roles(*HEALTH, Role.AUDITOR))
@blueprint.response(HTTPStatus.OK, ProofSchema, example=PROOF_EXAMPLE)
@refuses(HTTPStatus.CONFLICT)
def programme_proof(code: str) -> Response:
    """Make the proof file of what was approved of a health programme; 409 while none is there."""
    with context().database.read() as session:
        made = prove(session, programme_subject(find_version(session, code).code))
    return Response(dump(made), content_type="application/json")


@blueprint.route("/ledger", guard=Roles(*Role))
@blueprint.response(HTTPStatus.OK, LedgerSchema, example=LEDGER_EXAMPLE)
def ledger() -> dict[str, object]:
    """Read which ledger this is, and how far recording is."""
    here = context()
    with here.database.read() as session:
        identity = ledger_identity(session)
        newest = checkpoint(session) if recorded_size(session) else None
    return {
        "ledger": identity and ledger_document(identity),
        "checkpoint": newest and checkpoint_document(newest),
        "waiting": here.recorder.pending(),
    }


class SizesWanted(TypedDict):
    """Loaded `ConsistencyQuery`."""

    old: int
    new: int | None


@blueprint.route("/ledger/consistency", guard=Roles(*Role))
@blueprint.arguments(ConsistencyQuery, location="query")
@blueprint.response(HTTPStatus.OK, ConsistencySchema, example=CONSISTENCY_EXAMPLE)
@refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
def consistency(asked: SizesWanted) -> Response:
    """Make the proof that the ledger only grew between two of its checkpoints."""
    with context().database.read() as session:
        made = prove_consistency(session, asked["old"], asked["new"])
    return Response(dump_consistency(made), content_type="application/json")
