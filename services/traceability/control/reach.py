"""Whom an area reaches: its premises, and the keepers of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from services.storage.models import Contact, ControlOrder, Party, Premises
from services.texts.catalogue import LANGUAGES
from services.traceability.rules.areas import read_area
from services.traceability.rules.orders import ZoneStatus
from services.traceability.rules.places import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from services.traceability.rules.areas import Area

USUAL_LANGUAGE = "tpi"

# SQLite takes 32,766 values in one statement.
_CHUNK = 10_000
_WHERE = (
    Premises.id,
    Premises.province,
    Premises.district,
    Premises.llg,
    Premises.ward,
    Premises.latitude,
    Premises.longitude,
    Premises.kind,
)


class Keeper(NamedTuple):
    """A keeper who can be reached: database key, public id and language."""

    party_id: int
    public_id: UUID
    language: str


def area_of(session: Session, data: Mapping[str, Any]) -> Area:
    """Read an area whose premises are named by their public ids.

    Raises:
        BadArea: see `services.traceability.rules.areas.read_area`.
    """
    listed = data.get("premises")
    named = {key for one in listed if (key := _uuid(one))} if isinstance(listed, list) else set()
    rows = session.execute(
        select(Premises.public_id, Premises.id).where(Premises.public_id.in_(named))
    )
    return read_area(data, {str(row.public_id): row.id for row in rows})


def premises_in(
    session: Session, areas: Collection[Area], *which: ColumnElement[bool]
) -> Iterator[int]:
    """Yield the database keys of the premises that lie in one of the areas.

    Args:
        session: an open session.
        areas: of one or several orders.
        which: conditions on `Premises` that narrow the search.
    """
    rows = session.execute(select(*_WHERE).where(*which)) if areas else ()
    for row in rows:
        where = Whereabouts(*row)
        if any(area.contains(where) for area in areas):
            yield row.id


def keepers_of(session: Session, premises: Iterable[int]) -> list[Keeper]:
    """Return the keepers of premises who have a phone number, each once, oldest first."""
    parties: set[int] = set()
    for chunk in chunks(sorted(premises)):
        kept = select(Premises.keeper_id).where(Premises.id.in_(chunk))
        parties.update(key for key in session.scalars(kept) if key is not None)
    keepers = []
    for chunk in chunks(sorted(parties)):
        rows = session.execute(
            select(Party.id, Party.public_id, Party.language)
            .where(Party.id.in_(chunk), _has_number())
            .order_by(Party.id)
        )
        keepers += [Keeper(row.id, row.public_id, language_of(row.language)) for row in rows]
    return keepers


def numbers_of(session: Session, parties: Iterable[int]) -> dict[int, tuple[str, bytes]]:
    """Return the first phone number of parties, and its blind index, by database key."""
    numbers = {}
    for chunk in chunks(sorted(parties)):
        first = select(func.min(Contact.id)).where(Contact.party_id.in_(chunk))
        rows = session.execute(
            select(Contact.party_id, Contact.number, Contact.number_index).where(
                Contact.id.in_(first.group_by(Contact.party_id))
            )
        )
        numbers.update({row.party_id: (row.number, row.number_index) for row in rows})
    return numbers


def language_of(told: str | None) -> str:
    """Return the language to write in to who told this one, or none."""
    return told if told in LANGUAGES else USUAL_LANGUAGE


def areas_of(session: Session, outbreak_id: int) -> list[Area]:
    """Return the areas of an outbreak's orders; a free zone is none of them."""
    rows = session.scalars(
        select(ControlOrder.area).where(
            ControlOrder.outbreak_id == outbreak_id,
            ControlOrder.status.is_distinct_from(ZoneStatus.FREE.value),
        )
    )
    return [area_of(session, area) for area in rows.all()]


def chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut keys into pieces that one statement takes."""
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def _has_number() -> ColumnElement[bool]:
    return select(Contact.id).where(Contact.party_id == Party.id).exists()


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
