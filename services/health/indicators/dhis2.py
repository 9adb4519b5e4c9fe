"""Export to DHIS2 of the values that changed since the last export.

A value that vanished or became zero is deleted there: a zero would say that somebody was counted,
and DHIS2 ignores most zeros. Sending again is harmless: a value has one cell, and the last one
counts. So values that were not certainly accepted are sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.health.indicators.dhis2_values import Dhis2Cell, Export, document
from services.storage.bulk import upsert
from services.storage.database import Database
from services.storage.models import Exported

T = TypeVar("T")

_CHUNK = 500
# DHIS2 reads the value of a deletion too, and ignores a zero.
_ANY_VALUE = "1"


class Changes(NamedTuple):
    """Values that DHIS2 lacks, cells whose value is gone, and the number of unchanged ones."""

    changed: Mapping[Dhis2Cell, str]
    gone: Sequence[Dhis2Cell]
    same: int


class Receiver(Protocol):
    """The part of DHIS2 that the export needs."""

    @property
    def url(self) -> str:
        """Its address, which distinguishes one system from another."""
        ...

    def send(self, values: Mapping[str, object]) -> None:
        """Store values; raise unless all were accepted."""
        ...

    def delete(self, values: Mapping[str, object]) -> None:
        """Delete values; raise unless none is left."""
        ...


def compare(session: Session, url: str, export: Export) -> Changes:
    """Compare with the earlier export of this programme, data set and period.

    Only cells of this mapping can be gone: others belong to another mapping.
    """
    prefix = _prefix(url, export)
    before = {
        row.key.removeprefix(prefix): row.digest
        for row in session.execute(
            select(Exported.key, Exported.digest).where(
                Exported.key.startswith(prefix, autoescape=True)
            )
        )
    }
    changed = {
        place: value
        for place, value in export.values.items()
        if before.get("|".join(place)) != _digest(value)
    }
    here = {"|".join(place) for place in export.values}
    elsewhere = (Dhis2Cell(*key.split("|")) for key in sorted(before) if key not in here)
    gone = [place for place in elsewhere if export.mapping.has(place.unit, place.element)]
    return Changes(changed, gone, len(export.values) - len(changed))


def send_changes(database: Database, receiver: Receiver, export: Export, now: datetime) -> Changes:
    """Send the changes; note those accepted, so that only the rest is sent next time.

    No transaction is open while DHIS2 is called.

    Raises:
        Dhis2Refused, Dhis2Unreachable: nothing of the failed request is noted as sent.
    """
    with database.read() as session:
        changes = compare(session, receiver.url, export)
    prefix = _prefix(receiver.url, export)
    if changes.changed:
        receiver.send(document(export, changes.changed))
        with database.write(exclusive=False) as session:
            _note(session, prefix, changes.changed, now)
    if changes.gone:
        receiver.delete(document(export, dict.fromkeys(changes.gone, _ANY_VALUE)))
        with database.write(exclusive=False) as session:
            keys = [prefix + "|".join(place) for place in changes.gone]
            for chunk in _chunks(keys):
                session.execute(delete(Exported).where(Exported.key.in_(chunk)))
    return changes


def _note(session: Session, prefix: str, sent: Mapping[Dhis2Cell, str], now: datetime) -> None:
    rows = [
        {"key": prefix + "|".join(place), "digest": _digest(value), "at": now}
        for place, value in sent.items()
    ]
    for chunk in _chunks(rows):
        statement = upsert(session, Exported).values(chunk)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["key"],
                set_={"digest": statement.excluded.digest, "at": statement.excluded.at},
            )
        )


def _prefix(url: str, export: Export) -> str:
    mapping = export.mapping
    names = ("dhis2", url, mapping.programme, mapping.data_set, export.period)
    return "|".join((*names, mapping.attributes or "", ""))


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    every = list(rows)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]
