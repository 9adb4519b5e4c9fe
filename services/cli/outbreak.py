"""`bilum outbreak` on a terminal, and `bilum roadblock`: permits of a roadblock on paper."""

from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy.orm import Session

from services.cli.common import DAY, FILE, make_table, opened, print_table, screen
from services.core.geography import zone_of
from services.livestock.control.case_counts import Figure
from services.livestock.control.errors import NotARoadblock
from services.livestock.control.outbreaks import find_outbreak, list_outbreaks, outbreak_number
from services.livestock.control.permits import heads_of
from services.livestock.control.roadblocks import ROADBLOCK, expected_permits
from services.livestock.control.situation import Situation, render_page, situation
from services.livestock.domain.model import local_day
from services.livestock.domain.permits import Permit
from services.livestock.queries.premises import number_of
from services.livestock.recording.identity import find_premises
from services.livestock.recording.lookup import parse_key
from services.storage.models import ControlOrder, Premises


@click.group()
def outbreak() -> None:
    """Outbreaks of disease."""


@outbreak.command("list")
def list_all() -> None:
    """List outbreaks, newest first."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [
            (outbreak_number(session, row.id), row.disease, row.state, row.began_on)
            for row in list_outbreaks(session)
        ]
    print_table(("number", "disease", "state", "began"), rows)


@outbreak.command()
@click.argument("number")
def show(number: str) -> None:
    """Show the course of outbreak NUMBER, its orders and affected premises."""
    view = _view(number)
    console = Console()
    console.print(f"[bold]{view.number}[/] {view.disease}, {view.state}, index {view.index.number}")
    steps = ((step.day, step.state.value) for step in view.steps)
    orders = (
        (row.number, _kind(row), row.area_name, row.since, row.until or "open")
        for row in (line.row for line in view.orders)
    )
    places = (
        (one.site.number, one.site.province, one.since, *map(one.counts.get, Figure))
        for one in view.places
    )
    for headings, rows in (
        (("day", "state"), steps),
        (("order", "kind", "area", "since", "until"), orders),
        (("premises", "province", "since", *Figure), places),
    ):
        console.print(make_table(headings, rows))


@outbreak.command("situation")
@click.argument("number")
@click.option("--html", "target", type=FILE, help="Write the page to print to this file.")
def day(number: str, target: Path | None) -> None:
    """Show the counts of outbreak NUMBER, day by day and in all."""
    if target is not None:
        with opened() as runtime, runtime.database.read() as session:
            now = runtime.clock()
            view = situation(session, find_outbreak(session, number), local_day(now))
            target.write_text(render_page(view, now), encoding="utf-8")
        screen.print(f"{target} is written")
        return
    view = _view(number)
    days = ((one.day, *map(one.counts.get, Figure)) for one in view.days)
    table = make_table(("day", *Figure), days)
    table.add_section()
    table.add_row("all", *(str(view.total[figure]) for figure in Figure))
    Console().print(table)


def _kind(order: ControlOrder) -> str:
    return f"{order.status or ''} {order.kind}".strip()


def _view(number: str) -> Situation:
    with opened() as runtime, runtime.database.read() as session:
        # Rows are looked at after the session has ended.
        session.expire_on_commit = False
        return situation(session, find_outbreak(session, number), local_day(runtime.clock()))


@click.group()
def roadblock() -> None:
    """Roadblocks."""


@roadblock.command("list")
@click.argument("number")
@click.option("--on", type=DAY, help="Local day; without it, tomorrow.")
def list_permits(number: str, on: object) -> None:
    """Print the permits that may lead past the roadblock NUMBER, as a table for paper."""
    with opened() as runtime, runtime.database.read() as session:
        key = parse_key(session, number, "premises")
        found = find_premises(session, [key]).get(key)
        row = session.get(Premises, found.id) if found else None
        if row is None or row.kind != ROADBLOCK:
            raise NotARoadblock(number=key)
        here = local_day(runtime.clock(), zone_of(row.province))
        day = on.date() if on else here + timedelta(days=1)  # type: ignore[attr-defined]  # click's
        rows = (_permit_row(session, permit) for permit in expected_permits(session, row, day))
        table = make_table(("permit", "pigs", "from", "to", "valid"), rows)
    table.title = f"Roadblock {key}, {day}"
    Console().print(table)


def _permit_row(session: Session, permit: Permit) -> tuple[object, ...]:
    places = (number_of(session, place) for place in (permit.origin, permit.destination))
    return permit.number, heads_of(permit), *places, f"{permit.first} - {permit.last}"
