"""Mappings to DHIS2 that are built step by step from its lists, and kept for a programme.

The document has the members of a mapping file, and may lack some until it is whole.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.geography import PROVINCES, split_province
from services.health.errors import BadMapping
from services.health.indicators.dhis2_lists import DataSet, Named, Unit
from services.health.indicators.dhis2_mapping import (
    COUNTRY,
    Dhis2Mapping,
    load_mapping,
)
from services.health.indicators.disaggregation import UNKNOWN
from services.storage.locks import require_one_writer
from services.storage.models import Dhis2Link

_SET, _UNITS, _VALUES = "dataSet", "orgUnits", "values"
PERIODS = "periods"
"""Among the names: the kind of periods of the data set."""


ROWS = (*PROVINCES, UNKNOWN, COUNTRY)
"""What may have a place, in the order of display."""


class SavedLink(NamedTuple):
    """A mapping as it is kept, perhaps in part, and the names of its ids."""

    document: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def data_set(self) -> str | None:
        """Id of the chosen data set."""
        return self.document.get(_SET)

    @property
    def places(self) -> Mapping[str, str]:
        """Ids of organisation units by province."""
        return dict(self.document.get(_UNITS, {}))

    @property
    def targets(self) -> list[dict[str, Any]]:
        """Figures and where they go, as a mapping file writes them."""
        return list(self.document.get(_VALUES, ()))

    @property
    def is_whole(self) -> bool:
        """True where something can be sent by it."""
        return bool(self.data_set and self.places and self.targets)

    def mapping(self) -> Dhis2Mapping:
        """Return it as a mapping; raise BadMapping where it lacks something."""
        return load_mapping(dict(self.document))


def find_link(session: Session, programme: str) -> SavedLink:
    """Return what is kept for a programme, or an empty one."""
    row = session.scalars(
        select(Dhis2Link)
        .where(Dhis2Link.programme == programme)
        .order_by(Dhis2Link.id.desc())
        .limit(1)
    ).first()
    return SavedLink(row.document, row.names) if row else SavedLink({"programme": programme}, {})


def save_link(session: Session, link: SavedLink, by_id: int, now: datetime) -> None:
    """Keep a mapping; those of before stay as its history.

    Raises:
        BadMapping: it is whole, and has a fault.
    """
    require_one_writer(session)
    if link.is_whole:
        link.mapping()
    used = {PERIODS, *_ids(link.document)}
    session.add(
        Dhis2Link(
            programme=link.document["programme"],
            document=dict(link.document),
            names={key: name for key, name in link.names.items() if key in used},
            saved_by_id=by_id,
            saved_at=now,
        )
    )


def with_data_set(link: SavedLink, chosen: DataSet) -> SavedLink:
    """Choose a data set; another one has other elements, so those of before are dropped."""
    names = {**link.names, chosen.id: chosen.name, PERIODS: chosen.periods}
    if chosen.id == link.data_set:
        return SavedLink(link.document, names)
    return SavedLink({**link.document, _SET: chosen.id, _VALUES: []}, names)


def with_places(link: SavedLink, places: Mapping[str, Unit]) -> SavedLink:
    """Say where each province's figures go.

    Raises:
        BadMapping: the country is there beside provinces, or a unit twice.
    """
    faults: dict[str, object] = {}
    if COUNTRY in places and len(places) > 1:
        faults[COUNTRY] = ["Either the whole country, or provinces: DHIS2 adds them up itself."]
    seen: set[str] = set()
    for name, unit in places.items():
        if unit.id in seen:
            faults[name] = ["Another province has this place already."]
        seen.add(unit.id)
    if faults:
        raise BadMapping("Correct the places", faults)
    document = {**link.document, _UNITS: {name: unit.id for name, unit in places.items()}}
    return SavedLink(document, {**link.names, **{one.id: one.name for one in places.values()}})


def with_target(link: SavedLink, target: Mapping[str, Any], names: Iterable[Named]) -> SavedLink:
    """Add a figure, in place of what was said of it before."""
    others = [one for one in link.targets if one["indicator"] != target["indicator"]]
    document = {**link.document, _VALUES: [*others, dict(target)]}
    return SavedLink(document, {**link.names, **dict(names)})


def without_target(link: SavedLink, indicator: str) -> SavedLink:
    """Take a figure out; what was sent of it stays in DHIS2."""
    others = [one for one in link.targets if one["indicator"] != indicator]
    return link._replace(document={**link.document, _VALUES: others})


def alike(units: Iterable[Unit]) -> dict[str, Unit]:
    """Find the unit of each province by its name; a name that two units have is left out.

    A level of DHIS2 is taken whole: that with most provinces, so that no district of the name of
    its province is taken for it.
    """
    by_level: dict[int, dict[str, Unit | None]] = {}
    for unit in units:
        province = _province_of(unit.name)
        if province:
            level = by_level.setdefault(unit.level, {})
            level[province] = None if province in level else unit
    best = max(by_level.values(), key=len, default={})
    found = ((province, best.get(province)) for province in PROVINCES)
    return {province: unit for province, unit in found if unit}


def _province_of(name: str) -> str | None:
    plain = name.replace("(", " ").replace(")", " ").split()
    words = " ".join(one for one in plain if one.casefold() not in {"province", "ph", "pha"})
    return split_province(words)[1] if words else None


def _ids(document: Mapping[str, Any]) -> Iterable[str]:
    yield str(document.get(_SET))
    yield from document.get(_UNITS, {}).values()
    for one in document.get(_VALUES, ()):
        yield one["dataElement"]
        yield str(one.get("categoryOptionCombo"))
        yield from one.get("combos", {}).values()
