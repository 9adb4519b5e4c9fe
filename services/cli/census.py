"""`bilum census`: counts of pigs, asked of keepers by SMS."""

import csv
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import click
from sqlalchemy.orm import Session

from services.cli.common import DAY, FILE, find_party, opened, print_table, screen
from services.core.geography import PROVINCES
from services.core.roles import Role
from services.livestock.control.census_results import COLUMNS, census_figures, table_of
from services.livestock.control.censuses import (
    CensusDraft,
    area_of_census,
    close_census,
    draft_census,
    find_census,
    list_censuses,
    open_census,
)
from services.livestock.control.notices import Officer
from services.livestock.domain.census import CensusArea
from services.livestock.domain.errors import OfficersOnly
from services.livestock.domain.model import Act, Origin, event_id
from services.runtime.container import Runtime
from services.storage.locks import one_writer
from services.storage.models import Census
from sms.local_time import local_day

_BY = click.option("--by", metavar="PARTY|PHONE", required=True, help="Officer who does it.")
_NUMBER = click.argument("number")
_DECIDE = frozenset({Role.VETERINARY_OFFICER, Role.ADMINISTRATOR})


@click.group()
def census() -> None:
    """Counts of pigs, asked of keepers by SMS."""


@census.command()
@_BY
@click.option("--province", type=click.Choice(PROVINCES), help="Without it, the whole country.")
@click.option("--district", help="Of the province; without it, all of it.")
@click.option("--from", "first", type=DAY, required=True, help="Local day on which it asks.")
@click.option("--to", "last", type=DAY, required=True, help="Its last local day.")
def draft(
    by: str, province: str | None, district: str | None, first: datetime, last: datetime
) -> None:
    """Draft a census and print whom it reaches at what cost; nothing is sent."""
    if district and not province:
        raise click.UsageError("a district needs its province")
    area = CensusArea(province, district)
    wanted = CensusDraft(area, first.date(), last.date())
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        officer, price = _officer(session, runtime, by), runtime.settings.sms.price_toea
        row = draft_census(session, wanted, officer, price, partial(one_writer, session))
        _print_reach(row)
        screen.print(f"Another officer opens it: bilum census open {row.number} --by PHONE")


@census.command("open")
@_NUMBER
@_BY
def open_one(number: str, by: str) -> None:
    """Open census NUMBER, which another officer drafted; it asks from its first day on."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        officer, price = _officer(session, runtime, by), runtime.settings.sms.price_toea
        _print_reach(open_census(session, number, officer, price, partial(one_writer, session)))


@census.command()
@_NUMBER
@_BY
def close(number: str, by: str) -> None:
    """Close census NUMBER: nobody is asked any more."""
    with opened() as runtime, runtime.database.write() as session:
        act = _officer(session, runtime, by).act
        row = close_census(session, find_census(session, number), act)
        screen.print(f"{row.number} is closed")


@census.command("list")
def list_all() -> None:
    """List censuses, newest first."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [
            (row.number, row.state, area_of_census(row).name or "PNG", row.first_day, row.last_day)
            for row in list_censuses(session)
        ]
    print_table(("number", "state", "area", "from", "to"), rows)


@census.command()
@_NUMBER
@click.option("--csv", "target", type=FILE, help="Write the table to this file.")
def show(number: str, target: Path | None) -> None:
    """Show the figures of census NUMBER by district: who answered, and how many pigs they keep."""
    with opened() as runtime, runtime.database.read() as session:
        row = find_census(session, number)
        state, days = row.state, f"{row.first_day} - {row.last_day}"
        rows = census_figures(session, row)
    if target is not None:
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
        screen.print(f"{target} is written")
        return
    _, *lines = table_of(rows)
    click.echo(f"{number} {state}, {days}")
    print_table([name.replace("_", " ") for name in COLUMNS], lines)


def _officer(session: Session, runtime: Runtime, by: str) -> Officer:
    """Return an officer on the server itself, with an act of their own.

    Raises:
        OfficersOnly: they are none.
    """
    party, now = find_party(session, runtime.database.vault, by), runtime.clock()
    if party.role not in _DECIDE:
        raise OfficersOnly
    origin = Origin("cli", party.public_id, now)
    return Officer(party.id, Act(event_id("cli", str(uuid4()), 0), local_day(now), origin))


def _print_reach(row: Census) -> None:
    screen.print(
        f"{row.number} {row.state}: {row.keepers} keepers with a phone, {row.without_phone} "
        f"without; {row.segments} texts, {row.cost / 100:.2f} kina, asked once"
    )
