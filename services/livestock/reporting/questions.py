"""Numbers of a question whether something may move, as they are typed or scanned."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from services.core.errors import ServiceError
from services.livestock.domain.errors import UnknownNumber, WrongKind
from services.livestock.domain.model import Key, Scheme
from services.livestock.queries.premises import is_premises, premises_among
from services.livestock.recording.lookup import parse_key, read_number
from services.livestock.reporting.event_reader import Faults
from services.storage.models import Identifier

MOST_NUMBERS = 200


def read_numbers(session: Session, texts: Sequence[str], faults: Faults) -> tuple[Key, ...]:
    """Read numbers of animals, mobs, consignments or permits, each once.

    Args:
        faults: gets those of `numbers`, by place.
    """
    each = Faults()
    keys = {
        key: str(place)
        for place, text in enumerate(texts)
        if (key := each.read(str(place), read_number, session, text, "any"))
    }
    known = {
        Key(row.scheme, row.value): row
        for row in session.scalars(
            select(Identifier).where(tuple_(Identifier.scheme, Identifier.value).in_(list(keys)))
        )
    }
    for key, place in keys.items():
        row = known.get(key)
        if row is None and key.scheme == Scheme.SHORT:
            each[place] = UnknownNumber(number=key).detail
        elif key.scheme == Scheme.PREMISES or (row and not (row.animal_id or row.permit_id)):
            each[place] = WrongKind(key, "an animal").detail
    if each:
        faults["numbers"] = each
    return tuple(keys)


def take_destination(session: Session, texts: Sequence[str]) -> tuple[list[str], Key | None]:
    """Take the first known place out of numbers as they are typed: it is where the others go."""
    for place, text in enumerate(texts):
        with suppress(ServiceError):
            key = parse_key(session, text, "any")
            if is_premises(session, key):
                return [*texts[:place], *texts[place + 1 :]], key
    return list(texts), None


def split_destination(
    session: Session, numbers: Sequence[Key], to: Key | None = None
) -> tuple[tuple[Key, ...], Key | None]:
    """Split animals from their destination, by default the first place among the numbers."""
    if to is None:
        places = premises_among(session, numbers)
        to = next((key for key in numbers if key in places), None)
    # A second place stays among the animals, where it is refused: no number is ignored.
    return tuple(key for key in numbers if key != to) or tuple(numbers), to
