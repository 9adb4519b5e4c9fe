"""Pages of histories: who approved what, what was erased, and who read whose record."""

from uuid import UUID

from flask import Response

from services.api.context import context
from services.api.paging import PageRequest, read_newest
from services.audit.api.accesses import access_views, accesses_wanted
from services.audit.records import RecordFilter, read_records
from services.console.blueprint import ConsoleBlueprint
from services.console.ledger.common import AUDITORS
from services.console.ledger.record_sentences import tell_records
from services.console.lists import asked_page, asked_text, further
from services.console.pages import show
from services.core.errors import NotFound
from services.core.roles import Scope
from services.health.versions.programme_log import PROGRAMME
from services.health.versions.trials import TRIAL
from services.ledger.content_erasure import ERASURE
from services.livestock.api.common import viewer
from services.livestock.domain.model import EventType
from services.storage.models import Access

_DECISIONS = (
    *(PROGRAMME, TRIAL),
    *(EventType.PERMIT.value, EventType.ORDER.value, EventType.NOTICE.value),
    *(EventType.CENSUS.value, EventType.AGREE.value, EventType.OBJECT.value),
)

blueprint = ConsoleBlueprint("ledger_histories", "Approvals, erasures, accesses.")


@blueprint.route("/ledger/approvals", guard=AUDITORS, scope=Scope.READ)
def approvals() -> Response:
    """See who approved or decided what: programmes, permits, orders, notices, censuses."""
    return _told("approvals", _DECISIONS)


@blueprint.route("/ledger/erasures", guard=AUDITORS, scope=Scope.READ)
def erasures() -> Response:
    """See what was erased, and why."""
    return _told("erasures", (ERASURE,))


@blueprint.route("/ledger/accesses", guard=AUDITORS, scope=Scope.READ)
def accesses() -> Response:
    """See who read whose record, by ids alone."""
    chosen = {name: asked_text(name) for name in ("reader", "subject")}
    wrong: dict[str, str] = {}
    query: PageRequest = {name: _id(name, text, wrong) for name, text in chosen.items()}
    rows, cursor = [], None
    with context().database.read() as session:
        if not wrong:
            try:
                wanted = accesses_wanted(session, query)
                page = read_newest(session, wanted, Access.id, asked_page())
                rows, cursor = access_views(session, page.rows), page.cursor
            except NotFound:
                wrong = {name: "ledger_id_unknown" for name, text in chosen.items() if text}
    more = further(cursor, chosen)
    return show("ledger/accesses.html", rows=rows, chosen=chosen, wrong=wrong, more=more)


def _told(code: str, types: tuple[str, ...]) -> Response:
    with context().database.read() as session:
        page = read_records(session, RecordFilter(types), asked_page())
        told = tell_records(session, viewer(), page.rows)
    return show("ledger/history.html", code=code, records=told, more=further(page.cursor, {}))


def _id(name: str, text: str, wrong: dict[str, str]) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        wrong[name] = "ledger_id_wrong"
        return None
