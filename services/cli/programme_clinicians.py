"""`bilum programme clinicians`: who is told of a programme's red flags."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from services.cli.common import find_party, opened
from services.core.geography import PROVINCES
from services.health.care.concerns import ANYWHERE, ClinicianPosting, clinicians_of, set_clinicians
from services.health.versions.store import find_version
from services.storage.database import Database

_PROVINCE = click.Choice(list(PROVINCES), case_sensitive=False)


@click.command()
@click.argument("code")
@click.option("--anywhere", metavar="PARTY|PHONE", help="Where no province has its own.")
@click.option(
    "--in",
    "provinces",
    type=(_PROVINCE, str),
    metavar="PROVINCE PARTY|PHONE",
    multiple=True,
    help="In one province; may be repeated.",
)
def clinicians(code: str, anywhere: str | None, provinces: Sequence[tuple[str, str]]) -> None:
    """Set who is told of red flags in the programme CODE, replacing the earlier list; print it.

    Give each the role clinician first: bilum party add --role clinician.
    """
    wanted = dict(provinces) | ({ANYWHERE: anywhere} if anywhere else {})
    if len({province for province, _ in provinces}) < len(provinces):
        raise click.UsageError("A province has one clinician")
    with opened() as runtime, _unit(runtime.database, changes=bool(wanted)) as session:
        found, vault = find_version(session, code).code, runtime.database.vault
        if wanted:
            parties = {
                where: find_party(session, vault, whose).public_id
                for where, whose in wanted.items()
            }
            set_clinicians(session, found, parties)
        _print(clinicians_of(session, found))


def _unit(database: Database, *, changes: bool) -> AbstractContextManager[Session]:
    return database.write(exclusive=False) if changes else database.read()


def _print(postings: Sequence[ClinicianPosting]) -> None:
    table = Table("province", "party")
    for one in postings:
        table.add_row(one.province or "anywhere else", str(one.party))
    Console().print(table)
