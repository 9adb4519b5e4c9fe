"""Page of consistency: a checkpoint that an auditor kept, against the ledger of today."""

from http import HTTPStatus

from flask import Response, request

from chain.consistency import dump
from services.api.context import context
from services.audit.checkpoints import judge, read_kept
from services.audit.proofs import prove_consistency
from services.console.blueprint import ConsoleBlueprint
from services.console.kept_forms import uploaded
from services.console.ledger.common import AUDITORS, file_to_keep
from services.console.numbers import asked_number
from services.console.pages import show
from services.core.errors import Invalid
from services.core.roles import Scope

_LONGEST = 1024 * 1024
_MOST_RECORDS = 10**15 - 1
_SHOWN, _REDRAWN = 200, 4_000

blueprint = ConsoleBlueprint("ledger_consistency", "Consistency.")


@blueprint.route("/ledger/consistency", guard=AUDITORS, scope=Scope.READ)
def asked() -> Response:
    """Be asked for a checkpoint that one kept."""
    return show("ledger/consistency.html", kept="")


@blueprint.route(
    "/ledger/consistency", methods=["POST"], guard=AUDITORS, scope=Scope.READ, body=_LONGEST
)
def judged() -> Response:
    """See whether the ledger goes on from a kept checkpoint; nothing is changed."""
    typed, of_file = request.form.get("kept", "").strip(), _of_file()
    try:
        held = read_kept(typed or of_file)
    except Invalid:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return show(
            "ledger/consistency.html",
            status,
            kept=(typed or of_file)[:_REDRAWN],
            wrong={"kept": "ledger_kept_wrong"},
        )
    with context().database.read() as session:
        found = judge(session, held)
    return show("ledger/consistency.html", kept=typed[:_SHOWN], judged=found)


@blueprint.route("/ledger/consistency/file", guard=AUDITORS, scope=Scope.READ)
def consistency_file() -> Response:
    """Save the proof that the ledger only grew since a checkpoint of so many records."""
    old = asked_number("old", _MOST_RECORDS)
    if not old:
        raise Invalid("Give a number of records", {"old": "A whole number, 1 or more"})
    with context().database.read() as session:
        made = prove_consistency(session, old)
    return file_to_keep(dump(made), f"consistency-{made.older.size}-{made.newer.size}.json")


def _of_file() -> str:
    given = uploaded("file")
    return given.content.decode("utf-8", "replace") if given else ""
