"""`bilum contact`: the premises of a contact chain come under watch, as an officer declares."""

from datetime import date
from typing import Any

import click
from sqlalchemy import select

from services.cli.common import opened, progress_bar, read_party
from services.cli.trace import DIRECTIONS, day
from services.core.errors import Forbidden
from services.core.roles import Role
from services.livestock.control.contacts import (
    AT_ONCE,
    ContactTrace,
    contact_places,
    declare_contacts,
    last_day,
)
from services.livestock.domain.details import NOTIFIABLE
from services.livestock.domain.model import Origin
from services.livestock.recording.lookup import parse_key
from services.livestock.tracing.model import TraceWindow
from services.runtime.container import Runtime
from services.storage.models import Party
from sms.local_time import local_day

_DECLARERS = {Role.VETERINARY_OFFICER, Role.ADMINISTRATOR}
_CHANNEL = "cli"


@click.group()
def contact() -> None:
    """Premises in contact with an infected place."""


@contact.command()
@click.argument("premises")
@click.option("--from", "first", type=day, required=True, help="First day of the window.")
@click.option("--to", "last", type=day, required=True, help="Last day of the window.")
@click.option("--direction", type=click.Choice(list(DIRECTIONS)), default="both")
@click.option("--disease", type=click.Choice(NOTIFIABLE), required=True)
@click.option("--until", type=day, help="First day on which it no longer holds.")
@click.option("--days", type=click.IntRange(1, 365), help="Instead of --until.")
@click.option("--by", "officer", required=True, metavar="PARTY", help="Id or phone of the officer.")
def declare(premises: str, first: date, last: date, **options: Any) -> None:  # noqa: ANN401 — by name
    """Declare the contact chain of PREMISES, and the pigs that stand there, in contact.

    It goes in portions: interrupted, it goes on when it runs again.
    """
    window = TraceWindow.between(first, last)
    with opened() as runtime:
        trace, origin = _read(runtime, premises, window, options)
        with runtime.database.read() as session:
            places, known = contact_places(session, trace)
        animals = 0
        with progress_bar() as bar:
            step = bar.add_task("premises", total=len(places))
            for start in range(0, len(places), AT_ONCE):
                portion = places[start : start + AT_ONCE]
                with runtime.database.write() as session:
                    done = declare_contacts(session, trace, portion, origin)
                    animals += sum(len(one.animals) for one in done)
                bar.advance(step, len(portion))
    click.echo(
        f"{len(places)} premises and {animals} animals are in contact until {trace.until};"
        f" {known} were infected or under watch already"
    )


def _read(
    runtime: Runtime, premises: str, window: TraceWindow, options: dict[str, Any]
) -> tuple[ContactTrace, Origin]:
    now = runtime.clock()
    with runtime.database.read() as session:
        whose = read_party(session, runtime.database.vault, options["officer"])
        officer = session.scalars(select(Party).where(Party.id == whose.party_id)).first()
        if officer is None or Role(officer.role) not in _DECLARERS:
            raise Forbidden("Only a veterinary officer or an administrator declares contacts")
        since = local_day(now)
        until = last_day(session, since, options["until"], options["days"])
        root = parse_key(session, premises, "premises")
        ways = DIRECTIONS[options["direction"]]
        trace = ContactTrace(root, window, ways, options["disease"], since, until)
        return trace, Origin(_CHANNEL, officer.public_id, now)
