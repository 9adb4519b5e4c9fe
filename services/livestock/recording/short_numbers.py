"""Short numbers, each issued once from one sequence."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.tags import CHECK_DIGITS, issue
from services.livestock.domain.model import AnimalRef, Key, Scheme
from services.storage.bulk import advance_counter, insert_rows
from services.storage.locks import require_one_writer
from services.storage.models import Identifier
from services.storage.rowsets import keys

# Examples in replies. They are never issued, and refused when sent: a person who copies an example
# must not report another person's pig.
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
    require_one_writer(session)
    return _issue(session, 1)[0]


def _issue(session: Session, count: int) -> list[Key]:
    found: list[Key] = []
    while wanted := count - len(found):
        last = _draw(session, wanted)
        numbers = map(issue, range(last - wanted + 1, last + 1))
        issued = (Key(Scheme.SHORT, number) for number in numbers if number is not None)
        found += [key for key in issued if key not in EXAMPLES]
    return found


def name_animal(session: Session, animal_id: int) -> Key:
    """Return the short number of an animal by its database key; issue one where it has none."""
    return _short_number(session, Identifier.animal_id == animal_id, {"animal_id": animal_id})


def name_animals(
    session: Session, animals: Sequence[AnimalRef], promised: Sequence[str] = ()
) -> list[Key]:
    """Return the short number of each of some animals; issue those that are missing.

    Args:
        promised: those to issue to the first animals, which a box has told their keeper: see
            `promisable`.
    """
    known = _short_numbers(session, [ref.id for ref in animals if not ref.new])
    # Two numbers may name one animal, which gets what is the first one's.
    pairs = list(zip((ref.id for ref in animals), promised, strict=False))
    given = dict(reversed(pairs))
    missing = dict.fromkeys(ref.id for ref in animals if ref.id not in known)
    if missing:
        require_one_writer(session)
        drawn = iter(_issue(session, sum(one not in given for one in missing)))
        made = {
            one: Key(Scheme.SHORT, given[one]) if one in given else next(drawn) for one in missing
        }
        rows = [(*key, one) for one, key in made.items()]
        insert_rows(session, Identifier, (*Key._fields, "animal_id"), rows)
        known |= made
    return [known[ref.id] for ref in animals]


def _short_numbers(session: Session, animals: Sequence[int]) -> dict[int, Key]:
    if not animals:
        return {}
    rows = session.execute(
        select(Identifier.animal_id, Identifier.value).where(
            Identifier.scheme == Scheme.SHORT, Identifier.animal_id.in_(keys(session, animals))
        )
    )
    return {animal: Key(Scheme.SHORT, value) for animal, value in rows if animal is not None}


def name_premises(session: Session, premises_id: int) -> Key:
    """Return the short number of premises; issue one where they have none."""
    return _short_number(
        session, Identifier.premises_id == premises_id, {"premises_id": premises_id}
    )


def number_of_premises(session: Session, premises_id: int) -> Key | None:
    """Return the short number of premises; None: they have none."""
    return short_number(session, Identifier.premises_id == premises_id)


def draw_numbers(session: Session, count: int) -> tuple[int, int]:
    """Draw counters of the sequence at once; return the first and the last.

    `gateway.tags.issue` makes numbers of them. Counters without one, and examples, stay unused.
    """
    require_one_writer(session)
    last = _draw(session, count)
    return last - count + 1, last


def promisable(session: Session, number: str) -> int | None:
    """Return the counter of an unused number; None: it cannot be issued."""
    counter = int(number[:-CHECK_DIGITS] or 0)
    if issue(counter) != number or Key(Scheme.SHORT, number) in EXAMPLES:
        return None
    taken = select(Identifier.value).where(
        Identifier.scheme == Scheme.SHORT, Identifier.value == number
    )
    return None if session.scalar(taken) else counter


def short_number(session: Session, whose: ColumnElement[bool]) -> Key | None:
    """Return the short number that `whose` selects; None: it has none."""
    value = session.scalar(select(Identifier.value).where(Identifier.scheme == Scheme.SHORT, whose))
    return Key(Scheme.SHORT, value) if value else None


def numbers_of(
    session: Session, whose: InstrumentedAttribute[int | None], wanted: Iterable[int] | None = None
) -> dict[int, list[str]]:
    """Read all numbers of animals or premises, the short number first.

    Args:
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


def _draw(session: Session, count: int) -> int:
    """Advance the sequence; return the last counter that was drawn."""
    return advance_counter(session, "short_number", count, since=_FIRST_COUNT - 1)


def _short_number(
    session: Session,
    whose: ColumnElement[bool],
    owner: dict[str, int],
) -> Key:
    known = short_number(session, whose)
    if known is None:
        require_one_writer(session)
        (known,) = _issue(session, 1)
        session.execute(insert(Identifier), [{**known._asdict(), **owner}])
    return known
