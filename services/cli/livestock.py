"""`bilum import` and `bilum animal`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from services.cli.common import opened, progress_bar, screen
from services.traceability.commands import record
from services.traceability.errors import UnreadableFile
from services.traceability.importing import CHANNEL, Tally, import_movements
from services.traceability.lookup import parse_key
from services.traceability.model import DEFAULT_ZONE, Origin
from services.traceability.queries import animal_history
from services.worker import record_everything

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.runtime import Runtime
    from services.traceability.model import Report

_FOUND = 1
_POLL_SECONDS = 0.2


@click.group("import")
def import_group() -> None:
    """Take records over from another system."""


@import_group.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def movements(file: Path) -> None:
    """Import movements from a CSV FILE, and return when they are on the ledger.

    Columns: source, destination, id, t. The file may be compressed by gzip. Run it again after it
    was stopped: nothing is recorded twice.
    """
    with opened() as runtime, progress_bar() as bar:
        rows = bar.add_task("rows", total=None)
        tally = import_movements(
            file,
            _recorder_of(runtime),
            runtime.clock().astimezone(ZoneInfo(DEFAULT_ZONE)).date(),
            lambda done: bar.update(rows, completed=done),
        )
        bar.update(rows, total=tally.rows + len(tally.refusals))
        waiting = runtime.recorder_store.pending()
        start = runtime.recorder_store.size()
        leaves = bar.add_task("ledger", total=waiting)
        record_everything(
            runtime,
            lambda: time.sleep(_POLL_SECONDS),
            lambda size: bar.update(leaves, completed=size - start),
        )
    _report(tally)
    if tally.fault:
        raise UnreadableFile(f"{tally.fault}. The rows before that are on the ledger")
    sys.exit(_FOUND if tally.refusals else 0)


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
        events.add_row(str(entry.occurred_on), entry.type, str(entry.event_id), where)
    console.print(events)
    for flag in history.flags:
        console.print(f"[yellow]look at this: {flag.replace('_', ' ')}[/]")


def _recorder_of(runtime: Runtime) -> Callable[[list[Report]], int]:
    def write(reports: list[Report]) -> int:
        with runtime.database.write() as session:
            return len(record(session, reports, Origin(CHANNEL, None, runtime.clock())))

    return write


def _report(tally: Tally) -> None:
    for refusal in tally.refusals:
        click.echo(f"line {refusal.line}: {refusal.reason}", err=True)
    screen.print(
        f"{tally.rows} rows taken, {len(tally.refusals)} refused; "
        f"{tally.new_events} new events, all on the ledger"
    )
