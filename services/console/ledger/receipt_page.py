"""Page of one receipt: what it is, whether it is on the ledger, and its proof."""

from http import HTTPStatus
from typing import NamedTuple

from flask import Response

from chain.canonical import RECEIPT_BYTES, receipt_code
from chain.proof import dump
from services.api.context import context
from services.audit.proofs import prove_receipt
from services.console.blueprint import ConsoleBlueprint
from services.console.ledger.common import AUDITORS, file_to_keep
from services.console.ledger.record_sentences import TellingRecord, tell_records
from services.console.lists import asked_text
from services.console.pages import show
from services.core.errors import Invalid
from services.core.roles import Scope
from services.ledger.receipts import (
    ReceiptRow,
    event_of_receipt,
    look_up_receipt,
    read_digest,
)
from services.livestock.api.common import viewer

_LONGEST = 80

blueprint = ConsoleBlueprint("ledger_receipts", "Receipts.")


class CheckedReceipt(NamedTuple):
    """A receipt: its code, its state, and the event in words, if its content is here."""

    code: str
    row: ReceiptRow
    event: TellingRecord | None


@blueprint.route("/ledger/receipt", guard=AUDITORS, scope=Scope.READ)
def receipt() -> Response:
    """Type a receipt or a digest, and see what became of its record."""
    typed = asked_text("code", _LONGEST)
    if not typed:
        return show("ledger/receipt.html", code="")
    try:
        checked = _checked(read_digest(typed))
    except Invalid:
        status, wrong = HTTPStatus.UNPROCESSABLE_ENTITY, {"code": "ledger_receipt_wrong"}
        return show("ledger/receipt.html", status, code=typed, wrong=wrong)
    return show("ledger/receipt.html", code=typed, checked=checked)


@blueprint.route("/ledger/receipt/proof", guard=AUDITORS, scope=Scope.READ)
def receipt_proof() -> Response:
    """Save the proof file of a receipt's record."""
    digest = read_digest(asked_text("code", _LONGEST))
    with context().database.read() as session:
        made = prove_receipt(session, digest)
    return file_to_keep(dump(made), f"proof-{receipt_code(digest[:RECEIPT_BYTES])}.json")


def _checked(digest: bytes) -> CheckedReceipt:
    with context().database.read() as session:
        row, event = look_up_receipt(session, digest), event_of_receipt(session, digest)
        told = tell_records(session, viewer(), [event]) if event else [None]
    return CheckedReceipt(receipt_code(digest[:RECEIPT_BYTES]), row, told[0])
