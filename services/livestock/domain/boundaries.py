"""Outlines of provinces and districts out of GeoJSON (RFC 7946); pure.

Anything that is not as it should be is refused with the feature's number and what is wrong, before
anything is stored: half a map would put places into wrong districts.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import shapely  # type: ignore[import-untyped]

from services.livestock.domain.areas import LATITUDES, LONGITUDES
from services.livestock.domain.errors import BadBoundaries
from services.livestock.domain.places import province_of

# Of the common datasets (OCHA COD-AB, GADM, the NSO's census) and of our own.
PROVINCE_NAMES = ("province", "ADM1_EN", "adm1_name", "NAME_1", "PROV_NAME", "PROVINCE")
DISTRICT_NAMES = ("district", "ADM2_EN", "adm2_name", "NAME_2", "DIST_NAME", "DISTRICT")
MOST_FEATURES = 500
_MOST_POINTS = 2_000_000
_SHORTEST_RING = 4
_POSITION = (2, 3)
# Degrees, 300 m: less than a line's width on a map of a province.
_COARSE = 0.003


class Outline(NamedTuple):
    """A province or a district, with its shape; `drawn` has fewer points."""

    province: str
    district: str | None
    shape: Any
    drawn: Any


def read_boundaries(
    document: object, province: str | None = None, district: str | None = None
) -> list[Outline]:
    """Read the outlines of a FeatureCollection.

    Args:
        province, district: names of the properties that name them; None: those of common files.

    Raises:
        BadBoundaries: it is none, or a feature of it cannot be used.
    """
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise BadBoundaries(where="the file", fault="is no FeatureCollection of GeoJSON")
    features = document.get("features")
    if not isinstance(features, list) or not 0 < len(features) <= MOST_FEATURES:
        raise BadBoundaries(where="the file", fault=f"needs 1 to {MOST_FEATURES} features")
    keys = (
        (province,) if province else PROVINCE_NAMES,
        (district,) if district else DISTRICT_NAMES,
    )
    found = [_outline(feature, place, keys) for place, feature in enumerate(features, start=1)]
    if sum(shapely.get_num_coordinates(one.shape) for one in found) > _MOST_POINTS:
        raise BadBoundaries(where="the file", fault=f"has more than {_MOST_POINTS} points")
    return list(_once(found))


def _once(found: list[Outline]) -> Iterator[Outline]:
    seen: dict[tuple[str, str | None], int] = {}
    for place, one in enumerate(found, start=1):
        name = (one.province, one.district and one.district.casefold())
        if name in seen:
            fault = f"has the same name as feature {seen[name]}: {one.district or one.province}"
            raise BadBoundaries(where=f"feature {place}", fault=fault)
        seen[name] = place
        yield one


def _outline(feature: object, place: int, keys: tuple[tuple[str, ...], tuple[str, ...]]) -> Outline:
    where = f"feature {place}"
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise BadBoundaries(where=where, fault="is no Feature")
    told = feature.get("properties")
    properties = told if isinstance(told, dict) else {}
    named = _text(properties, keys[0])
    if named is None:
        fault = f"names no province: looked for {', '.join(keys[0])}; say --province PROPERTY"
        raise BadBoundaries(where=where, fault=fault)
    known = province_of(named.removesuffix(" Province"))
    if known is None:
        fault = f"names a province that the country does not have: {named[:64]}"
        raise BadBoundaries(where=where, fault=fault)
    shape = _shape(feature.get("geometry"), where)
    drawn = shapely.simplify(shape, _COARSE)
    return Outline(known, _text(properties, keys[1]), shape, drawn)


def _text(properties: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    values = (properties[key] for key in keys if key in properties)
    value = next((one for one in values if isinstance(one, str) and one.strip()), None)
    return " ".join(value.split())[:64] if value else None


def _shape(geometry: object, where: str) -> Any:  # noqa: ANN401 — the library has no types
    told = geometry if isinstance(geometry, dict) else {}
    parts = told.get("coordinates")
    if told.get("type") == "Polygon":
        parts = [parts]
    elif told.get("type") != "MultiPolygon":
        raise BadBoundaries(where=where, fault="is no Polygon and no MultiPolygon")
    if not isinstance(parts, list) or not parts:
        raise BadBoundaries(where=where, fault="has no coordinates")
    made = shapely.MultiPolygon([_polygon(part, where) for part in parts])
    if not made.is_valid:
        reason = shapely.is_valid_reason(made)
        raise BadBoundaries(where=where, fault=f"has a shape that crosses itself: {reason}")
    return made


def _polygon(rings: object, where: str) -> Any:  # noqa: ANN401 — as above
    if not isinstance(rings, list) or not rings:
        raise BadBoundaries(where=where, fault="has a polygon without rings")
    outline, *holes = [_ring(ring, where) for ring in rings]
    return shapely.Polygon(outline, holes)


def _ring(ring: object, where: str) -> list[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) < _SHORTEST_RING:
        raise BadBoundaries(where=where, fault=f"has a ring of fewer than {_SHORTEST_RING} points")
    positions = [_position(one, where) for one in ring]
    if positions[0] != positions[-1]:
        raise BadBoundaries(where=where, fault="has a ring that does not end where it begins")
    return positions


def _position(position: object, where: str) -> tuple[float, float]:
    is_position = isinstance(position, list) and len(position) in _POSITION
    told: list[Any] = position if is_position else [None, None]  # type: ignore[assignment]
    longitude, latitude = told[:2]
    if not all(type(one) in {int, float} for one in (longitude, latitude)):
        raise BadBoundaries(where=where, fault="has a point that is not longitude, latitude")
    if _within(longitude, LONGITUDES) and _within(latitude, LATITUDES):
        return float(longitude), float(latitude)
    swapped = _within(latitude, LONGITUDES) and _within(longitude, LATITUDES)
    fault = "has latitude and longitude swapped" if swapped else "has a point outside the country"
    raise BadBoundaries(where=where, fault=f"{fault}: degrees of WGS 84 are needed")


def _within(degrees: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= degrees <= limits[1]
