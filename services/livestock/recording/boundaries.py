"""Boundaries in the database: the district of a point, names for a zone, lines for a map."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import shapely  # type: ignore[import-untyped]
from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from services.livestock.domain.boundaries import Outline
from services.storage.models import Boundary, Premises
from services.storage.rowsets import keys

_SHOWN = 60

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees of WGS 84."""


class BoundaryLine(NamedTuple):
    """An outline to draw: its name, and rings of longitude and latitude."""

    province: str
    district: str | None
    rings: Sequence[Sequence[Sequence[float]]]


def keep_boundaries(session: Session, outlines: Sequence[Outline]) -> int:
    """Store outlines in place of those of the same level; give points their districts.

    Returns:
        How many places got a district.
    """
    for of_districts in {one.district is not None for one in outlines}:
        level = Boundary.district.is_not(None) if of_districts else Boundary.district.is_(None)
        session.execute(delete(Boundary).where(level))
    session.add_all(map(_row, outlines))
    session.flush()
    return fill_districts(session, Premises.id.is_not(None))


def fill_districts(session: Session, which: ColumnElement[bool]) -> int:
    """Give places that have a point and no district the one in which the point lies.

    A place whose province is another one keeps what its people told.

    Returns:
        How many got one.
    """
    lacking = (Premises.latitude.is_not(None), Premises.district.is_(None), which)
    columns = (Premises.id, Premises.longitude, Premises.latitude)
    if session.scalar(select(Premises.id).where(*lacking).limit(1)) is None:
        return 0
    filled = 0
    for row in session.scalars(_near(session, lacking)):
        here = or_(Premises.province.is_(None), Premises.province == row.province)
        found = session.execute(select(*columns).where(*lacking, here, _in_box(row))).all()
        shape = shapely.from_geojson(row.shape)
        shapely.prepare(shape)
        inside = [one for one, x, y in found if shapely.intersects_xy(shape, x, y)]
        if inside:
            told = {"province": row.province, "district": row.district}
            session.execute(
                update(Premises).where(Premises.id.in_(keys(session, inside))).values(told)
            )
        filled += len(inside)
    return filled


def known_districts(session: Session) -> list[tuple[str, str]]:
    """Return the provinces and names of all districts whose boundary is known, in order."""
    rows = session.execute(
        select(Boundary.province, Boundary.district)
        .where(Boundary.district.is_not(None))
        .order_by(Boundary.province, Boundary.district)
    )
    return [(row.province, row.district) for row in rows]


def lines_in(session: Session, box: Box) -> list[BoundaryLine]:
    """Return the outlines that a part of a map shows: districts, else provinces."""
    west, south, east, north = box
    seen = and_(
        Boundary.west <= east,
        Boundary.east >= west,
        Boundary.south <= north,
        Boundary.north >= south,
    )
    for level in (Boundary.district.is_not(None), Boundary.district.is_(None)):
        rows = session.execute(
            select(Boundary.province, Boundary.district, Boundary.outline)
            .where(level, seen)
            .order_by(Boundary.id)
            .limit(_SHOWN)
        ).all()
        if rows:
            return [BoundaryLine(*row[:2], _rings(row.outline)) for row in rows]
    return []


def lines_of(session: Session, names: Iterable[tuple[str, str | None]]) -> list[BoundaryLine]:
    """Return the outlines of provinces and districts by their names, as far as they are known."""
    found = []
    for province, district in names:
        same = Boundary.district.is_(None) if district is None else Boundary.district == district
        rows = session.execute(
            select(Boundary.province, Boundary.district, Boundary.outline)
            .where(Boundary.province == province, same)
            .limit(1)
        )
        found += [BoundaryLine(*row[:2], _rings(row.outline)) for row in rows]
    return found


def _near(session: Session, lacking: tuple[ColumnElement[bool], ...]) -> Any:  # noqa: ANN401 — a statement of rows
    points = select(Premises.longitude, Premises.latitude).where(*lacking).limit(2)
    some = session.execute(points).all()
    wanted = select(Boundary).where(Boundary.district.is_not(None)).order_by(Boundary.id)
    if len(some) > 1:
        return wanted
    # One place is described: its neighbours' shapes need not be read.
    longitude, latitude = map(float, some[0])  # type: ignore[arg-type]  # none of these is null
    return wanted.where(_round(longitude, latitude))


def _round(longitude: float, latitude: float) -> ColumnElement[bool]:
    return and_(
        Boundary.west <= longitude,
        Boundary.east >= longitude,
        Boundary.south <= latitude,
        Boundary.north >= latitude,
    )


def _in_box(row: Boundary) -> ColumnElement[bool]:
    return and_(
        Premises.longitude.between(row.west, row.east),
        Premises.latitude.between(row.south, row.north),
    )


def _row(one: Outline) -> Boundary:
    west, south, east, north = one.shape.bounds
    return Boundary(
        province=one.province,
        district=one.district,
        west=west,
        south=south,
        east=east,
        north=north,
        shape=shapely.to_geojson(one.shape),
        outline=shapely.to_geojson(one.drawn),
    )


def _rings(outline: str) -> list[list[list[float]]]:
    told = json.loads(outline)
    parts = told["coordinates"] if told["type"] == "MultiPolygon" else [told["coordinates"]]
    return [ring for part in parts for ring in part]
