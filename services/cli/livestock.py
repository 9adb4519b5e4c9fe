"""`bilum import` and `bilum animal`."""

from __future__ import annotations

import csv
import gc
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from chain.errors import LedgerError
from services.cli.common import opened, progress_bar, screen
from services.cli.people import people
from services.core.errors import UnreadableFile
from services.livestock.domain.model import Origin, local_day
from services.livestock.imports import CHANNEL, Tally, import_file
from services.livestock.imports.animals import Animals, Tags
from services.livestock.imports.movements import Movements
from services.livestock.imports.premises import Premises
from services.livestock.imports.rows import Kind
from services.livestock.queries.animals import animal_history
from services.livestock.recording.lookup import parse_key
from services.runtime.container import Runtime
from services.runtime.workers import record_everything
from services.storage.unit_of_work import Unit

T = TypeVar("T")

_FOUND = 1
_TOLD = ("line", "reason")
_POLL_SECONDS = 0.2
_WAITING = "kept; what waits for the ledger goes there with `bilum run`, or this import run again"


@click.group("import")
def import_group() -> None:
    """Import records from another system."""


_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_REPORT = click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows that were refused to this CSV, with line and reason.",
)


@import_group.command()
@_FILE
@_REPORT
def movements(file: Path, report: Path | None) -> None:
    """Import movements from FILE, and return when they are on the ledger.

    FILE is CSV in UTF-8, plain or gzip, or an Excel workbook (.xlsx), of which the first sheet is
    read. Columns: source, destination, id, t. Run it again after it was stopped: nothing is
    recorded twice.
    """
    _import(file, Movements, report)


@import_group.command()
@_FILE
@_REPORT
def premises(file: Path, report: Path | None) -> None:
    """Import premises from FILE, as `movements` does.

    Columns: number, kind, province; where known district, llg, ward, village, latitude, longitude,
    name, phone (the keeper's).
    """
    _import(file, Premises, report)


@import_group.command()
@_FILE
@_REPORT
def tags(file: Path, report: Path | None) -> None:
    """Import ranges of official tags from FILE, as `movements` does.

    Columns: first, last, premises.
    """
    _import(file, lambda _today: Tags(), report)


@import_group.command()
@_FILE
@_REPORT
def animals(file: Path, report: Path | None) -> None:
    """Import a register of animals from FILE, as `movements` does.

    Columns: tag, premises; where known born, sex, breed, day (of the registration).
    """
    _import(file, Animals, report)


import_group.add_command(people)


@click.command()
@click.argument("tag")
def animal(tag: str) -> None:
    """Show where an animal has been, and its events.

    TAG: an official number, a short number, or scheme:value such as animal:00001.
    """
    console = Console()
    with opened() as runtime, runtime.database.read() as session:
        history = animal_history(session, parse_key(session, tag, "animal"))
    console.print(f"[bold]{', '.join(history.numbers)}[/]{' (found)' if history.found else ''}")
    stays = Table("place", "province", "since", "until")
    for stay in history.stays:
        place = stay.place
        name = f"{place.number} {place.name or ''}".strip() if place else "not known"
        stays.add_row(
            name, (place and place.province) or "", str(stay.since or ""), str(stay.until or "")
        )
    console.print(stays)
    events = Table("day", "event", "id", "ledger")
    for entry in history.entries:
        where = f"record {entry.index}" if entry.on_chain else "waiting"
        where += ", erased" if entry.erased else ""
        events.add_row(str(entry.occurred_on), entry.type, str(entry.event_id), where)
    console.print(events)
    for flag in history.flags:
        console.print(f"[yellow]look at this: {flag.replace('_', ' ')}[/]")


def _import(file: Path, kind_on: Callable[[date], Kind[T]], report: Path | None) -> None:
    # What is loaded stays: without this, the search for garbage goes through it again and again.
    gc.freeze()
    try:
        with opened() as runtime, progress_bar() as bar:
            tally = _take_file(runtime, bar, file, kind_on(local_day(runtime.clock())))
            # Hours of work are told of, whatever becomes of the ledger now.
            lacking = _record(runtime, bar)
    finally:
        gc.unfreeze()
    _tell(tally, "all on the ledger" if lacking is None else _WAITING)
    if report:
        _write_report(tally, report)
    if tally.fault:
        raise UnreadableFile(f"{tally.fault}. The rows before that are taken")
    if lacking is not None:
        raise lacking
    sys.exit(_FOUND if tally.refusals else 0)


def _take_file(runtime: Runtime, bar: Progress, file: Path, kind: Kind[T]) -> Tally:
    rows = bar.add_task("rows", total=None)
    tally = import_file(
        file, kind, _taker(runtime, kind), lambda done: bar.update(rows, completed=done)
    )
    bar.update(rows, total=tally.rows + len(tally.refusals))
    return tally


def _taker(runtime: Runtime, kind: Kind[T]) -> Callable[[list[T]], int]:
    database = runtime.database

    def take(rows: list[T]) -> int:
        with database.write() as session:
            unit = Unit(session, database.vault)
            return kind.take(unit, rows, Origin(CHANNEL, None, runtime.clock()))

    return take


def _record(runtime: Runtime, bar: Progress) -> LedgerError | None:
    """Return when everything is on the ledger, or why it cannot be now."""
    start = runtime.recorder_store.size()
    leaves = bar.add_task("ledger", total=runtime.recorder_store.pending())
    try:
        record_everything(
            runtime,
            lambda: time.sleep(_POLL_SECONDS),
            lambda size: bar.update(leaves, completed=size - start),
        )
    except LedgerError as error:
        return error
    return None


def _tell(tally: Tally, recorded: str) -> None:
    for refusal in tally.refusals:
        click.echo(f"line {refusal.line}: {refusal.reason}", err=True)
    screen.print(
        f"{tally.rows} rows taken, {len(tally.refusals)} refused; "
        f"{tally.new_events} new events, {recorded}"
    )


def _write_report(tally: Tally, path: Path) -> None:
    """Write the refused rows with all their cells: corrected, the file can be imported again."""
    # Phone numbers may stand in it.
    path.touch(mode=0o600)
    # A byte that is not UTF-8 was read so, and comes out as it was.
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        known = [place for place, name in enumerate(tally.header) if name not in _TOLD]
        writer.writerow([*_TOLD, *(tally.header[place] for place in known)])
        for refusal in tally.refusals:
            cells = dict(enumerate(refusal.values))
            writer.writerow(
                [refusal.line, refusal.reason, *(cells.get(place, "") for place in known)]
            )
