"""`bilum village propose`, `bind`, `unbind`, `numbers`: what a server binds to its boxes."""

from pathlib import Path
from uuid import UUID

import click

from services.cli.common import EXISTING_FILE, find_party, opened, print_table, screen
from services.core.geography import PROVINCES
from services.messaging.village_bindings import BindingState, end_box, end_number
from services.messaging.village_lists import (
    BoxActor,
    BoxList,
    ListOutcome,
    decide,
    find_list,
    outcome_of,
    propose,
    read_numbers,
    waiting_lists,
)
from services.storage.models import VillageBinding
from services.storage.unit_of_work import Unit
from services.village.boxes import BoxStanding, find_box, list_boxes, numbers_of
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
        by, device = find_party(session, unit.vault, who), find_box(session, box)
        told = BoxList(numbers, province)
        made = propose(unit, device, BoxActor.of(by), told, runtime.clock())
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
        found = decide(session, row, BoxActor.of(by), runtime.clock(), approved=not refuse)
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
        device, now = find_box(session, box), runtime.clock()
        if phone is None:
            screen.print(f"{end_box(session, device, now)} numbers are unbound")
            return
        index = runtime.database.vault.index(normalise(phone))
        end_number(session, device, index, now)
    screen.print("the number is unbound")


@click.command("numbers")
@click.argument("box", metavar="NAME|ID", required=False)
def list_numbers(box: str | None) -> None:
    """Show each box's numbers by state, or one box's numbers, masked; and lists that wait."""
    with opened() as runtime, runtime.database.read() as session:
        if box is None:
            headings = ("box", *BindingState, "refused today")
            rows = [_cells(one) for one in list_boxes(session)]
            lists = waiting_lists(session)
        else:
            device = find_box(session, box)
            headings = ("number", "state", "how", "since", "last text")
            found = session.scalars(numbers_of(device).order_by(VillageBinding.id))
            rows = [
                (mask(one.number), one.state, one.how, one.changed_at, one.seen_at) for one in found
            ]
            lists = waiting_lists(session, device.id)
        waiting = [f"{one.public_id}, {one.province}, {one.proposed_at:%Y-%m-%d}" for one in lists]
    print_table(headings, rows)
    for one in waiting:
        click.echo(f"a list waits for an officer: {one}")


def _cells(box: BoxStanding) -> tuple[object, ...]:
    refused = f"{box.refused_today} {box.refused_why or ''}".strip()
    return (box.name, *(box.numbers[state] for state in BindingState), refused)


def _told(found: ListOutcome) -> str:
    return (
        f"{found.binds} numbers to bind, {found.bound} bound already, "
        f"{found.refused} whose owners said no"
    )
