"""What things are called by."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import select

from services.storage.models import Identifier
from services.traceability.model import Key, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import InstrumentedAttribute, Session


def numbers_of(
    session: Session, whose: InstrumentedAttribute[int | None], wanted: Iterable[int]
) -> dict[int, list[str]]:
    """Read all numbers of some things, the one that people call them by first.

    Args:
        session: an open session.
        whose: `Identifier.animal_id` or `Identifier.premises_id`.
        wanted: database keys.
    """
    rows = session.execute(
        select(whose.label("whose"), Identifier.scheme, Identifier.value)
        .where(whose.in_(list(wanted)))
        .order_by((Identifier.scheme == Scheme.SHORT).desc(), Identifier.value)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        found[row.whose].append(str(Key(row.scheme, row.value)))
    return found
