"""`bilum outbreak` on a terminal, and `bilum roadblock`: permits of a roadblock on paper."""

from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy.orm import Session

from services.api.documents import csv_text
from services.cli.common import DAY, FILE, INSTANT, make_table, opened, print_table, screen
from services.core.geography import zone_of
from services.livestock.control.case_counts import Figure
from services.livestock.control.errors import NotARoadblock
from services.livestock.control.half_years import (
    HALF_COLUMNS,
    half_year_report,
    half_year_rows,
)
from services.livestock.control.outbreaks import find_outbreak, list_outbreaks, outbreak_number
from services.livestock.control.roadblocks import (
    ROADBLOCK,
    barred_permits,
    expected_permits,
    stolen_on,
)
from services.livestock.control.situation import Situation, render_page, situation
from services.livestock.control.woah_reports import COLUMNS, woah_rows
from services.livestock.control.woah_sending import report_of
from services.livestock.domain.half_years import read_half_year
from services.livestock.domain.permits import Permit
from services.livestock.queries.premises import number_of
from services.livestock.recording.identity import find_premises
from services.livestock.recording.lookup import parse_key
from services.storage.models import ControlOrder, Premises
from sms.local_time import local_day

KNOWN_AT = click.option(
    "--known-at", type=INSTANT, help="As known then: an instant with its zone. Without it, now."
)
CSV = click.option("--csv", "target", type=FILE, help="Write the table to this file.")
_SITE = (
    "outbreak", "first_administrative_division", "outbreak_start_date", "susceptible", "cases",
    "deaths", "killed_and_disposed_of", "slaughtered",
)  # fmt: skip
# The same in each row of a half of a year.
_SAME = frozenset({"country", "period", "species", "measuring_unit"})


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
    """Show the course of outbreak NUMBER, its orders, and premises by their status and cases."""
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
    marked = (
        (one.site.number, one.kind, one.site.province, one.since, one.until or "open", one.animals)
        for one in view.marked
    )
    for headings, rows in (
        (("day", "state"), steps),
        (("order", "kind", "area", "since", "until"), orders),
        (("premises", "status", "province", "since", "until", "pigs"), marked),
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
            page = render_page(view, now, runtime.settings.office_phones)
            target.write_text(page, encoding="utf-8")
        screen.print(f"{target} is written")
        return
    view = _view(number)
    days = ((one.day, *map(one.counts.get, Figure)) for one in view.days)
    table = make_table(("day", *Figure), days)
    table.add_section()
    table.add_row("all", *(str(view.total[figure]) for figure in Figure))
    Console().print(table)


@outbreak.command()
@click.argument("number")
@click.option("--on", "day_", type=DAY, help="Local day; without it, today.")
@KNOWN_AT
@CSV
def woah(
    number: str, day_: datetime | None, known_at: datetime | None, target: Path | None
) -> None:
    """Show the report to WOAH on outbreak NUMBER that is due, and what changed since the last."""
    with opened() as runtime, runtime.database.read() as session:
        on = day_.date() if day_ else local_day(known_at or runtime.clock())
        report = report_of(session, find_outbreak(session, number), on, known_at)
    if target is not None:
        _write(target, csv_text(COLUMNS, woah_rows(report)))
        return
    whole = [(name, one) for name, one in report.items() if not isinstance(one, list)]
    sites = [[one[name] for name in _SITE] for one in report["outbreaks"]]
    changes = [list(one.values()) for one in report["changes"]]
    for headings, rows in (
        (("field", "value"), whole),
        (_SITE, sites),
        (("of", "field", "before", "after"), changes),
    ):
        Console().print(make_table(headings, rows))


@outbreak.command("half-year")
@click.argument("period")
@KNOWN_AT
@CSV
def half_year(period: str, known_at: datetime | None, target: Path | None) -> None:
    """Show the six-monthly report to WOAH of PERIOD, such as 2026-H1: each disease and province.

    An empty number is no information; 0 is none.
    """
    half = read_half_year(period)
    with opened() as runtime, runtime.database.read() as session:
        rows = half_year_rows(half_year_report(session, half, known_at))
    if target is not None:
        _write(target, csv_text(HALF_COLUMNS, rows))
        return
    names = [one for one in HALF_COLUMNS if one not in _SAME]
    print_table(names, [[row[name] for name in names] for row in rows])


def _write(target: Path, table: str) -> None:
    target.write_text(table, encoding="utf-8", newline="")
    screen.print(f"{target} is written")


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
    """Print the permits that may lead past the roadblock NUMBER, and stolen pigs, for paper."""
    with opened() as runtime, runtime.database.read() as session:
        key = parse_key(session, number, "premises")
        found = find_premises(session, [key]).get(key)
        row = session.get(Premises, found.id) if found else None
        if row is None or row.kind != ROADBLOCK:
            raise NotARoadblock(number=key)
        here = local_day(runtime.clock(), zone_of(row.province))
        day = on.date() if on else here + timedelta(days=1)  # type: ignore[attr-defined]  # click's
        permits = expected_permits(session, row, day)
        barred, stolen = barred_permits(session, permits, day), stolen_on(session, row, day)
        rows = (
            (
                *_permit_row(session, one),
                f"NO: {barred[one.number]}" if one.number in barred else "",
            )
            for one in permits
        )
        table = make_table(("permit", "pigs", "from", "to", "valid", "now"), rows)
    table.title = f"Roadblock {key}, {day}"
    Console().print(table)
    Console().print(f"Stolen, hold them: {', '.join(stolen) or 'none'}")


def _permit_row(session: Session, permit: Permit) -> tuple[object, ...]:
    places = (number_of(session, place) for place in (permit.origin, permit.destination))
    return permit.number, permit.heads, *places, f"{permit.first} - {permit.last}"
