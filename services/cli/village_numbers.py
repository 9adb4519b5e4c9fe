"""`bilum village propose`, `bind`, `unbind`, `numbers`: what a server binds to its boxes."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.cli.common import EXISTING_FILE, find_party, opened, print_table, screen
from services.core.errors import NotFound
from services.core.geography import PROVINCES
from services.devices.registry import DeviceKind, find_device
from services.messaging.village_bindings import BindingState, bindings_of, end, end_box
from services.messaging.village_lists import (
    BoxList,
    ListOutcome,
    decide,
    find_list,
    outcome_of,
    propose,
    read_numbers,
    waiting_lists,
)
from services.storage.models import Device, VillageBinding, VillageBox
from services.storage.unit_of_work import Unit
from sms.numbers import mask, normalise

_BY = click.option("--by", "who", required=True, metavar="PARTY|PHONE", help="Person who does it.")


@click.command("propose")
@click.argument("box", metavar="NAME|ID")
@click.argument("file", type=EXISTING_FILE)
@click.option(
    "--province", required=True, type=click.Choice(PROVINCES), help="Province of the village."
)
@_BY
def propose_numbers(box: str, file: Path, province: str, who: str) -> None:
    """Propose numbers for a box, one a line; they count once `bilum village bind` approves them."""
    numbers = [normalise(one) for one in read_numbers(file.read_text("utf-8").splitlines())]
    with opened() as runtime, runtime.database.write() as session:
        unit = Unit(session, runtime.database.vault)
        by, device = find_party(session, unit.vault, who), find_device(session, box)
        told = BoxList(numbers, province)
        made = propose(unit, device, by, told, runtime.clock())
        listed, found = made.public_id, outcome_of(session, made)
    screen.print(f"{_told(found)}; another officer approves it by this id:")
    click.echo(str(listed))


@click.command("bind")
@click.argument("listed", metavar="LIST", type=click.UUID)
@_BY
@click.option("--dry-run", is_flag=True, help="Show what it does, and change nothing.")
@click.option("--refuse", is_flag=True, help="Turn the list down.")
def bind_numbers(listed: UUID, who: str, *, dry_run: bool, refuse: bool) -> None:
    """Approve the LIST of `bilum village propose`: its box is believed for the numbers."""
    with opened() as runtime, runtime.database.write() as session:
        row, by = find_list(session, listed), find_party(session, runtime.database.vault, who)
        if dry_run:
            screen.print(f"{_told(outcome_of(session, row))}; nothing is changed")
            return
        found = decide(session, row, by, runtime.clock(), approved=not refuse)
    screen.print("the list is turned down" if refuse else f"{_told(found)}; each is told by SMS")


@click.command("unbind")
@click.argument("box", metavar="NAME|ID")
@click.argument("phone", required=False)
@click.option("--all", "whole", is_flag=True, help="Unbind every number of the box.")
def unbind_number(box: str, phone: str | None, *, whole: bool) -> None:
    """Believe a box no more for the number PHONE, or for any."""
    if whole is (phone is not None):
        raise click.UsageError("Give a phone number or --all")
    with opened() as runtime, runtime.database.write() as session:
        device, now = find_device(session, box), runtime.clock()
        if phone is None:
            screen.print(f"{end_box(session, device, now)} numbers are unbound")
            return
        index = runtime.database.vault.index(normalise(phone))
        row = bindings_of(session, device.id, [index]).get(index)
        if row is None:
            raise NotFound("The box has brought no text of this number, and no list names it")
        end(session, row, BindingState.ENDED, now)
    screen.print("the number is unbound")


@click.command("numbers")
@click.argument("box", metavar="NAME|ID", required=False)
def list_numbers(box: str | None) -> None:
    """Show each box's numbers by state, or one box's numbers, masked; and lists that wait."""
    with opened() as runtime, runtime.database.read() as session:
        if box is None:
            headings = ("box", *BindingState, "refused today")
            rows = [_counts(session, one) for one in _boxes(session)]
            lists = waiting_lists(session)
        else:
            device = find_device(session, box)
            headings = ("number", "state", "how", "since", "last text")
            found = session.scalars(
                select(VillageBinding)
                .where(VillageBinding.device_id == device.id)
                .order_by(VillageBinding.id)
            )
            rows = [
                (mask(one.number), one.state, one.how, one.changed_at, one.seen_at) for one in found
            ]
            lists = waiting_lists(session, device.id)
        waiting = [f"{one.public_id}, {one.province}, {one.proposed_at:%Y-%m-%d}" for one in lists]
    print_table(headings, rows)
    for one in waiting:
        click.echo(f"a list waits for an officer: {one}")


def _boxes(session: Session) -> Sequence[Device]:
    kind = Device.kind == DeviceKind.VILLAGE.value
    boxes = select(Device).where(kind, Device.revoked_at.is_(None)).order_by(Device.name)
    return session.scalars(boxes).all()


def _counts(session: Session, box: Device) -> tuple[object, ...]:
    of_box = VillageBinding.device_id == box.id
    counted = select(VillageBinding.state, func.count()).where(of_box)
    states = dict(session.execute(counted.group_by(VillageBinding.state)).tuples())
    standing = session.get(VillageBox, box.id)
    refused = f"{standing.window_refused} {standing.window_reason or ''}" if standing else "0"
    return (box.name, *(states.get(state.value, 0) for state in BindingState), refused.strip())


def _told(found: ListOutcome) -> str:
    return (
        f"{found.binds} numbers to bind, {found.bound} bound already, "
        f"{found.refused} whose owners said no"
    )
