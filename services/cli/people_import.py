"""`bilum import people`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.api.csv_table import csv_text
from services.cli.common import progress_bar, ready, screen
from services.health.imports.import_people import REPORT, import_people

if TYPE_CHECKING:
    from services.health.imports.csv_reader import Tally

_FOUND = 1


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rows that were refused to this CSV: line, column, what is wrong, what to do.",
)
def people(file: Path, report: Path | None) -> None:
    """Import people for health programmes and campaigns from a CSV FILE.

    Columns: phone; where known name, language, province, district, sex, birth_year, list,
    programme, cohort, consent, consent_date, place, and days of the programme by their code. Run it
    again after it was stopped: what is there changes nothing.
    """
    with ready() as runtime, progress_bar() as bar:
        rows = bar.add_task("rows", total=None)
        tally = import_people(
            file, runtime.database, runtime.clock(), lambda done: bar.update(rows, completed=done)
        )
    _tell(tally)
    if report:
        text = csv_text(REPORT, [one._asdict() for one in tally.refusals])
        report.write_text(text, encoding="utf-8", newline="")
    sys.exit(_FOUND if tally.refusals else 0)


def _tell(tally: Tally) -> None:
    for one in tally.refusals:
        click.echo(f"line {one.line}: {one.column} {one.wrong}: {one.advice}", err=True)
    if tally.unused:
        screen.print(f"columns that mean nothing here: {', '.join(sorted(tally.unused))}")
    screen.print(
        f"{tally.people} new people, {tally.changed} rows with something new, {tally.unchanged} "
        f"with nothing new, {len(tally.refusals)} refused; {tally.enrolled} began a programme"
    )
