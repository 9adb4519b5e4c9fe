"""Maps of outbreaks and orders: places, zones, and movements between them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import g
from sqlalchemy.orm import Session

from services.console.maps import (
    DrawnMap,
    MapCircle,
    MapFeatures,
    MapLine,
    MapPoint,
    MapShape,
    draw_map,
)
from services.core.roles import OFFICERS
from services.livestock.control.situation import Situation
from services.livestock.recording.boundaries import BoundaryLine, lines_in, lines_of
from services.livestock.tracing.model import TracedPlace
from services.livestock.tracing.movement_records import read_places
from services.livestock.tracing.recent_movements import MovementLink
from services.storage.models import ControlOrder

QUARANTINE = "quarantine"


class SeenPlace(NamedTuple):
    """A place as a map and the table beside it show it.

    Attributes:
        kind: `index`, `affected`, `other`, or a status such as `contact`.
        heads: sick, dead and culled pigs.
    """

    site: TracedPlace
    kind: str
    heads: int = 0

    @property
    def where(self) -> str:
        """Ward, LLG, district and province, as far as they are known."""
        site = self.site
        return ", ".join(filter(None, (site.ward, site.llg, site.district, site.province)))


def places_of(view: Situation) -> list[SeenPlace]:
    """Return the places of an outbreak, each once, the gravest first."""
    found = {view.index.public_id: SeenPlace(view.index, "index")}
    for one in view.places:
        heads = one.counts["sick"] + one.counts["dead"] + one.counts["culled"]  # type: ignore[index]  # by value
        known = found.get(one.site.public_id, SeenPlace(one.site, "affected"))
        found[one.site.public_id] = known._replace(heads=heads)
    for mark in view.marked:
        known = found.get(mark.site.public_id, SeenPlace(mark.site, mark.kind.value))
        found[mark.site.public_id] = known
    return list(found.values())


def outbreak_map(
    session: Session,
    places: Sequence[SeenPlace],
    links: Iterable[MovementLink],
    ends: Mapping[int, TracedPlace],
    orders: Iterable[ControlOrder],
) -> DrawnMap | None:
    """Return the map of an outbreak; None: nothing of it has a point, or the reader may see none.

    Args:
        ends: the places between which the movements lead, by database key.
    """
    shown = {one.site.public_id for one in places}
    others = {
        site.public_id: SeenPlace(site, "other")
        for site in ends.values()
        if site.public_id not in shown
    }
    zones = [_zone(session, order) for order in orders]
    features = MapFeatures(
        points=_points([*others.values(), *reversed(places)]),
        circles=[one for zone in zones for one in zone.circles],
        shapes=[one for zone in zones for one in zone.shapes],
        lines=_lines(links, ends),
    )
    return draw(session, features)


def order_map(session: Session, order: ControlOrder, places: Iterable[int] = ()) -> DrawnMap | None:
    """Return the map of the area of one order; None: nothing of it can be drawn.

    Args:
        places: database keys of places in it.
    """
    zone = _zone(session, order)
    inside = [SeenPlace(site, "other") for site in read_places(session, places).values()]
    return draw(session, MapFeatures(_points(inside), zone.circles, zone.shapes))


def draw(session: Session, features: MapFeatures) -> DrawnMap | None:
    """Return features on the outlines that are known; None: see `outbreak_map`."""
    # As for GeoJSON: where households are is for officers alone.
    if g.holder.role not in OFFICERS or features.is_empty:
        return None
    lines = [_outline(one, "backdrop") for one in lines_in(session, features.box())]
    return draw_map(
        MapFeatures(features.points, features.circles, features.shapes, features.lines, lines)
    )


def _points(places: Iterable[SeenPlace]) -> list[MapPoint]:
    return [
        MapPoint(one.site.point, one.kind, f"{short(one.site)} {one.where}".strip())
        for one in places
        if one.site.point
    ]


def short(site: TracedPlace) -> str:
    """Return the number of premises without the scheme that says they are premises."""
    return site.number.removeprefix("premises:")


def _lines(links: Iterable[MovementLink], ends: Mapping[int, TracedPlace]) -> list[MapLine]:
    return [
        MapLine(
            start.point,
            end.point,
            "movement",
            f"{short(start)} → {short(end)}: {link.animals}",
        )
        for link in links
        if (start := ends[link.origin]).point and (end := ends[link.destination]).point
    ]


def _zone(session: Session, order: ControlOrder) -> MapFeatures:
    area: Mapping[str, Any] = order.area
    kind = order.status or QUARANTINE
    label = f"{order.number} {order.area_name}"
    named: list[tuple[str, str | None]] = [(one, None) for one in area.get("provinces", ())]
    named += [(one["province"], one["district"]) for one in area.get("districts", ())]
    return MapFeatures(
        circles=[
            MapCircle((one["longitude"], one["latitude"]), one["kilometres"], kind, label)
            for one in area.get("circles", ())
        ],
        shapes=[
            *(MapShape(one["coordinates"], kind, label) for one in area.get("polygons", ())),
            *(MapShape(one.rings, kind, label) for one in lines_of(session, named)),
        ],
    )


def _outline(line: BoundaryLine, kind: str) -> MapShape:
    return MapShape(line.rings, kind, line.district or line.province)
