"""Short numbers that a box may promise: blocks of one sequence, each given to one box alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.livestock.recording.short_numbers import draw_numbers, promisable
from services.storage.models import VillageNumbers

BLOCK = 100
FEW = 20
"""With fewer left, a box gets another block."""


def give_block(session: Session, box: int, left: int, now: datetime) -> dict[str, int] | None:
    """Give a box a block where it has few numbers left; return its first and last counter."""
    if left >= FEW:
        return None
    first, last = draw_numbers(session, BLOCK)
    session.add(VillageNumbers(device_id=box, first=first, last=last, given_at=now))
    session.flush()
    return {"first": first, "last": last}


def good_numbers(session: Session, box: int, promised: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers among these that the box may promise and nothing has yet, each once."""
    return tuple(number for number in dict.fromkeys(promised) if _is_good(session, box, number))


def _is_good(session: Session, box: int, number: str) -> bool:
    counter = promisable(session, number)
    if counter is None:
        return False
    given = select(VillageNumbers.id).where(
        VillageNumbers.device_id == box,
        VillageNumbers.first <= counter,
        VillageNumbers.last >= counter,
    )
    return bool(session.scalar(select(exists(given))))
