"""The situation of an outbreak on a day: state, orders, counts, places; for machines and paper.

The report to WOAH has the fields of its immediate notification and follow-up report, as WAHIS
names them (Terrestrial Animal Health Code, article 1.1.3; terms of the notification form): an event
is all outbreaks that belong together, an outbreak is one epidemiological unit with cases. Cases are
the sick or the dead, whichever are more, because dead pigs were mostly sick before; deaths are
those not killed. What only the authority can say, such as the reason for notification, is null.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.livestock.control.case_counts import (
    Case,
    CaseEvent,
    Counts,
    Figure,
    add_up,
    cases_of,
    events_of,
)
from services.livestock.control.orders import list_orders
from services.livestock.control.outbreaks import OutbreakState, StepTaken, history, outbreak_number
from services.livestock.domain.model import EventType
from services.livestock.domain.orders import OrderKind
from services.livestock.queries.positions import heads_on
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

# Columns of the chart, from the bottom up.
_DRAWN = (Figure.SICK, Figure.DEAD, Figure.CULLED)

COLUMNS = (
    "country", "report", "report_date", "event", "disease", "causal_agent", "event_start_date",
    "confirmation_date", "end_date", "outbreak", "first_administrative_division",
    "second_administrative_division", "location", "latitude", "longitude",
    "epidemiological_unit", "outbreak_start_date", "species", "measuring_unit", "susceptible",
    "cases", "deaths", "killed_and_disposed_of", "slaughtered", "control_measures", "source",
)  # fmt: skip

_DISEASES = {
    "african_swine_fever": (
        "African swine fever virus (Inf. with)",
        "African swine fever virus",
    ),
    "classical_swine_fever": (
        "Classical swine fever virus (Inf. with)",
        "Classical swine fever virus",
    ),
    "foot_and_mouth": ("Foot and mouth disease virus (Inf. with)", "Foot and mouth disease virus"),
    "anthrax": ("Anthrax", "Bacillus anthracis"),
}
_UNITS = {
    "household": "Backyard",
    "village_herd": "Village",
    "piggery": "Farm",
    "market": "Livestock market",
    "abattoir": "Slaughterhouse",
}


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
    """One outbreak as known now, counted up to a day."""

    number: str
    public_id: UUID
    disease: str
    on: date
    steps: tuple[StepTaken, ...]
    index: TracedPlace
    orders: tuple[OrderLine, ...]
    notices: tuple[NoticeLine, ...]
    today: Counts
    total: Counts
    days: tuple[DayCounts, ...]
    places: tuple[Affected, ...]
    results: tuple[CaseEvent, ...] = ()

    @property
    def began_on(self) -> date:
        """The local day on which it began."""
        return self.steps[0].day

    @property
    def state(self) -> str:
        """The state on the day."""
        return self.steps[-1].state.value

    def reached(self, state: str) -> date | None:
        """Return the first day on which it came to a state, None where it has not."""
        return next((step.day for step in self.steps if step.state == state), None)


def situation(session: Session, outbreak: Outbreak, on: date) -> Situation:
    """Describe an outbreak on a day, as known now."""
    cases = cases_of(session, outbreak, on)
    orders = list_orders(session, ControlOrder.outbreak_id == outbreak.id, ControlOrder.since <= on)
    keys = {case.premises for case in cases} | {outbreak.index_premises_id}
    sites = read_places(session, keys)
    steps = history(session, outbreak)
    return Situation(
        number=outbreak_number(session, outbreak.id),
        public_id=outbreak.public_id,
        disease=outbreak.disease,
        on=on,
        steps=(steps[0], *(step for step in steps[1:] if step.day <= on)),
        index=sites[outbreak.index_premises_id],
        orders=tuple(OrderLine(row, _binds(row, on)) for row in reversed(orders)),
        notices=tuple(_notices(session, orders)),
        today=add_up(case for case in cases if case.day == on),
        total=add_up(cases),
        days=tuple(_days(cases, outbreak.began_on, on)),
        places=tuple(_places(cases, sites)),
        results=tuple(
            one
            for one in events_of(session, outbreak, on, (EventType.RESULT,))
            if one.details["disease"] == outbreak.disease
        ),
    )


def render_page(view: Situation, now: datetime) -> str:
    """Write a situation as a page of HTML to print, complete in itself."""
    most = max(sum(one.counts[figure] for figure in _DRAWN) for one in view.days)
    template = _TEMPLATES.get_template("situation.html")
    return template.render(view=view, now=now, most=most, drawn=_DRAWN, figures=list(Figure))


def _binds(row: ControlOrder, on: date) -> bool:
    return row.since <= on and (row.until is None or on < row.until)


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


# Terrestrial Animal Health Code, article 1.1.3; terms of the notification form: an event is all
# outbreaks that belong together, an outbreak is one epidemiological unit with cases. Cases are the
# sick or the dead, whichever are more, because dead pigs were mostly sick before; deaths are those
# that were not killed. What only the authority can say, such as
# the reason for notification, is null.


def woah_report(session: Session, view: Situation) -> dict[str, Any]:
    """Return the report on an outbreak as it was on the day of a situation.

    The first report is the immediate notification; each one of a later day is a follow-up report.
    """
    disease, agent = _DISEASES[view.disease]
    confirmed = view.reached(OutbreakState.CONFIRMED)
    ended = view.reached(OutbreakState.RELEASED)
    return {
        "country": "Papua New Guinea",
        "report": _kind(view),
        "report_date": view.on.isoformat(),
        "event": view.number,
        "event_status": "Resolved" if ended else "Continuing",
        "reason_for_notification": None,
        "disease": disease,
        "causal_agent": agent,
        "event_start_date": view.began_on.isoformat(),
        "confirmation_date": confirmed.isoformat() if confirmed else None,
        "end_date": ended.isoformat() if ended else None,
        "outbreaks": [_outbreak(session, one) for one in view.places],
        "diagnostics": [_diagnostic(one) for one in view.results],
        "control_measures": _measures(view),
        "source": "Unknown or inconclusive",
    }


def woah_rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a report as rows of `COLUMNS`, one for each outbreak of the event."""
    measures = "; ".join(report["control_measures"])
    event = {name: report[name] for name in COLUMNS if name in report}
    return [{**event, **one, "control_measures": measures} for one in report["outbreaks"]]


def _diagnostic(one: CaseEvent) -> dict[str, Any]:
    """Return a laboratory's result, as a report has it; what nobody told is null."""
    told = one.details
    return {
        "laboratory": told.get("laboratory"),
        "test": told.get("method"),
        "sample": told["sample"],
        "date": one.day.isoformat(),
        "outcome": told["outcome"],
    }


def _kind(view: Situation) -> str:
    confirmed = view.reached(OutbreakState.CONFIRMED)
    if confirmed is None:
        return "None: not confirmed"
    return "Immediate notification" if view.on <= confirmed else "Follow-up report"


def _outbreak(session: Session, one: Affected) -> dict[str, Any]:
    site, counts = one.site, one.counts
    longitude, latitude = site.point or (None, None)
    cases = max(counts[Figure.SICK], counts[Figure.DEAD])
    gone = counts[Figure.CULLED] + counts[Figure.SLAUGHTERED]
    return {
        "outbreak": site.number,
        "first_administrative_division": site.province,
        "second_administrative_division": site.district,
        "location": ", ".join(part for part in (site.ward, site.llg) if part) or None,
        "latitude": latitude,
        "longitude": longitude,
        "epidemiological_unit": _UNITS.get(site.kind, "Other"),
        "outbreak_start_date": one.since.isoformat(),
        "species": "Swine",
        "measuring_unit": "Animal",
        # Untagged pigs are known only from the numbers in reports.
        "susceptible": max(heads_on(session, one.premises, one.since), cases, gone),
        "cases": cases,
        "deaths": counts[Figure.DEAD],
        "killed_and_disposed_of": counts[Figure.CULLED],
        "slaughtered": counts[Figure.SLAUGHTERED],
    }


def _measures(view: Situation) -> list[str]:
    binding: list[ControlOrder] = [one.row for one in view.orders if one.in_force]
    kinds = {row.kind for row in binding}
    applied = {
        "Movement control inside the country": bool(binding),
        "Quarantine": OrderKind.QUARANTINE in kinds,
        "Zoning": OrderKind.ZONE in kinds,
        "Stamping out": view.total[Figure.CULLED] > 0,
        "Official disposal of carcasses, by-products and waste": view.total[Figure.DISPOSED] > 0,
        "Traceability": True,
    }
    return [name for name, is_applied in applied.items() if is_applied]
