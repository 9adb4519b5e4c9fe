"""`bilum passport`: the code of an animal's passport, and the page to print."""

from __future__ import annotations

from pathlib import Path

import click

from services.cli.common import opened, screen
from services.core.settings import Settings
from services.livestock.domain.model import local_day
from services.livestock.recording.lookup import known_animal
from services.livestock.recording.short_numbers import name_animal
from services.passport.codes import code_of, end_codes
from services.passport.content import collect
from services.passport.page import Address, render


@click.command()
@click.argument("tag")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page to print there.",
)
@click.option("--renew", is_flag=True, help="Revoke every earlier code.")
def passport(tag: str, html: Path | None, *, renew: bool) -> None:
    """Print the address of an animal's passport, with its code.

    TAG: an official number, a short number, or scheme:value such as animal:00001. Anyone with
    the address can read the passport: print it, give it to the keeper, do not send it around.
    """
    with opened() as runtime, runtime.database.write() as session:
        animal = known_animal(session, tag)
        if renew:
            end_codes(session, animal.id)
        number = str(name_animal(session, animal.id))
        code = code_of(session, runtime.database.vault, animal.id)
        address = Address(_base(runtime.settings), number, code)
        if html:
            shown = collect(session, animal.key, local_day(runtime.clock()))
            html.write_text(render(shown, address), encoding="utf-8")
            screen.print(f"The passport of {number} is in {html}")
    click.echo(address.page)


def _base(settings: Settings) -> str:
    base = settings.gateway.public_url or f"http://{settings.host}:{settings.port}"
    return base.rstrip("/")
