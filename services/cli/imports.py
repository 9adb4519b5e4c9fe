"""`bilum import`: records and people from another system's files."""

import csv
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeVar

import click
from rich.progress import Progress

from chain.errors import LedgerError
from services.api.documents import csv_text
from services.cli.common import EXISTING_FILE, FILE, FOUND, opened, progress_bar, ready, screen
from services.core import collecting
from services.core.errors import UnreadableFile
from services.core.table_files import REPORTED, FileTally
from services.health.imports.import_people import ImportOptions, import_people
from services.livestock.domain.model import Origin
from services.livestock.imports import CHANNEL, Tally, import_file
from services.livestock.imports.animals import Animals, Movements, Tags
from services.livestock.imports.boundaries import read_boundary_file
from services.livestock.imports.premises import Premises
from services.livestock.imports.rows import Kind
from services.livestock.recording.boundaries import keep_boundaries
from services.runtime.container import Runtime
from services.runtime.workers import record_everything
from services.storage.unit_of_work import Unit
from services.texts.catalogue import LANGUAGES
from sms.local_time import local_day

T = TypeVar("T")

# Columns of the report of refused people, and what of a refusal stands in each.
_TOLD_OF_PEOPLE = {
    "line": "line",
    "phone": "subject",
    "column": "column",
    "wrong": "wrong",
    "advice": "advice",
}
_POLL_SECONDS = 0.2
_WAITING = "kept; what waits for the ledger goes there with `bilum run`, or this import run again"


@click.group("import")
def import_group() -> None:
    """Import records from another system."""


_FILE = click.argument("file", type=EXISTING_FILE)
_REPORT = click.option(
    "--report",
    type=FILE,
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


@import_group.command()
@_FILE
@click.option(
    "--report",
    type=FILE,
    help="Write the rows that were refused to this CSV: line, column, what is wrong, what to do.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="Language of people whose row has none, and of whom none is known.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and keep nothing.")
def people(file: Path, report: Path | None, language: str | None, *, dry_run: bool) -> None:
    """Import people for health programmes and campaigns from FILE: CSV or .xlsx.

    Columns: phone; where known name, language, province, district, sex, birth_year, list,
    programme, cohort, consent, consent_date, place, and days of the programme by their code. If it
    was stopped, run it again: rows that are there already change nothing. Who begins a programme
    gets a text that says so, and how to leave.
    """
    options = ImportOptions(language, dry_run)
    with ready() as runtime, progress_bar() as bar:
        rows = bar.add_task("rows", total=None)
        tally = import_people(
            file,
            runtime.database,
            runtime.clock(),
            options,
            lambda done: bar.update(rows, completed=done),
        )
    unused = ", ".join(sorted(tally.unused))
    _tell(
        tally,
        *(["dry run: nothing was kept"] if dry_run else []),
        *([f"columns that mean nothing here: {unused}"] if unused else []),
        f"{tally.people} new people, {tally.changed} rows with something new, {tally.unchanged} "
        f"with nothing new, {len(tally.refusals)} refused; {tally.enrolled} began a programme",
    )
    if report:
        refused = [
            {name: getattr(one, of) for name, of in _TOLD_OF_PEOPLE.items()}
            for one in tally.refusals
        ]
        report.write_text(csv_text(list(_TOLD_OF_PEOPLE), refused), encoding="utf-8", newline="")
    _end(tally)


@import_group.command()
@_FILE
@click.option("--province", metavar="PROPERTY", help="Property that names a feature's province.")
@click.option("--district", metavar="PROPERTY", help="Property that names a feature's district.")
def boundaries(file: Path, province: str | None, district: str | None) -> None:
    """Import the outlines of provinces or districts from FILE: official GeoJSON, WGS 84.

    Each feature is a Polygon or MultiPolygon; its properties name its province and, of a district,
    the district. They replace what was imported before. Places with a point get the district that
    they lie in, and maps show the outlines.
    """
    outlines = read_boundary_file(file, province, district)
    with ready() as runtime, runtime.database.write() as session:
        filled = keep_boundaries(session, outlines)
    districts = sum(one.district is not None for one in outlines)
    screen.print(
        f"{len(outlines) - districts} provinces, {districts} districts; {filled} places got their "
        "district"
    )


def _import(file: Path, kind_on: Callable[[date], Kind[T]], report: Path | None) -> None:
    with collecting.seldom(), opened() as runtime, progress_bar() as bar:
        tally = _take_file(runtime, bar, file, kind_on(local_day(runtime.clock())))
        # Hours of work are told of, whatever becomes of the ledger now.
        lacking = _record(runtime, bar)
    _tell(
        tally,
        f"{tally.rows} rows taken, {len(tally.refusals)} refused; {tally.new_events} new events, "
        + ("all on the ledger" if lacking is None else _WAITING),
    )
    if report:
        _write_report(tally, report)
    _end(tally, lacking)


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


def _tell(tally: FileTally, *sentences: str) -> None:
    for refusal in tally.refusals:
        click.echo(f"line {refusal.line}: {refusal.reason}", err=True)
    for sentence in sentences:
        screen.print(sentence)


def _end(tally: FileTally, lacking: LedgerError | None = None) -> NoReturn:
    if tally.fault:
        raise UnreadableFile(f"{tally.fault}. The rows before that are taken")
    if lacking is not None:
        raise lacking
    sys.exit(FOUND if tally.refusals else 0)


def _write_report(tally: Tally, path: Path) -> None:
    """Write the refused rows with all their cells: corrected, the file can be imported again."""
    # Phone numbers may stand in it.
    path.touch(mode=0o600)
    # A byte that is not UTF-8 was read so, and comes out as it was.
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*REPORTED, *tally.header])
        width = len(tally.header)
        for refusal in tally.refusals:
            cells = [*refusal.values, *[""] * width][:width]
            writer.writerow([refusal.line, refusal.reason, *cells])
