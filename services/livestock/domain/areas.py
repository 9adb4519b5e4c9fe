"""Areas that orders bind: places by name, premises, circles and polygons.

A point can be told from a shape, a name from a name. Premises without a point are never inside a
shape, so a drawn area also names the districts that hold such premises: an area is the union of its
parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import shapely  # type: ignore[import-untyped]

from services.livestock.domain.area_json import read_parts
from services.livestock.domain.errors import BadArea
from services.livestock.domain.places import Circle, Whereabouts, folded

_NOBODY: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Area:
    """The union of places by name, premises, circles and polygons; `read_area` makes it.

    Attributes:
        named: province; province and district; or province, district, LLG and ward; folded.
        premises: database keys.
        circles, polygons: shapes; sides of polygons are straight in degrees (RFC 7946, 3.1.1).
        source: as it is written in JSON.
    """

    named: frozenset[tuple[str | None, ...]]
    premises: frozenset[int]
    circles: tuple[Circle, ...]
    polygons: tuple[shapely.Polygon, ...]
    source: Mapping[str, Any] = field(compare=False, repr=False)

    def contains(self, where: Whereabouts) -> bool:
        """Tell whether a place is known to lie in the area; the edge of a shape counts."""
        known = where.names
        return (
            where.premises in self.premises
            or any(known[: len(names)] == names for names in self.named)
            or self._surrounds(where.latitude, where.longitude)
        )

    def may_contain(self, where: Whereabouts) -> bool:
        """Tell whether too little is known of a place to say that it lies outside.

        So it is where the names that are known agree and one is missing, or where nothing is known
        at all. A missing point leaves no such doubt, or a circle would bind the whole country.
        """
        if self.contains(where):
            return True
        if (where.premises, where.province, where.latitude) == (None, None, None):
            return True
        known = where.names
        return any(
            all(one in {None, name} for one, name in zip(known, names, strict=False))
            for names in self.named
        )

    def as_json(self) -> dict[str, Any]:
        """Return what `read_area` reads, with names of provinces as the standard writes them."""
        return deepcopy(dict(self.source))

    def _surrounds(self, latitude: float | None, longitude: float | None) -> bool:
        if latitude is None or longitude is None:
            return False
        return any(circle.contains(latitude, longitude) for circle in self.circles) or any(
            shapely.intersects_xy(polygon, longitude, latitude) for polygon in self.polygons
        )


def read_area(data: Mapping[str, Any], premises: Mapping[str, int] = _NOBODY) -> Area:
    """Read an area.

    Args:
        data: any of `provinces` (names), `districts` and `wards` (objects of `province`,
            `district`, `llg`, `ward`), `premises` (public ids), `circles` (objects of `latitude`,
            `longitude`, `kilometres`) and `polygons` (GeoJSON geometries, RFC 7946, 3.1.6).
        premises: the database key of each public id that `data` names.

    Raises:
        BadArea: a part cannot be read, or there is none.
    """
    source = read_parts(data)
    if not premises.keys() >= set(source["premises"]):
        raise BadArea("premises", "has an id that no premises have")
    places = [*source["districts"], *source["wards"]]
    return Area(
        named=frozenset(
            [folded((name,)) for name in source["provinces"]]
            + [folded(tuple(place.values())) for place in places]
        ),
        premises=frozenset(premises[text] for text in source["premises"]),
        circles=tuple(Circle(**circle) for circle in source["circles"]),
        polygons=tuple(_polygon(geometry) for geometry in source["polygons"]),
        source={part: items for part, items in source.items() if items},
    )


def _polygon(geometry: Mapping[str, Any]) -> shapely.Polygon:
    outline, *holes = geometry["coordinates"]
    polygon = shapely.Polygon(outline, holes)
    if not polygon.is_valid:
        # Without the point that the library adds: a small area shows where a household is.
        reason = shapely.is_valid_reason(polygon).partition("[")[0]
        raise BadArea("polygons", f"has no simple shape: {reason.casefold()}")
    shapely.prepare(polygon)
    return polygon
