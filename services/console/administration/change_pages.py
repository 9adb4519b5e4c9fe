"""Page of changes: who changed what of people, roles, tokens and programmes, from the journal."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.guards import note_read
from services.audit.records import RecordFilter, read_records
from services.console.administration.common import ADMINISTRATORS
from services.console.blueprint import ConsoleBlueprint
from services.console.ledger.record_sentences import TellingRecord, tell_records
from services.console.lists import asked_page, asked_text, further
from services.console.pages import show
from services.core.roles import Scope
from services.health.versions.programme_log import PROGRAMME
from services.health.versions.trials import TRIAL
from services.ledger.journal import read_content
from services.ledger.party_log import PARTY, TOKEN
from services.livestock.api.common import viewer
from services.storage.models import Journal, Party
from services.storage.read_log import ReadSubject

_PAGE = 40
_KINDS: Mapping[str, tuple[str, ...]] = {
    "people": (PARTY,),
    "tokens": (TOKEN,),
    "programmes": (PROGRAMME, TRIAL),
}

blueprint = ConsoleBlueprint("admin_changes", "Log of changes.")


class ToldChange(NamedTuple):
    """A change in words: by whom it was made, and of whom, by name where there is one.

    `by` and `of` are names; None: a command on the server, or nobody's that has a name.
    """

    record: TellingRecord
    by: str | None
    of: str | None


@blueprint.route("/administration/changes", guard=ADMINISTRATORS, scope=Scope.PEOPLE)
def changes() -> Response:
    """See who changed what; of tokens, sign-ins and sign-outs are left out."""
    chosen = {"kind": asked_text("kind")}
    types = _KINDS.get(chosen["kind"]) or tuple(one for two in _KINDS.values() for one in two)
    # Names are shown, so each reading is noted.
    with context().database.write(exclusive=False) as session:
        page = read_records(session, RecordFilter(types), asked_page(_PAGE))
        rows = [row for row in page.rows if not _of_session(row)]
        told = _told(session, rows)
    more = further(page.cursor, chosen)
    return show(
        "administration/changes.html", rows=told, chosen=chosen, kinds=list(_KINDS), more=more
    )


def _of_session(row: Journal) -> bool:
    return row.type == TOKEN and _details(row).get("session") is True


def _told(session: Session, rows: Sequence[Journal]) -> list[ToldChange]:
    pairs = [(_by(row), _of(row)) for row in rows]
    names = _names(session, {one for pair in pairs for one in pair if one})
    told = tell_records(session, viewer(), rows)
    return [
        ToldChange(record, names.get(by or ""), names.get(of or ""))
        for record, (by, of) in zip(told, pairs, strict=True)
    ]


def _record(row: Journal) -> dict[str, Any]:
    return read_content(row.content)


def _details(row: Journal) -> dict[str, Any]:
    found: dict[str, Any] = _record(row).get("details", {})
    return found


def _by(row: Journal) -> str | None:
    return _record(row).get("reporter")


def _of(row: Journal) -> str | None:
    if row.type != PARTY:
        return _details(row).get("party")
    subjects = _record(row).get("subjects")
    return subjects[0].get("id") if subjects else None


def _names(session: Session, ids: set[str]) -> Mapping[str, str]:
    wanted = select(Party).where(Party.public_id.in_([UUID(one) for one in ids]))
    rows = session.scalars(wanted).all()
    note_read(session, *(ReadSubject(row.id) for row in rows))
    return {str(row.public_id): row.name for row in rows if row.name}
