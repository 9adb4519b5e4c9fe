"""`bilum roadblock`: lists for roadblocks without signal, on paper."""

from __future__ import annotations

from datetime import timedelta

import click
from rich.console import Console
from rich.table import Table

from services.cli.common import opened
from services.core.geography import zone_of
from services.livestock.control.errors import NotARoadblock
from services.livestock.control.permit_texts import heads_of
from services.livestock.control.roadblocks import ROADBLOCK, expected_permits
from services.livestock.domain.model import local_day
from services.livestock.queries.places import number_of
from services.livestock.recording.identity import find_premises
from services.livestock.recording.lookup import parse_key
from services.storage.models import Premises

_DAY = click.DateTime(["%Y-%m-%d"])


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
            raise NotARoadblock(key)
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
