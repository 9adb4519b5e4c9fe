"""Numbers: what things are called by, and the one sequence of short ones, each issued once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, insert, select

from gateway.tags import issue
from services.storage.locks import one_writer
from services.storage.models import Counter, Identifier
from services.storage.rowsets import keys
from services.storage.upsert import upsert
from services.traceability.model import Key, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import InstrumentedAttribute, Session

# What replies show. They are never issued, and refused when they are sent back: somebody who copies
# an example must not report another person's pig.
EXAMPLE_TAG, EXAMPLE_PIG, EXAMPLE_PLACE = "598000000000000", "104276", "20468"
EXAMPLES = frozenset(
    {
        Key(Scheme.OFFICIAL, EXAMPLE_TAG),
        Key(Scheme.SHORT, EXAMPLE_PIG),
        Key(Scheme.SHORT, EXAMPLE_PLACE),
    }
)

_FIRST_COUNT = 10


def issue_short_number(session: Session) -> Key:
    """Draw the next short number, with its two ISO 7064 MOD 97-10 check digits; no example."""
    # Before the counter is locked, or who holds one of the two waits for who holds the other.
    one_writer(session)
    while True:
        drawn = session.scalar(
            upsert(session, Counter)
            .values(name="short_number", value=_FIRST_COUNT)
            .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
            .returning(Counter.value)
        )
        number = issue(drawn or 0)
        if number is not None and (key := Key(Scheme.SHORT, number)) not in EXAMPLES:
            return key


def name_animal(session: Session, animal_id: int) -> Key:
    """Return an animal's short number; issue one where it has none."""
    return _short_number(session, Identifier.animal_id == animal_id, {"animal_id": animal_id})


def name_premises(session: Session, premises_id: int) -> Key:
    """Return the short number of premises; issue one where they have none."""
    return _short_number(
        session, Identifier.premises_id == premises_id, {"premises_id": premises_id}
    )


def short_number(session: Session, whose: ColumnElement[bool]) -> Key | None:
    """Return the short number of what `whose` tells, None where it has none."""
    value = session.scalar(select(Identifier.value).where(Identifier.scheme == Scheme.SHORT, whose))
    return Key(Scheme.SHORT, value) if value else None


def numbers_of(
    session: Session, whose: InstrumentedAttribute[int | None], wanted: Iterable[int] | None = None
) -> dict[int, list[str]]:
    """Read all numbers of some things, the one that people call them by first.

    Args:
        session: an open session.
        whose: `Identifier.animal_id` or `Identifier.premises_id`.
        wanted: database keys, any number of them; None: of all.
    """
    which = whose.is_not(None) if wanted is None else whose.in_(keys(session, wanted))
    rows = session.execute(
        select(whose.label("whose"), Identifier.scheme, Identifier.value)
        .where(which)
        .order_by((Identifier.scheme == Scheme.SHORT).desc(), Identifier.value)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        found[row.whose].append(str(Key(row.scheme, row.value)))
    return found


def _short_number(session: Session, whose: ColumnElement[bool], owner: dict[str, int]) -> Key:
    known = short_number(session, whose)
    if known is None:
        one_writer(session)
        known = short_number(session, whose)
    if known is None:
        known = issue_short_number(session)
        session.execute(insert(Identifier), [{**known._asdict(), **owner}])
    return known
