"""Premises by key, in lists and one by one, as a viewer may see them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from services.livestock.domain.access import Sight, Viewer, sight_in_history, sight_of_place
from services.livestock.domain.model import Key
from services.livestock.domain.statuses import holding
from services.livestock.recording.identity import NEVER_PREMISES
from services.livestock.recording.ownership import visible_premises
from services.livestock.recording.short_numbers import numbers_of
from services.livestock.recording.statuses import place_statuses
from services.storage.models import Identifier, Party, Premises
from services.storage.rowsets import pairs

_BY_SIGHT = {
    Sight.STATUS: ("province",),
    Sight.NUMBERS: (
        "province", "public_id", "kind", "district", "found", "beyond_province", "beyond_district",
    ),
    Sight.FULL: ("llg", "ward", "village", "name"),
}  # fmt: skip


def premises_wanted(viewer: Viewer, wanted: Mapping[str, str | None]) -> Select[Premises]:
    """Select the premises whose numbers `viewer` sees, by kind, province and district."""
    found = select(Premises).where(visible_premises(viewer))
    for name in ("kind", "province", "district"):
        if wanted[name] is not None:
            found = found.where(getattr(Premises, name) == wanted[name])
    return found


def premises_views(
    session: Session, viewer: Viewer, rows: Sequence[Premises], today: date
) -> list[dict[str, object]]:
    """Return premises as `viewer` may see them on a local day."""
    numbers = numbers_of(session, Identifier.premises_id, [row.id for row in rows])
    keepers = dict(
        session.execute(
            select(Party.id, Party.public_id).where(Party.id.in_([row.keeper_id for row in rows]))
        ).all()
    )
    marked = place_statuses(session, [row.id for row in rows])
    views = []
    for row in rows:
        sight = sight_of_place(viewer, row.keeper_id, row.province)
        view = {"seen": sight.name.lower()} | {
            name: getattr(row, name)
            for least, names in _BY_SIGHT.items()
            if sight >= least
            for name in names
        }
        if sight >= Sight.NUMBERS:
            view["numbers"] = numbers[row.id]
            view["statuses"] = holding(marked.get(row.id, ()), today)
        if sight is Sight.FULL:
            view |= {"keeper": keepers.get(row.keeper_id or 0), "point": _point(row)}
        views.append(view)
    return views


def _point(row: Premises) -> dict[str, float] | None:
    if row.latitude is None or row.longitude is None:
        return None
    return {"latitude": row.latitude, "longitude": row.longitude}


@dataclass(frozen=True, slots=True)
class PremisesSummary:
    """Premises as they may be shown to their keeper and to officers."""

    public_id: UUID
    number: str
    name: str | None
    province: str | None
    keeper_id: int | None


def read_places(session: Session, premises: Iterable[int]) -> dict[int, PremisesSummary]:
    """Read premises by database key; their number is the short one where they have one."""
    wanted = list(premises)
    numbers = numbers_of(session, Identifier.premises_id, wanted)
    return {
        row.id: PremisesSummary(
            row.public_id, numbers[row.id][0], row.name, row.province, row.keeper_id
        )
        for row in session.scalars(select(Premises).where(Premises.id.in_(wanted)))
    }


def is_premises(session: Session, key: Key) -> bool:
    """Tell whether a known number stands for premises."""
    return key in premises_among(session, [key])


def premises_among(session: Session, keys: Iterable[Key]) -> set[Key]:
    """Return the known numbers that stand for premises; of official tags nobody need ask."""
    wanted = [key for key in keys if key.scheme not in NEVER_PREMISES]
    if not wanted:
        return set()
    rows = session.execute(
        select(Identifier.scheme, Identifier.value).where(
            tuple_(Identifier.scheme, Identifier.value).in_(pairs(session, wanted)),
            Identifier.premises_id.is_not(None),
        )
    )
    return {Key(*row) for row in rows}


def number_of(session: Session, premises: int | None) -> str | None:
    """Return what people call premises by; None: they are not known."""
    return None if premises is None else read_places(session, [premises])[premises].number


def place_shown(viewer: Viewer, place: PremisesSummary | None) -> dict[str, object] | None:
    """Return number and name of premises as `viewer` may see them in a history."""
    if place is None:
        return None
    sight = sight_in_history(viewer, place.keeper_id, place.province)
    if sight < Sight.NUMBERS:
        return None
    return {"number": place.number, "name": place.name if sight >= Sight.FULL else None}
