"""The situation of an outbreak on a day: state, orders, counts, places; for machines and paper.

The reports to WOAH are made of it: see `services.livestock.control.woah_reports`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.core.look import tokens, written_day
from services.livestock.control.case_counts import (
    OF_LABORATORIES,
    Case,
    CaseEvent,
    Counts,
    Figure,
    add_up,
    cases_of,
    events_of,
    extent_of,
)
from services.livestock.control.marked_places import MarkedPlace, marked_places
from services.livestock.control.orders import list_orders
from services.livestock.control.outbreaks import StepTaken, history, outbreak_number
from services.livestock.domain.model import EventType
from services.livestock.tracing.model import TracedPlace
from services.livestock.tracing.movement_records import read_places
from services.storage.models import ControlOrder, Notice, Outbreak

_TEMPLATES = Environment(
    loader=PackageLoader("services.livestock.control"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_NO_OFFICES: Mapping[str, str] = MappingProxyType({})
# Columns of the chart, from the bottom up.
_DRAWN = (Figure.SICK, Figure.DEAD, Figure.CULLED)


class Affected(NamedTuple):
    """Premises with cases: database key, place, the day of the first, and all counts."""

    premises: int
    site: TracedPlace
    since: date
    counts: Counts


class OrderLine(NamedTuple):
    """An order of the outbreak, and whether it binds on the day."""

    row: ControlOrder
    in_force: bool


class NoticeLine(NamedTuple):
    """A notice of one of the orders."""

    order: str
    state: str
    recipients: int
    cost: int
    approved_at: datetime | None


class DayCounts(NamedTuple):
    """Figures of one local day."""

    day: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class Situation:
    """One outbreak as known now, counted up to a day.

    Attributes:
        samples: samples and results of its places, those of other diseases too.
    """

    number: str
    public_id: UUID
    disease: str
    on: date
    steps: tuple[StepTaken, ...]
    index: TracedPlace
    orders: tuple[OrderLine, ...]
    notices: tuple[NoticeLine, ...]
    today: Counts
    yesterday: Counts
    total: Counts
    days: tuple[DayCounts, ...]
    places: tuple[Affected, ...]
    samples: tuple[CaseEvent, ...] = ()
    known_at: datetime | None = None
    marked: tuple[MarkedPlace, ...] = ()

    @property
    def began_on(self) -> date:
        """The local day on which it began."""
        return self.steps[0].day

    @property
    def state(self) -> str:
        """The state on the day."""
        return self.steps[-1].state.value

    @property
    def results(self) -> tuple[CaseEvent, ...]:
        """Findings of laboratories for its disease."""
        of_laboratory = (one for one in self.samples if one.record["type"] == EventType.RESULT)
        return tuple(one for one in of_laboratory if one.details["disease"] == self.disease)

    def reached(self, state: str) -> date | None:
        """Return the first day on which it came to a state, None where it has not."""
        return next((step.day for step in self.steps if step.state == state), None)


def situation(
    session: Session, outbreak: Outbreak, on: date, known_at: datetime | None = None
) -> Situation:
    """Describe an outbreak on a day.

    Where a place lies, and its kind, are those of today.

    Args:
        known_at: UTC; as known then. None: as known now.

    Raises:
        NotFound: nobody knew of the outbreak by then.
    """
    steps = history(session, outbreak, known_at)
    if not steps:
        raise NotFound("Nobody knew of this outbreak at that time: ask for a later one")
    extent = extent_of(session, outbreak, known_at)
    cases = cases_of(session, extent, on)
    orders = _orders(session, outbreak, on, known_at)
    keys = {case.premises for case in cases} | {outbreak.index_premises_id}
    sites = read_places(session, keys)
    return Situation(
        number=outbreak_number(session, outbreak.id),
        public_id=outbreak.public_id,
        disease=outbreak.disease,
        on=on,
        steps=(steps[0], *(step for step in steps[1:] if step.day <= on)),
        index=sites[outbreak.index_premises_id],
        orders=tuple(OrderLine(row, _binds(row, on, known_at)) for row in reversed(orders)),
        notices=tuple(_notices(session, orders)),
        today=add_up(case for case in cases if case.day == on),
        yesterday=add_up(case for case in cases if case.day == on - timedelta(days=1)),
        total=add_up(cases),
        days=tuple(_days(cases, outbreak.began_on, on)),
        places=tuple(_places(cases, sites)),
        samples=tuple(events_of(session, extent, on, OF_LABORATORIES)),
        known_at=known_at,
        marked=tuple(marked_places(session, outbreak, on, extent.areas)),
    )


def render_page(view: Situation, now: datetime, offices: Mapping[str, str] = _NO_OFFICES) -> str:
    """Write a situation as a page of HTML to print, complete in itself.

    Args:
        offices: phones to call, by province, and by `*` of the country.
    """
    most = max(sum(one.counts[figure] for figure in _DRAWN) for one in view.days)
    template = _TEMPLATES.get_template("situation.html")
    style = Markup(tokens())  # noqa: S704 — a file of ours
    return template.render(
        view=view,
        now=now,
        offices=_offices_of(view, offices),
        most=most,
        drawn=_DRAWN,
        figures=list(Figure),
        day=written_day,
        tokens=style,
    )


def _offices_of(view: Situation, offices: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the offices to call: of the provinces with cases or marked places, and the country."""
    sites = [view.index, *(one.site for one in view.places), *(one.site for one in view.marked)]
    named = sorted({site.province for site in sites if site.province})
    found = [(name, offices[name]) for name in named if name in offices]
    return [*found, ("Papua New Guinea", offices["*"])] if "*" in offices else found


def _orders(
    session: Session, outbreak: Outbreak, on: date, known_at: datetime | None
) -> Sequence[ControlOrder]:
    then = () if known_at is None else (ControlOrder.declared_at <= known_at,)
    mine = (ControlOrder.outbreak_id == outbreak.id, ControlOrder.since <= on)
    return list_orders(session, *mine, *then)


def _binds(row: ControlOrder, on: date, known_at: datetime | None) -> bool:
    unlifted = None not in (known_at, row.lifted_at) and row.lifted_at > known_at  # type: ignore[operator]  # neither is None
    return row.since <= on and (row.until is None or on < row.until or unlifted)


def _notices(session: Session, orders: Sequence[ControlOrder]) -> Iterable[NoticeLine]:
    numbers = {order.id: order.number for order in orders}
    rows = session.scalars(select(Notice).where(Notice.order_id.in_(numbers)).order_by(Notice.id))
    for row in rows:
        yield NoticeLine(
            numbers[row.order_id], row.state, row.recipients, row.cost, row.approved_at
        )


def _days(cases: Iterable[Case], first: date, last: date) -> Iterable[DayCounts]:
    """Yield every day to the last one with cases, quiet ones too."""
    groups: dict[date, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.day].append(case)
    for count in range((min(last, max(groups, default=first)) - first).days + 1):
        day = first + timedelta(days=count)
        yield DayCounts(day, add_up(groups.get(day, ())))


def _places(cases: Iterable[Case], sites: dict[int, TracedPlace]) -> Iterable[Affected]:
    groups: dict[int, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.premises].append(case)
    found = [
        Affected(key, sites[key], min(case.day for case in rows), add_up(rows))
        for key, rows in groups.items()
    ]
    return sorted(found, key=lambda one: (one.since, one.site.number))
