"""Areas that orders bind: places by name, premises, circles and polygons.

A point can be told from a shape, a name from a name. Premises without a point are never inside a
shape, so a drawn area also names the districts that hold such premises: an area is the union of its
parts.

Reasons why JSON is no area name the part and never a value: the point of a small area shows where a
household is.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from uuid import UUID

import shapely  # type: ignore[import-untyped]

from services.livestock.domain.errors import BadArea
from services.livestock.domain.places import Circle, Whereabouts, folded, province_of

_NOBODY: Mapping[str, int] = MappingProxyType({})

MOST_KILOMETRES = 500
# Papua New Guinea with its seas, in degrees.
LATITUDES = (-12.0, 0.0)
LONGITUDES = (140.0, 160.0)

_LEVELS = ("province", "district", "llg", "ward")
_PARTS = ("provinces", "districts", "wards", "premises", "circles", "polygons")
_SHORTEST_RING = 4
_HUGE = 1e6


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


# Reasons name the part and never a value: the point of a small area shows where a household is.


def read_parts(data: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Check the parts of an area and write them one way.

    Raises:
        BadArea: a part cannot be read, or there is none.
    """
    if unknown := set(data).difference(_PARTS):
        raise BadArea(str(min(unknown)), f"is no part of an area: use {', '.join(_PARTS)}")
    parts: dict[str, list[Any]] = {
        "provinces": [_province("provinces", name) for name in _items(data, "provinces")],
        "districts": [_place("districts", item, 2) for item in _items(data, "districts")],
        "wards": [_place("wards", item, 4) for item in _items(data, "wards")],
        "premises": [_public_id(item) for item in _items(data, "premises")],
        "circles": [_circle(item) for item in _items(data, "circles")],
        "polygons": [_geometry(item) for item in _items(data, "polygons")],
    }
    if not any(parts.values()):
        raise BadArea("area", "is empty: name a place or draw a shape")
    return parts


def _items(data: Mapping[str, Any], part: str) -> Iterator[Any]:
    items = data.get(part, [])
    if not isinstance(items, list | tuple):
        raise BadArea(part, "is not a list")
    yield from items


def _province(part: str, name: object) -> str:
    province = province_of(name) if isinstance(name, str) else None
    if province is None:
        raise BadArea(part, "names a province that the country does not have")
    return province


def _place(part: str, item: object, levels: int) -> dict[str, str]:
    wanted = _LEVELS[:levels]
    if not isinstance(item, dict) or set(item) != set(wanted):
        raise BadArea(part, f"needs {', '.join(wanted)} for each")
    if not all(isinstance(item[level], str) and item[level].strip() for level in wanted):
        raise BadArea(part, "has a name that is empty or no text")
    place = {level: " ".join(item[level].split()) for level in wanted}
    return place | {"province": _province(part, place["province"])}


def _public_id(text: object) -> str:
    try:
        return str(UUID(str(text)))
    except ValueError:
        raise BadArea("premises", "has an id that no premises have") from None


def _circle(item: object) -> dict[str, float]:
    if not isinstance(item, dict) or set(item) != {"latitude", "longitude", "kilometres"}:
        raise BadArea("circles", "needs latitude, longitude, kilometres for each")
    longitude, latitude = _position("circles", [item["longitude"], item["latitude"]])
    radius = _number("circles", item["kilometres"])
    if not 0 < radius <= MOST_KILOMETRES:
        raise BadArea("circles", f"needs a radius above 0 and up to {MOST_KILOMETRES} km")
    return {"latitude": latitude, "longitude": longitude, "kilometres": radius}


def _geometry(item: object) -> dict[str, Any]:
    is_polygon = isinstance(item, dict) and item.get("type") == "Polygon"
    rings = item.get("coordinates") if isinstance(item, dict) and is_polygon else None
    if not isinstance(rings, list | tuple) or not rings:
        raise BadArea("polygons", "needs GeoJSON geometries of type Polygon")
    return {"type": "Polygon", "coordinates": [_ring(ring) for ring in rings]}


def _ring(ring: object) -> list[list[float]]:
    if not isinstance(ring, list | tuple) or len(ring) < _SHORTEST_RING:
        raise BadArea("polygons", f"has a ring of fewer than {_SHORTEST_RING} positions")
    positions = [list(_position("polygons", position)) for position in ring]
    if positions[0] != positions[-1]:
        raise BadArea("polygons", "has a ring that does not end where it begins")
    return positions


def _position(part: str, position: object) -> tuple[float, float]:
    if not isinstance(position, list | tuple) or len(position) not in {2, 3}:
        raise BadArea(part, "has a position that is not longitude, latitude")
    longitude, latitude = (_number(part, degrees) for degrees in position[:2])
    if _within(latitude, LATITUDES) and _within(longitude, LONGITUDES):
        return longitude, latitude
    if _within(longitude, LATITUDES) and _within(latitude, LONGITUDES):
        raise BadArea(part, "has latitude and longitude swapped")
    raise BadArea(part, "has a point outside the country")


def _within(degrees: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= degrees <= limits[1]


def _number(part: str, value: object) -> float:
    # An integer of JSON may be too large for a float; truth values are integers to Python.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _HUGE:
        raise BadArea(part, "has something else where a number is needed")
    return float(value)
