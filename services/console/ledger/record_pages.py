"""Pages of records in words: the journal, the newest first, each with its proof."""

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from chain.proof import dump
from services.api.context import context
from services.api.paging import Page
from services.audit.proofs import events_not_disclosed, prove_events, subject_named
from services.audit.records import RecordFilter, find_record, read_records
from services.audit.routes import headers_of
from services.console.blueprint import ConsoleBlueprint, go_to
from services.console.browser_session import PREFIX
from services.console.ledger.common import AUDITORS, file_to_keep
from services.console.ledger.record_sentences import KINDS, kind_in_words, tell_records
from services.console.lists import asked_day, asked_page, asked_text, further
from services.console.pages import show
from services.core.errors import Conflict, Invalid, NotFound
from services.core.roles import Scope
from services.livestock.api.common import viewer

_LONGEST = 200

blueprint = ConsoleBlueprint("ledger_records", "Records in words.")


@blueprint.route("/ledger/records", guard=AUDITORS, scope=Scope.READ)
def records() -> Response:
    """Read the journal in words, by day, by animal, place or programme, and by kind."""
    chosen = {name: asked_text(name) for name in ("day", "about", "kind")}
    values = {"chosen": chosen, "kinds": KINDS, "kind_name": kind_in_words}
    try:
        with context().database.read() as session:
            page = _page(session, chosen)
            told = tell_records(session, viewer(), page.rows)
    except (NotFound, Conflict, Invalid) as error:
        # A number that is not known, or two of one; or what is no day.
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        wrong = dict.fromkeys(_wrong(chosen, error), "ledger_records_wrong")
        return show("ledger/records.html", status, wrong=wrong, detail=error.detail, **values)
    proof = urlencode({**chosen, "cursor": asked_text("cursor", _LONGEST)})
    more = further(page.cursor, chosen)
    return show("ledger/records.html", records=told, more=more, proof=proof, **values)


@blueprint.route("/ledger/records/proof", guard=AUDITORS, scope=Scope.READ)
def page_proof() -> Response:
    """Save one proof file of every record on a page of the list."""
    chosen = {name: asked_text(name) for name in ("day", "about", "kind")}
    try:
        with context().database.read() as session:
            rows = {row.id: row.event_id for row in _page(session, chosen).rows}
            newest = next(iter(rows.values()), None)
            return _saved(session, rows, f"proof-{newest}-and-{len(rows) - 1}-more.json")
    except (NotFound, Conflict):
        # There are none, or they wait for the ledger: the list says which.
        return go_to(f"{PREFIX}/ledger/records?{urlencode(chosen)}")


@blueprint.route("/ledger/records/<uuid:event_id>/proof", guard=AUDITORS, scope=Scope.READ)
def record_proof(event_id: UUID) -> Response:
    """Save the proof file of one event's records."""
    with context().database.read() as session:
        key = find_record(session, event_id).id
        return _saved(session, [key], f"proof-{event_id}.json")


def _saved(session: Session, events: Collection[int], name: str) -> Response:
    saved = file_to_keep(dump(prove_events(session, events)), name)
    saved.headers.update(headers_of(events_not_disclosed(session, events)))
    return saved


def _page(session: Session, chosen: dict[str, str]) -> Page:
    about, kind = chosen["about"], chosen["kind"]
    wanted = RecordFilter(
        [kind] if kind in KINDS else None,
        asked_day("day"),
        subject_named(session, about) if about else None,
    )
    return read_records(session, wanted, asked_page())


def _wrong(chosen: dict[str, str], error: NotFound | Conflict | Invalid) -> list[str]:
    fields = getattr(error, "fields", {})
    return ["day"] if "day" in fields else ["about"] if chosen["about"] else ["kind"]
