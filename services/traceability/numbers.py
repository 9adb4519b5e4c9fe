"""Short numbers: one sequence for animals and premises, each number issued once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, insert, select

from gateway.tags import issue
from services.storage.locks import one_writer
from services.storage.models import Counter, Identifier
from services.storage.upsert import upsert
from services.traceability.model import Key, Scheme

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

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


def _short_number(session: Session, whose: ColumnElement[bool], owner: dict[str, int]) -> Key:
    known = short_number(session, whose)
    if known is None:
        one_writer(session)
        known = short_number(session, whose)
    if known is None:
        known = issue_short_number(session)
        session.execute(insert(Identifier), [{**known._asdict(), **owner}])
    return known
