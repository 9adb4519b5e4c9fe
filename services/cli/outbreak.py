"""`bilum outbreak` on a terminal, and `bilum roadblock`: permits of a roadblock on paper."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from services.cli.common import opened, screen
from services.core.geography import zone_of
from services.livestock.control.case_counts import Figure
from services.livestock.control.errors import NotARoadblock
from services.livestock.control.outbreaks import find_outbreak, list_outbreaks, outbreak_number
from services.livestock.control.permit_texts import heads_of
from services.livestock.control.roadblocks import ROADBLOCK, expected_permits
from services.livestock.control.situation import Situation, render_page, situation
from services.livestock.domain.model import local_day
from services.livestock.queries.premises import number_of
from services.livestock.recording.identity import find_premises
from services.livestock.recording.lookup import parse_key
from services.storage.models import Premises

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def outbreak() -> None:
    """Outbreaks of disease."""


@outbreak.command("list")
def list_all() -> None:
    """List outbreaks, newest first."""
    table = Table("number", "disease", "state", "began")
    with opened() as runtime, runtime.database.read() as session:
        for row in list_outbreaks(session):
            table.add_row(
                outbreak_number(session, row.id), row.disease, row.state, str(row.began_on)
            )
    Console().print(table)


@outbreak.command()
@click.argument("number")
def show(number: str) -> None:
    """Show the course of outbreak NUMBER, its orders and affected premises."""
    view = _view(number)
    console = Console()
    console.print(f"[bold]{view.number}[/] {view.disease}, {view.state}, index {view.index.number}")
    steps = Table("day", "state")
    for step in view.steps:
        steps.add_row(str(step.day), step.state.value)
    orders = Table("order", "kind", "area", "since", "until")
    for line in view.orders:
        row = line.row
        kind = f"{row.status or ''} {row.kind}".strip()
        orders.add_row(row.number, kind, row.area_name, str(row.since), str(row.until or "open"))
    places = Table("premises", "province", "since", *Figure)
    for one in view.places:
        counts = [str(one.counts[figure]) for figure in Figure]
        places.add_row(one.site.number, one.site.province or "", str(one.since), *counts)
    for table in (steps, orders, places):
        console.print(table)


@outbreak.command("situation")
@click.argument("number")
@click.option("--html", "target", type=_FILE, help="Write the page to print to this file.")
def day(number: str, target: Path | None) -> None:
    """Show the counts of outbreak NUMBER, day by day and in all."""
    if target is not None:
        target.write_text(_page(number), encoding="utf-8")
        screen.print(f"{target} is written")
        return
    view = _view(number)
    table = Table("day", *Figure)
    for one in view.days:
        table.add_row(str(one.day), *[str(one.counts[figure]) for figure in Figure])
    table.add_section()
    table.add_row("all", *[str(view.total[figure]) for figure in Figure])
    Console().print(table)


def _view(number: str) -> Situation:
    with opened() as runtime, runtime.database.read() as session:
        # Rows are looked at after the session has ended.
        session.expire_on_commit = False
        return situation(session, find_outbreak(session, number), local_day(runtime.clock()))


def _page(number: str) -> str:
    with opened() as runtime, runtime.database.read() as session:
        now = runtime.clock()
        return render_page(situation(session, find_outbreak(session, number), local_day(now)), now)


@click.group()
def roadblock() -> None:
    """Roadblocks."""


@roadblock.command("list")
@click.argument("number")
@click.option("--on", type=_DAY, help="Local day; without it, tomorrow.")
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
        table = Table("permit", "pigs", "from", "to", "valid", title=f"Roadblock {key}, {day}")
        for permit in expected_permits(session, row, day):
            table.add_row(
                permit.number,
                str(heads_of(permit)),
                number_of(session, permit.origin) or "",
                number_of(session, permit.destination) or "",
                f"{permit.first} - {permit.last}",
            )
    Console().print(table)
