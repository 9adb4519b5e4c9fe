"""The trace of an outbreak: graph and map side by side, day by day; its contacts under watch."""

from collections.abc import Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Response, abort, request
from sqlalchemy.orm import Session

from services.api.context import context
from services.api.documents import Page
from services.api.idempotency import Work
from services.console.blueprint import ConsoleBlueprint, go_to, once
from services.console.browser_session import PREFIX
from services.console.days import EARLIEST, read_day
from services.console.maps import MapFeatures, MapLine, MapPoint
from services.console.numbers import asked_number, plain_number
from services.console.outbreaks.fields import ACT, SEE, Wrong, may_act, typed_all
from services.console.outbreaks.scenes import draw as draw_scene
from services.console.outbreaks.scenes import short
from services.console.pages import show
from services.core.errors import ServiceError
from services.core.roles import Scope
from services.livestock.api.common import origin_of
from services.livestock.control.contacts import (
    AT_ONCE,
    ContactTrace,
    contact_places,
    declare_contacts,
    last_day,
)
from services.livestock.control.outbreaks import find_outbreak, outbreak_number
from services.livestock.queries.premises import number_of
from services.livestock.recording.lookup import known_premises
from services.livestock.tracing.drawing import draw
from services.livestock.tracing.model import Direction, Link, Trace, TracedPlace, TraceWindow, links
from services.livestock.tracing.premises import trace_premises
from services.storage.models import Outbreak
from sms.local_time import local_day

_ONE = "/outbreaks/<number>/trace"
_DAYS = timedelta(days=30)
_LONGEST = timedelta(days=366)
_MOST_ROWS, _MOST_WATCH_DAYS = 100, 365
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

blueprint = ConsoleBlueprint("traces", "Traces of outbreaks.")


class TraceWish(NamedTuple):
    """Wish for a trace, as its form was filled in.

    Attributes:
        place: number of the root.
        first, last: local days of the window.
        until: day of the slider; what happened after it is left out.
        direction: `both`, or one of `Direction`.
    """

    place: str
    first: date
    last: date
    until: date
    direction: str

    @property
    def directions(self) -> tuple[Direction, ...]:
        """Directions from the root."""
        return tuple(Direction) if self.direction == "both" else (Direction(self.direction),)


class ChainRow(NamedTuple):
    """A place of a contact chain, as the table shows it."""

    site: TracedPlace
    direction: Direction
    day: date
    steps: int


@blueprint.route(_ONE, guard=SEE, scope=Scope.READ)
def trace(number: str) -> Response:
    """Trace the contacts of a place of the outbreak."""
    with context().database.read() as session:
        row = find_outbreak(session, number)
        wish, wrong = _wish(session, row, dict(request.args))
        return _page(session, row, wish, wrong)


@blueprint.route(f"{_ONE}.svg", guard=SEE, scope=Scope.READ)
def graph(number: str) -> Response:
    """Draw the trace as a graph."""
    with context().database.read() as session:
        row = find_outbreak(session, number)
        wish, _ = _wish(session, row, dict(request.args))
        return Page(draw(_trace(session, wish)), _POLICY, content_type="image/svg+xml")


@blueprint.route(f"{_ONE}/watch", methods=["POST"], guard=ACT, scope=Scope.DECIDE)
@once
def watched(work: Work, number: str) -> Response:
    """Put the places of the chain, and the pigs there, under watch as contacts."""
    session, row = work.session, find_outbreak(work.session, number)
    told = typed_all("place", "from", "to", "until", "direction", "days")
    wish, wrong = _wish(session, row, told)
    days = told["days"]
    if not (days.isascii() and days.isdecimal() and 0 < int(days[:4]) <= _MOST_WATCH_DAYS):
        wrong["days"] = "outbreaks_wrong_days"
    if wrong:
        abort(_page(session, row, wish, wrong))
    today = local_day(work.now)
    chain = ContactTrace(
        root=known_premises(session, wish.place).number,
        window=TraceWindow.between(wish.first, wish.until),
        directions=wish.directions,
        disease=row.disease,
        since=today,
        until=last_day(session, today, None, int(days)),
    )
    places, _ = contact_places(session, chain)
    declare_contacts(session, chain, places[:AT_ONCE], origin_of(work))
    if len(places) > AT_ONCE:
        # So that other writers wait for none: the page asks for the next ones.
        query = urlencode(_query(wish) | {"left": len(places) - AT_ONCE})
        return go_to(f"{PREFIX}/outbreaks/{outbreak_number(session, row.id)}/trace?{query}#watch")
    return go_to(f"{PREFIX}/outbreaks/{number}#calls")


def _wish(session: Session, row: Outbreak, told: dict[str, str]) -> tuple[TraceWish, Wrong]:
    """Return what is asked for, and what of it is wrong, for which the usual stands."""
    wrong: Wrong = {}
    today = local_day(context().clock())
    first = read_day(told.get("from", "")) or max(row.began_on, EARLIEST + _DAYS) - _DAYS
    last = min(read_day(told.get("to", "")) or today, today)
    if last < first or last - first > _LONGEST:
        wrong["from"] = "outbreaks_wrong_window"
        first = last - _DAYS
    until = read_day(told.get("until", "")) or _slid(told.get("slide", ""), first, last)
    direction = told.get("direction", "both")
    place = told.get("place", "")[:64] or number_of(session, row.index_premises_id) or ""
    try:
        known_premises(session, place)
    except ServiceError:
        wrong["place"] = "outbreaks_wrong_place"
        place = number_of(session, row.index_premises_id) or ""
    known = direction if direction in {"both", *Direction} else "both"
    return TraceWish(place, first, last, min(max(until, first), last), known), wrong


def _slid(slide: str, first: date, last: date) -> date:
    """Return the day of the slider, which counts days from the window's first."""
    days = plain_number(slide, _LONGEST.days)
    return last if days is None else first + timedelta(days=days)


def _trace(session: Session, wish: TraceWish) -> Trace:
    window = TraceWindow.between(wish.first, wish.until)
    root = known_premises(session, wish.place).number
    return trace_premises(session, root, window, wish.directions)


def _page(session: Session, row: Outbreak, wish: TraceWish, wrong: Wrong) -> Response:
    found = _trace(session, wish)
    joined = {one: links(chain.edges) for one, chain in found.chains.items()}
    rows = _rows(found)
    return show(
        "outbreaks/trace.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        number=outbreak_number(session, row.id),
        row=row,
        wish=wish,
        wrong=wrong or None,
        slide=(wish.until - wish.first).days,
        slide_most=(wish.last - wish.first).days,
        chains={one: len(chain.reached) for one, chain in found.chains.items()},
        rows=rows[:_MOST_ROWS],
        rows_count=len(rows),
        map=draw_scene(session, _features(found, joined)),
        query=_query(wish),
        days=request.form.get("days", "40"),
        left=asked_number("left"),
        acts=may_act(),
    )


def _query(wish: TraceWish) -> dict[str, str]:
    return {
        "place": wish.place,
        "from": wish.first.isoformat(),
        "to": wish.last.isoformat(),
        "until": wish.until.isoformat(),
        "direction": wish.direction,
    }


def _rows(found: Trace) -> list[ChainRow]:
    rows = [
        ChainRow(found.places[place], direction, reached.day, reached.steps)
        for direction, chain in found.chains.items()
        for place, reached in chain.reached.items()
    ]
    return sorted(rows, key=lambda one: (one.direction, one.steps, one.day, one.site.number))


def _features(found: Trace, joined: dict[Direction, list[Link]]) -> MapFeatures:
    kinds = {
        place: direction.value
        for direction, chain in found.chains.items()
        for place in chain.reached
    } | {found.root: "index"}
    return MapFeatures(
        points=[
            MapPoint(site.point, kinds.get(place, "other"), short(site))
            for place, site in found.places.items()
            if site.point
        ],
        lines=_lines(found, joined),
    )


def _lines(found: Trace, joined: dict[Direction, list[Link]]) -> Sequence[MapLine]:
    return [
        MapLine(start.point, end.point, direction.value, f"{short(start)} → {short(end)}")
        for direction, those in joined.items()
        for one in those
        if (start := found.places[one.origin]).point
        and (end := found.places[one.destination]).point
    ]
