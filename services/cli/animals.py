"""`bilum animal`, `tag` and `passport`: what is known of an animal or a tag; its passport."""

from pathlib import Path

import click
from rich.console import Console

from services.cli.common import FILE, make_table, opened, screen
from services.livestock.queries.animals import JournalEntry, animal_history
from services.livestock.queries.premises import PremisesSummary
from services.livestock.queries.tags import tag_history
from services.livestock.recording.lookup import known_animal, parse_key
from services.livestock.recording.short_numbers import name_animal
from services.passport.codes import code_of, end_codes
from services.passport.content import collect
from services.passport.page import Address, render
from sms.local_time import local_day


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
    stays = ((*_place(stay.place), stay.since, stay.until) for stay in history.stays)
    console.print(make_table(("place", "province", "since", "until"), stays))
    events = ((one.occurred_on, one.type, one.event_id, _on_ledger(one)) for one in history.entries)
    console.print(make_table(("day", "event", "id", "ledger"), events))
    for flag in history.flags:
        console.print(f"[yellow]look at this: {flag.replace('_', ' ')}[/]")


def _place(place: PremisesSummary | None) -> tuple[str, str | None]:
    if place is None:
        return "not known", None
    return f"{place.number} {place.name or ''}".strip(), place.province


def _on_ledger(entry: JournalEntry) -> str:
    where = f"record {entry.index}" if entry.on_chain else "waiting"
    return f"{where}, erased" if entry.erased else where


@click.command()
@click.argument("number")
def tag(number: str) -> None:
    """Show the life of a tag: ordered, issued, fitted, lost, replaced, retired.

    NUMBER: an official number, as it is typed or scanned.
    """
    console = Console()
    with opened() as runtime, runtime.database.read() as session:
        life = tag_history(session, parse_key(session, number, "animal"))
    console.print(f"[bold]{life.number}[/] {life.state or 'seen, not registered'}")
    rows = (
        (one.step.on, one.step.state, ", ".join(one.numbers), *_place(one.place), one.event)
        for one in life.steps
    )
    console.print(make_table(("day", "state", "pig", "place", "province", "event"), rows))
    for one in life.steps:
        if one.step.flag is not None:
            odd = one.step.flag.replace("_", " ")
            console.print(f"[yellow]look at {one.step.on}: {odd}[/]")


@click.command()
@click.argument("tag")
@click.option("--html", type=FILE, help="Write the page to print there.")
@click.option("--renew", is_flag=True, help="Revoke every earlier code.")
def passport(tag: str, html: Path | None, *, renew: bool) -> None:
    """Print the address of an animal's passport, with its code.

    TAG: an official number, a short number, or scheme:value such as animal:00001. Anyone with
    the address can read the passport: print it, give it to the keeper, do not send it around.
    """
    with opened() as runtime, runtime.database.write() as session:
        found = known_animal(session, tag)
        if renew:
            end_codes(session, found.id)
        number = str(name_animal(session, found.id))
        code = code_of(session, runtime.database.vault, found.id)
        address = Address(runtime.settings.address, number, code)
        if html:
            shown = collect(session, found.key, local_day(runtime.clock()))
            html.write_text(render(shown, address), encoding="utf-8")
            screen.print(f"The passport of {number} is in {html}")
    click.echo(address.page)
