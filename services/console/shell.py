"""The frame of every page: alarms above, the head of the ledger below."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.api.context import Context
from services.ledger.receipts import newest_checkpoint
from services.livestock.control.outbreaks import OutbreakState, outbreak_number
from services.storage.models import Channel, Outbreak

_SHOWN = 3


class Shell(NamedTuple):
    """Facts of the frame.

    Attributes:
        outbreaks: number and disease of those that are confirmed, the newest first.
        more: how many further outbreaks are confirmed.
        channels: names of the channels that nothing may go by now.
        size: records of the newest checkpoint.
        root: its root, in hexadecimal; None: there is none yet.
    """

    outbreaks: tuple[tuple[str, str], ...]
    more: int
    channels: tuple[str, ...]
    size: int
    root: str | None


def read_shell(here: Context) -> Shell:
    """Read what the frame tells."""
    with here.database.read() as session:
        outbreaks, count = _outbreaks(session)
        newest = newest_checkpoint(session)
        return Shell(
            outbreaks,
            max(0, count - len(outbreaks)),
            _closed(session, here.clock()),
            newest.size if newest else 0,
            newest.root.hex() if newest else None,
        )


def _outbreaks(session: Session) -> tuple[tuple[tuple[str, str], ...], int]:
    confirmed = Outbreak.state == OutbreakState.CONFIRMED
    rows = session.execute(
        select(Outbreak.id, Outbreak.disease)
        .where(confirmed)
        .order_by(Outbreak.id.desc())
        .limit(_SHOWN)
    ).all()
    # A join would read every number of the country where few or none are an outbreak's.
    found = tuple((outbreak_number(session, row.id), row.disease) for row in rows)
    if len(found) < _SHOWN:
        return found, len(found)
    return found, session.scalar(select(func.count(Outbreak.id)).where(confirmed)) or 0


def _closed(session: Session, now: datetime) -> tuple[str, ...]:
    rows = session.scalars(
        select(Channel.name).where(Channel.open_until > now).order_by(Channel.name)
    )
    return tuple(rows)
