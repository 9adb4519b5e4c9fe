"""Offices, phones, helpers and tokens: what the database says, against the events that say it.

The newest event of a party, or of a token, holds all that it is. A row without any event must be
what the first text from a number makes: a keeper with one phone, in no office.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.findings import AuditReport, Difference
from services.ledger.party_log import (
    PARTY,
    TOKEN,
    PartyState,
    not_plain,
    read_state,
    states_of,
    token_details,
    token_name,
)
from services.storage.models import Journal, LedgerLeaf, Party, Token

_AT_ONCE = 500
_ROWS = 2_000
NEWEST = "its newest event tells it otherwise"


class NewestEvent(NamedTuple):
    """Details of the newest event of a subject, and the index of its record."""

    details: Mapping[str, Any]
    place: int | None


def compare_parties(session: Session, report: AuditReport) -> None:
    """Compare roles, provinces, phones, helpers and tokens with the journal."""
    _compare_people(session, newest_events(session, PARTY), report)
    _compare_tokens(session, newest_events(session, TOKEN), report)


def newest_events(session: Session, kind: str) -> dict[str, NewestEvent]:
    """Return the newest event of each subject, by its name in records."""
    rows = session.execute(
        select(Journal.content, LedgerLeaf.index)
        .outerjoin(LedgerLeaf, LedgerLeaf.journal_id == Journal.id)
        .where(Journal.type == kind, Journal.content.is_not(None))
        .order_by(Journal.id),
        execution_options={"yield_per": _ROWS},
    )
    return dict(_read(rows))


def _read(rows: Any) -> Iterator[tuple[str, NewestEvent]]:  # noqa: ANN401 — rows of the journal
    for content, place in rows:
        try:
            record = json.loads(content)
            yield record["subjects"][0]["id"], NewestEvent(record["details"], place)
        except (LookupError, TypeError, ValueError, RecursionError):
            # None that this program writes: found elsewhere.
            continue


def _compare_people(session: Session, told: Mapping[str, NewestEvent], report: AuditReport) -> None:
    found = {str(one.public_id): one for one in _parties(session, told)}
    for name in sorted(told.keys() - found.keys()):
        report.add(
            Difference.MISSING_IN_DATABASE, told[name].place, f"party {name} has events and no row"
        )
    names = sorted(found)
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        states = states_of(session, [found[name] for name in some])
        for name in some:
            _compare_party(name, states[found[name].id], told.get(name), report)


def _parties(session: Session, told: Mapping[str, NewestEvent]) -> Iterator[Party]:
    """Yield the parties that an event names, and those that need one."""
    yield from not_plain(session)
    ids = [key for name in told if (key := _uuid(name)) is not None]
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        yield from session.scalars(select(Party).where(Party.public_id.in_(some)))


def _compare_party(
    name: str, here: PartyState, told: NewestEvent | None, report: AuditReport
) -> None:
    if told is None:
        if not here.plain:
            report.add(
                Difference.MISSING_ON_CHAIN, None, f"party {name}: no event tells its {_of(here)}"
            )
        return
    try:
        state = read_state(told.details)
    except (LookupError, TypeError):
        report.add(Difference.ALTERED, told.place, f"party {name}: its newest event tells nothing")
        return
    for what in PartyState._fields:
        if getattr(here, what) != getattr(state, what):
            report.add(Difference.ALTERED, told.place, f"{what} of party {name}: {NEWEST}")


def _of(state: PartyState) -> str:
    return f"role {state.role}, {len(state.phones)} phones, {len(state.helpers)} helpers"


def _compare_tokens(session: Session, told: Mapping[str, NewestEvent], report: AuditReport) -> None:
    rows = session.execute(
        select(Token, Party.public_id).outerjoin(Party, Party.id == Token.party_id)
    )
    here = {token_name(token)[0]: (token.id, token_details(token, owner)) for token, owner in rows}
    for name in sorted(told.keys() | here.keys()):
        if name not in here:
            report.add(Difference.MISSING_IN_DATABASE, told[name].place, "a token has no row")
            continue
        key, details = here[name]
        if name not in told:
            report.add(Difference.MISSING_ON_CHAIN, None, f"token {key}: no event tells it")
        elif {**told[name].details, "change": ""} != {**details, "change": ""}:
            report.add(Difference.ALTERED, told[name].place, f"token {key}: {NEWEST}")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
