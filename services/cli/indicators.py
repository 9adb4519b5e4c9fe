"""`bilum indicators`: what a programme has done, on the screen and for other systems."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from services.api.documents import csv_text
from services.cli.common import DAY, EXISTING_FILE, FILE, FOUND, opened, print_table, screen
from services.cli.indicator_lists import calls, sample
from services.health.indicators.dhis2 import Changes, Export, compare, make_export
from services.health.indicators.dhis2_client import client_to
from services.health.indicators.dhis2_mapping import read_mapping
from services.health.indicators.dhis2_sending import send_by_command
from services.health.indicators.disaggregation import Cut, period_of
from services.health.indicators.fhir import as_bundle, as_lines, people, resources
from services.health.indicators.minister_page import as_page
from services.health.indicators.tables import (
    COLUMNS,
    TOTAL,
    Report,
    lines,
    make_report,
    make_table,
    rows,
)
from services.runtime.container import Runtime
from services.storage.read_log import SERVER, ReadSubject, note_access

_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_CODE = click.argument("code")
_FROM = click.option("--from", "first", type=DAY, required=True, help="First local day.")
_TO = click.option("--to", "last", type=DAY, required=True, help="Last local day.")
_BY = click.option(
    "--by",
    type=click.Choice([cut.value for cut in Cut]),
    multiple=True,
    help="Give it twice to cross two cuts.",
)
_PUBLIC = click.option("--public", is_flag=True, help="Hide small counts.")
_OUT = click.option("--out", type=FILE, help="Write to this file.")


def _options(*options: _Decorator) -> _Decorator:
    """Give a command its options, in this order."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.group()
def indicators() -> None:
    """Figures of a health programme, counted from its records; see docs/indicators.md."""


@indicators.command()
@_options(_CODE, _FROM, _TO, _BY, _PUBLIC)
def show(code: str, first: datetime, last: datetime, by: tuple[str, ...], public: bool) -> None:  # noqa: FBT001 — click's flag
    """Show the indicators of programme CODE."""
    with _report(code, first, last) as (_, _, report):
        table = make_table(report, [Cut(one) for one in by], public=public)
        print_table(
            (*by, "indicator", "numerator", "of", "value", "unit"),
            (
                (
                    *(line.group or (TOTAL,) * len(by)),
                    line.measure.name,
                    *(line.figure or ("hidden",) * 3),
                    line.measure.unit,
                )
                for line in lines(report, table)
            ),
        )


@indicators.command("csv")
@_options(_CODE, _FROM, _TO, _BY, _PUBLIC, _OUT)
def table(
    *,
    code: str,
    first: datetime,
    last: datetime,
    by: tuple[str, ...],
    public: bool,
    out: Path | None,
) -> None:
    """Write indicators as CSV, one row for each indicator and group; by default for every cut."""
    with _report(code, first, last) as (_, _, report):
        _write([csv_text(COLUMNS, rows(report, [Cut(one) for one in by], public=public))], out)


@indicators.command()
@_options(_CODE, _FROM, _TO, _PUBLIC, _OUT)
def page(code: str, first: datetime, last: datetime, public: bool, out: Path | None) -> None:  # noqa: FBT001 — click's flag
    """Write one page to print, as a single HTML file."""
    with _report(code, first, last) as (_, _, report):
        _write([as_page(report, public=public)], out)


@indicators.command()
@_options(_CODE, _FROM, _TO, _OUT)
@click.option("--ndjson", is_flag=True, help="One resource a line, instead of a Bundle.")
def fhir(code: str, first: datetime, last: datetime, out: Path | None, ndjson: bool) -> None:  # noqa: FBT001 — click's flag
    """Write FHIR R4: indicators, planned texts and their outcomes.

    The texts are about single people, by an id without name or number; each access is logged.
    """
    with _report(code, first, last) as (runtime, session, report):
        with runtime.database.write(exclusive=False) as noting:
            for person in people(session, report):
                read = ReadSubject(person_id=person)
                note_access(noting, SERVER, read, "bilum indicators fhir", report.now)
        found = resources(session, report)
        _write(as_lines(found) if ndjson else as_bundle(found, report.now), out)


@indicators.command()
@_options(_CODE, _FROM, _TO)
@click.option(
    "--mapping",
    required=True,
    type=EXISTING_FILE,
    help="YAML: what goes where; deploy/dhis2-mapping.example.yaml is one.",
)
@click.option("--url", help="Address of DHIS2, instead of BILUM_DHIS2_URL.")
@click.option(
    "--token-file",
    type=EXISTING_FILE,
    help="File with the token, instead of BILUM_DHIS2_TOKEN.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
def dhis2(
    *,
    code: str,
    first: datetime,
    last: datetime,
    mapping: Path,
    url: str | None,
    token_file: Path | None,
    dry_run: bool,
) -> None:
    """Send what has changed to DHIS2.

    A dry run ends with status 1 if the mapping has no place for something that was counted.
    """
    told = read_mapping(mapping.read_text("utf-8"))
    with _report(code, first, last) as (runtime, session, report):
        export = make_export(report, told)
        address = (url or runtime.settings.dhis2_url or "").rstrip("/")
        changes = compare(session, address, export)
        now = report.now
    _tell_unmapped(export)
    if dry_run:
        _tell_values(export, changes)
        sys.exit(0 if export.is_whole else FOUND)
    token = token_file.read_text("utf-8").strip() if token_file else None
    with (
        opened() as runtime,
        closing(client_to(address, token or runtime.settings.dhis2_token)) as client,
    ):
        done = send_by_command(runtime.database, client, export, now)
    screen.print(f"{len(done.changed)} sent, {len(done.gone)} deleted, {done.same} as before")


indicators.add_command(calls)
indicators.add_command(sample)


@contextmanager
def _report(
    code: str, first: datetime, last: datetime
) -> Iterator[tuple[Runtime, Session, Report]]:
    period = period_of(first.date(), last.date())
    with opened() as runtime, runtime.database.read() as session:
        yield runtime, session, make_report(session, code, period, runtime.clock())


def _tell_unmapped(export: Export) -> None:
    for what, names in (
        ("indicator", export.indicators),
        ("province", export.places),
        ("group", export.groups),
    ):
        for name in names:
            click.echo(f"not mapped: {what} {name}", err=True)
    for name in export.idle:
        click.echo(f"nothing counted: {name}", err=True)


def _tell_values(export: Export, changes: Changes) -> None:
    for place, value in sorted(changes.changed.items()):
        where = " ".join(part for part in (export.period, *place) if part)
        click.echo(f"send {where} = {value}")
    for place in changes.gone:
        click.echo(f"delete {' '.join(part for part in (export.period, *place) if part)}")
    click.echo(f"{changes.same} as before")


def _write(pieces: Iterable[str], out: Path | None) -> None:
    if out is None:
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(pieces)
    screen.print(f"{out} is written")
