"""Page of the ledger: which it is, how far it is, and its checkpoints."""

from flask import Response

from services.api.context import Context, context
from services.api.paging import read_newest
from services.audit.checkpoints import checkpoints_wanted
from services.audit.routes import checkpoint_view
from services.console.blueprint import ConsoleBlueprint, MenuEntry
from services.console.ledger.common import AUDITORS, WATCHERS
from services.console.lists import asked_page, further
from services.console.pages import show
from services.core.roles import Scope
from services.ledger.recorder_store import ledger_identity
from services.storage.models import LedgerBatch

_NEWEST = 5

blueprint = ConsoleBlueprint("ledger", "The ledger.", MenuEntry("ledger", "/ledger", WATCHERS))


@blueprint.route("/ledger", guard=AUDITORS, scope=Scope.READ)
def ledger() -> Response:
    """See which ledger this is, its newest checkpoint, and whether the chain answers."""
    here = context()
    with here.database.read() as session:
        identity = ledger_identity(session)
        page = read_newest(
            session, checkpoints_wanted(), LedgerBatch.id, {"limit": _NEWEST, "cursor": None}
        )
        newest = [checkpoint_view(row) for row in page.rows]
    return show(
        "ledger/overview.html",
        identity=identity,
        genesis=f"0x{identity.genesis.hex()}" if identity else "",
        checkpoints=newest,
        more=page.cursor is not None,
        waiting=here.recorder.pending(),
        health=here.ledger.health(),
        own=is_own_chain(here),
    )


@blueprint.route("/ledger/checkpoints", guard=AUDITORS, scope=Scope.READ)
def checkpoints() -> Response:
    """See every checkpoint of the ledger, the newest first."""
    with context().database.read() as session:
        page = read_newest(session, checkpoints_wanted(), LedgerBatch.id, asked_page())
        rows = [checkpoint_view(row) for row in page.rows]
    return show("ledger/checkpoints.html", checkpoints=rows, more=further(page.cursor, {}))


def is_own_chain(here: Context) -> bool:
    """Tell whether the chain is a file beside the database, which one person could replace."""
    return here.settings.chain.url is None
