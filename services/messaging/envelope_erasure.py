"""Erasure of envelopes: who sent them, what they said and what was answered; digests stay."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.envelope import API_CHANNEL
from services.storage.key_check import as_stored, open_each
from services.storage.models import Access, Arrival, ArrivalConflict
from services.storage.read_log import ReadSubject

_LOG = logging.getLogger(__name__)
_CHUNK = 500
_SECOND = timedelta(seconds=1)

Envelopes = type[Arrival] | type[ArrivalConflict]
ENVELOPE_KEYS: Mapping[Envelopes, InstrumentedAttribute[Any]] = {
    Arrival: Arrival.key_digest,
    ArrivalConflict: ArrivalConflict.id,
}
"""The column that tells an envelope of each table from others."""


def empty_envelopes(session: Session, table: Envelopes, keys: Sequence[object]) -> None:
    """Erase sender, payload and answer of envelopes, by the keys of their table."""
    more = {"answer": None} if table is Arrival else {}
    for start in range(0, len(keys), _CHUNK):
        rows = ENVELOPE_KEYS[table].in_(keys[start : start + _CHUNK])
        session.execute(update(table).where(rows).values(sender=None, payload=None, **more))


def erase_answers_about(session: Session, read: ReadSubject, indexes: Collection[bytes]) -> None:
    """Erase the kept answers of requests that changed something and showed a person.

    The log of readings tells which those were: by token, and to the second. The same request again
    has no effect, and is told that its answer is no longer kept.

    Args:
        read: the party, and the person as programmes know them.
        indexes: the blind indexes of the person's numbers.
    """
    shown = (
        select(Access.at, Access.token_id)
        .where(
            or_(*_about(read, indexes)), Access.token_id.is_not(None), Access.what.not_like("GET %")
        )
        .distinct()
    )
    for at, token in session.execute(shown).all():
        _erase(session, at, f"token {token}")


def _about(read: ReadSubject, indexes: Collection[bytes]) -> list[ColumnElement[bool]]:
    by_person = [] if read.person_id is None else [Access.person_id == read.person_id]
    return [Access.subject_id == read.party_id, Access.number_index.in_(indexes), *by_person]


def _erase(session: Session, second: datetime, sender: str) -> None:
    kept = session.execute(
        select(as_stored(Arrival.sender), Arrival.key_digest).where(
            Arrival.received_at >= second,
            Arrival.received_at < second + _SECOND,
            Arrival.channel == literal(API_CHANNEL, literal_execute=True),
            Arrival.sender.is_not(None),
        )
    )
    opened = open_each(session, _LOG, Arrival.sender, kept)
    found = [row.key_digest for who, row in opened if who == sender]
    empty_envelopes(session, Arrival, found)
