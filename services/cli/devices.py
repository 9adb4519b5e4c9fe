"""`bilum device`: who may sign for the field."""

from collections.abc import Sequence
from datetime import datetime

import click
from rich import box
from rich.console import Console
from rich.table import Column, Table

from services.cli.common import find_party, opened, screen
from services.devices.counter_gaps import CounterGap, gaps
from services.devices.registry import (
    CODE_LIFE,
    OVERLAP,
    DeviceKind,
    add_device,
    find_device,
    give_code,
    list_devices,
    revoke_other_keys,
)
from services.storage.models import Device, Party
from services.village.device_ends import end_device

_MOST_GAPS = 3
_MINUTE = 60
_ID_LETTERS = 36
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@click.group()
def device() -> None:
    """Readers, pages and village boxes, which sign their requests."""


@device.command()
@click.argument("name")
@click.option(
    "--kind",
    required=True,
    type=click.Choice([kind.value for kind in DeviceKind]),
    help="page: /scan in a browser; reader: `bilum reader`; village: `bilum village`.",
)
@click.option(
    "--owner",
    required=True,
    metavar="PARTY|PHONE",
    help="Its owner: the device may do what this party may do.",
)
def add(name: str, kind: str, owner: str) -> None:
    """Register a device and print the code, good once, with which it enrols its key."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        party = find_party(session, runtime.database.vault, owner)
        made, code = add_device(session, name, DeviceKind(kind), party, runtime.clock())
        public_id = made.public_id
    screen.print(f"device {public_id}; type this code into it within {CODE_LIFE.days} days:")
    click.echo(code)


@device.command()
@click.argument("name", metavar="NAME|ID")
@click.option("--now", "at_once", is_flag=True, help="Revoke every older key at once.")
def rotate(name: str, *, at_once: bool) -> None:
    """Print a code with which the device enrols a new key; both keys work for a while."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        found = find_device(session, name)
        code = give_code(found, runtime.clock())
        ended = revoke_other_keys(session, found, runtime.clock()) if at_once else 0
    screen.print(
        f"{ended} older keys ended" if at_once else f"the older key ends in {OVERLAP.days} days"
    )
    click.echo(code)


@device.command()
@click.argument("name", metavar="NAME|ID")
def revoke(name: str) -> None:
    """Revoke a device: what it signs is refused, and a village box's numbers are unbound."""
    with opened() as runtime, runtime.database.write(exclusive=False) as session:
        end_device(session, find_device(session, name), runtime.clock())
    screen.print(f"{name} is revoked")


@device.command("list")
def list_all() -> None:
    """List devices: kind, owner, last seen, clock, and which requests are missing."""
    table = _table()
    with opened() as runtime, runtime.database.read() as session:
        now = runtime.clock()
        for one in list_devices(session):
            owner = session.get_one(Party, one.owner_id).public_id
            table.add_row(
                f"{one.name}, {one.kind}\n{one.public_id}\n{owner}",
                f"{one.seen_at:%Y-%m-%d\n%H:%M}Z" if one.seen_at else "never",
                _clock(one.skew_seconds),
                _missing(gaps(session, one.id)),
                _state(one, now),
            )
    Console().print(table)


def _table() -> Table:
    """Make a table whose ids and times are whole on 80 columns: below each name its two ids."""
    columns = (
        Column("name, kind; id; id of its owner", width=_ID_LETTERS, overflow="fold"),
        Column("last seen", no_wrap=True),
        *(Column(one, overflow="fold") for one in ("clock", "missing", "state")),
    )
    padding = (0, 1, 0, 0)
    table = Table(*columns, box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, show_edge=False)
    table.leading = 1
    return table


def _clock(skew: int | None) -> str:
    """Write how wrong a device's clock was; below a minute it is the way that took the time."""
    if skew is None:
        return ""
    size = abs(skew)
    if size < _MINUTE:
        return "right"
    seconds, unit = next(one for one in _UNITS if size >= one[0])
    return f"{size // seconds} {unit} {'behind' if skew > 0 else 'ahead'}"


def _missing(found: Sequence[CounterGap]) -> str:
    shown = [f"{gap.first}-{gap.last}" if gap.last > gap.first else str(gap.first) for gap in found]
    more = len(shown) - _MOST_GAPS
    return ",\n".join(shown[:_MOST_GAPS]) + (f"\nand {more} more" if more > 0 else "")


def _state(one: Device, now: datetime) -> str:
    if one.revoked_at is not None:
        return "revoked"
    waits = one.code_until is not None and one.code_until > now
    return "waits for a key" if waits else "in use"
