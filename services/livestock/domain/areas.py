"""Areas that orders bind: places by name, premises, circles and polygons.

A point can be told from a shape, a name from a name: an area is the union of its parts. Premises
without a point are never known to be inside a shape, so an area with one also names what the shape
reaches into: it binds premises there, although nobody is sure that they lie inside.

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
_PARTS = ("provinces", "districts", "wards", "premises", "circles", "polygons", "reaches")
_KNOWN_LEVELS = 2
"""Province and district: with less, premises may lie anywhere in a province."""
_SHORTEST_RING = 4
_HUGE = 1e6


@dataclass(frozen=True, slots=True)
class Area:
    """The union of places by name, premises, circles and polygons; `read_area` makes it.

    Attributes:
        named: province; province and district; or province, district, LLG and ward; folded.
        premises: database keys.
        circles, polygons: shapes; sides of polygons are straight in degrees (RFC 7946, 3.1.1).
        reached: districts, LLGs and wards that a shape reaches into, as far as is known; folded.
        source: as it is written in JSON.
    """

    named: frozenset[tuple[str | None, ...]]
    premises: frozenset[int]
    circles: tuple[Circle, ...]
    polygons: tuple[shapely.Polygon, ...]
    reached: frozenset[tuple[str | None, ...]]
    source: Mapping[str, Any] = field(compare=False, repr=False)

    def contains(self, where: Whereabouts) -> bool:
        """Tell whether a place is known to lie in the area; the edge of a shape counts."""
        known = where.names
        return (
            where.premises in self.premises
            or any(known[: len(names)] == names for names in self.named)
            or self.surrounds(where)
        )

    def may_contain(self, where: Whereabouts) -> bool:
        """Tell whether too little is known of a place to say that it lies outside.

        So it is where the names that are known agree and one is missing, or where nothing is known
        at all. A missing point alone leaves no such doubt, or a circle would bind the whole
        country; it does where a shape reaches.
        """
        if self.contains(where):
            return True
        if (where.premises, where.province, where.latitude) == (None, None, None):
            return True
        known = where.names
        return self._reaches(where) or any(
            all(one in {None, name} for one, name in zip(known, names, strict=False))
            for names in self.named
        )

    def binds(self, where: Whereabouts) -> bool:
        """Tell whether an order binds premises of the area, also without being sure of it.

        So it is for those without a point where a shape reaches into their district, or into the
        LLG and ward that are known of them.
        """
        return self.contains(where) or self._reaches(where)

    @property
    def has_shape(self) -> bool:
        """True if a circle or a polygon is part of it."""
        return bool(self.circles or self.polygons)

    def as_json(self) -> dict[str, Any]:
        """Return what `read_area` reads, with names of provinces as the standard writes them."""
        return deepcopy(dict(self.source))

    def _reaches(self, where: Whereabouts) -> bool:
        known = where.names
        if where.latitude is not None or None in known[:_KNOWN_LEVELS]:
            return False
        return any(
            all(None in both or both[0] == both[1] for both in zip(known, names, strict=True))
            for names in self.reached
        )

    def surrounds(self, where: Whereabouts) -> bool:
        """Tell whether the point of a place lies in a shape; the edge counts."""
        latitude, longitude = where.latitude, where.longitude
        if latitude is None or longitude is None:
            return False
        return self.has_point(latitude, longitude)

    def has_point(self, latitude: float, longitude: float) -> bool:
        """Tell whether a point lies in a shape; the edge counts."""
        return any(circle.contains(latitude, longitude) for circle in self.circles) or any(
            shapely.intersects_xy(polygon, longitude, latitude) for polygon in self.polygons
        )


def read_area(data: Mapping[str, Any], premises: Mapping[str, int] = _NOBODY) -> Area:
    """Read an area.

    Args:
        data: any of `provinces` (names), `districts` and `wards` (objects of `province`,
            `district`, `llg`, `ward`), `premises` (public ids), `circles` (objects of `latitude`,
            `longitude`, `kilometres`), `polygons` (GeoJSON geometries, RFC 7946, 3.1.6), and
            `reaches` (as wards, of which LLG and ward may be missing).
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
        reached=frozenset(
            folded(tuple(place.get(level) for level in _LEVELS)) for place in source["reaches"]
        ),
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
        "reaches": [_reached(item) for item in _items(data, "reaches")],
    }
    if not any(items for part, items in parts.items() if part != "reaches"):
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


def _reached(item: object) -> dict[str, str]:
    """Read a district, an LLG or a ward that a shape reaches into."""
    known = [level for level in _LEVELS if isinstance(item, dict) and level in item]
    return _place("reaches", item, max(len(known), _KNOWN_LEVELS))


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
