"""`bilum inbox`: what people sent and nobody understood, for a person to read."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from services.cli.common import opened, plain
from services.messaging.command_router import NOT_UNDERSTOOD
from services.storage.models import Arrival
from services.storage.read_log import SERVER, Read, note_access
from sms.numbers import mask

if TYPE_CHECKING:
    from datetime import datetime

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--since", type=_DAY, help="First day, UTC.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def inbox(since: datetime | None, limit: int) -> None:
    """Print the newest messages that were not understood, newest last.

    Phone numbers are masked, and the reading is noted. Call who needs help, and let synonyms be
    added for what is frequent.
    """
    wanted = select(Arrival).where(Arrival.outcome == NOT_UNDERSTOOD)
    if since:
        wanted = wanted.where(Arrival.received_at >= since.replace(tzinfo=UTC))
    newest = wanted.order_by(Arrival.received_at.desc(), Arrival.key_digest).limit(limit)
    table = Table("received", "channel", "from", "text")
    with opened() as runtime, runtime.database.write() as session:
        found = session.scalars(newest).all()
        for one in reversed(found):
            table.add_row(
                f"{one.received_at:%Y-%m-%d %H:%M}Z",
                one.channel,
                mask(one.sender) if one.sender else "",
                Text(plain(one.payload or "")),
            )
        numbers = {one.sender for one in found if one.sender}
        for index in sorted(map(runtime.database.vault.index, numbers)):
            whose = Read(number_index=index)
            note_access(session, SERVER, whose, "bilum inbox", runtime.clock())
    Console().print(table)
