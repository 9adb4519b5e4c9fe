"""The page of one outbreak, read at once and in bounded size."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from flask import g
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.guards import note_read
from services.console.maps import DrawnMap
from services.console.outbreaks.curve import DrawnCurve, draw_curve
from services.console.outbreaks.scenes import SeenPlace, outbreak_map, places_of
from services.core.roles import OFFICERS
from services.livestock.control.contact_calls import ContactCall, calls_of, contacts_of, tasks_of
from services.livestock.control.marked_places import MarkedPlace
from services.livestock.control.outbreak_log import LogEntry, log_of
from services.livestock.control.outbreak_samples import SampleLine, pair
from services.livestock.control.outbreaks import STEPS, OutbreakState
from services.livestock.control.situation import Situation, situation
from services.livestock.tracing.model import TracedPlace, TraceWindow
from services.livestock.tracing.movement_records import read_places
from services.livestock.tracing.recent_movements import MovementLink, movements_around
from services.messaging.tasks.model import Outcome
from services.storage.models import Outbreak, Premises
from services.storage.read_log import ReadSubject
from services.storage.rowsets import public_ids

DAYS = timedelta(days=30)
CALLS = 10
_PLACES, _SAMPLES, _LOG, _LINKS, _ROOTS = 50, 20, 20, 100, 300


class MovementRow(NamedTuple):
    """Movements from one place to another, as a table shows them."""

    start: TracedPlace
    end: TracedPlace
    link: MovementLink


class Overview(NamedTuple):
    """One outbreak as its page shows it; of long lists the first, with how many there are.

    Attributes:
        steps: states that may follow.
        heads: places with their cases, and how many there are.
        calls: a page of contacts; `to_call`: how many were not reached yet, of `contacts`.
    """

    view: Situation
    steps: Sequence[OutbreakState]
    places: Sequence[SeenPlace]
    places_count: int
    map: DrawnMap | None
    curve: DrawnCurve | None
    movements: Sequence[MovementRow]
    calls: Sequence[ContactCall]
    to_call: int
    contacts: int
    samples: Sequence[SampleLine]
    samples_count: int
    sites: dict[int, TracedPlace]
    log: Sequence[LogEntry]


def read_overview(session: Session, outbreak: Outbreak, today: date, start: int) -> Overview:
    """Read an outbreak for its page; numbers that are shown are noted as read.

    Args:
        start: how many contacts come before the page of them.
    """
    view = situation(session, outbreak, today)
    places = places_of(view)
    links, ends = _movements(session, outbreak, view, today)
    orders = [one.row for one in view.orders if one.in_force]
    calls, left, contacts = _calls(session, outbreak, view, start)
    samples = pair(view.samples)
    return Overview(
        view=view,
        steps=[one for one in OutbreakState if one in STEPS[OutbreakState(outbreak.state)]],
        places=places[:_PLACES],
        places_count=len(places),
        map=outbreak_map(session, places[:_ROOTS], links, ends, orders),
        curve=draw_curve(view.days),
        movements=[MovementRow(ends[one.origin], ends[one.destination], one) for one in links],
        calls=calls,
        to_call=left,
        contacts=contacts,
        samples=samples[:_SAMPLES],
        samples_count=len(samples),
        sites=read_places(session, {one.premises for one in samples[:_SAMPLES]}),
        log=log_of(session, outbreak, view.samples, _LOG),
    )


def _movements(
    session: Session, outbreak: Outbreak, view: Situation, today: date
) -> tuple[list[MovementLink], dict[int, TracedPlace]]:
    roots = [outbreak.index_premises_id, *(one.premises for one in view.places)][:_ROOTS]
    links = movements_around(session, roots, TraceWindow(today - DAYS, today), _LINKS)
    ends = read_places(session, {end for one in links for end in one[:2]})
    return links, ends


def _calls(
    session: Session, outbreak: Outbreak, view: Situation, start: int
) -> tuple[list[ContactCall], int, int]:
    """Return a page of the contacts, who is not reached yet first, and how many there are."""
    contacts = contacts_of(view.marked)
    if g.holder.role not in OFFICERS:
        return [], len(contacts), len(contacts)
    reached = _reached(session, outbreak, contacts)
    ordered = sorted(contacts, key=lambda one: one.site.public_id in reached)
    calls = calls_of(session, outbreak, ordered[start : start + CALLS])
    shown = (one.keeper for one in calls if one.keeper is not None and (one.name or one.phones))
    note_read(session, *map(ReadSubject, shown))
    return calls, len(contacts) - len(reached), len(contacts)


def _reached(session: Session, outbreak: Outbreak, contacts: Sequence[MarkedPlace]) -> set[object]:
    named = public_ids(session, [one.site.public_id for one in contacts])
    rows = session.execute(
        select(Premises.id, Premises.public_id).where(Premises.public_id.in_(named))
    ).all()
    tasks = tasks_of(session, outbreak, [row.id for row in rows])
    return {
        row.public_id for row in rows if row.id in tasks and tasks[row.id].outcome == Outcome.DONE
    }
