"""Typed or scanned identifiers, read and looked up."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.errors import TagError
from gateway.tags import read_identifier
from services.livestock.domain.errors import Ambiguous, OnlyAnExample, UnknownNumber, UnreadableTag
from services.livestock.domain.model import AnimalRef, Key, PremisesRef, write_key
from services.livestock.recording.identity import find_animals, find_premises
from services.livestock.recording.short_numbers import EXAMPLES
from services.storage.models import Identifier

_KINDS: Mapping[str, tuple[ColumnElement[bool], ...]] = {
    "animal": (Identifier.animal_id.is_not(None),),
    "premises": (Identifier.premises_id.is_not(None),),
    "any": (),
}


def parse_key(session: Session, text: str, want: str) -> Key:
    """Read one identifier in any form, bare identifiers of a source included.

    Args:
        text: an official or short number, as typed or scanned; `scheme:value`; or a source's own
            identifier without its scheme, where exactly one of the wanted kind has it.
        want: `animal` or `premises`.

    Returns:
        The identifier, known here or not.

    Raises:
        UnreadableTag: it has a mistake, which the sentence names.
        Ambiguous: identifiers of more than one source fit.
    """
    return chosen_key(text, [] if ":" in text else _with_value(session, text.strip(), want))


def chosen_key(text: str, known: Sequence[Key]) -> Key:
    """Return the key that a text stands for: see `parse_key`; pure.

    Args:
        known: numbers of the wanted kind that have the text as their value.
    """
    read, mistake = read_text(text)
    if read is not None and read in known:
        return read
    if len(known) > 1:
        raise Ambiguous(number=text, ways=" or ".join(map(write_key, known)))
    if known:
        return known[0]
    if read is None:
        raise UnreadableTag(f"The number cannot be read: {mistake}")
    return read


def known_animal(session: Session, text: str) -> AnimalRef:
    """Return the animal that `text` stands for (see `parse_key`).

    Raises:
        UnreadableTag, Ambiguous: see `parse_key`.
        UnknownNumber: no animal has it.
        WrongKind: it is a number of premises.
    """
    return require_animal(session, parse_key(session, text, "animal"))


def known_premises(session: Session, text: str) -> PremisesRef:
    """Return the premises that `text` stands for (see `parse_key`).

    Raises:
        UnreadableTag, Ambiguous: see `parse_key`.
        UnknownNumber: nothing has the number.
        WrongKind: it is a number of an animal.
    """
    return require_premises(session, parse_key(session, text, "premises"))


def require_animal(session: Session, key: Key) -> AnimalRef:
    """Return the animal of a number.

    Raises:
        UnknownNumber: nothing has it.
        WrongKind: it is a number of premises.
    """
    found = find_animals(session, [key]).get(key)
    if found is None:
        raise UnknownNumber(number=key)
    return found


def require_premises(session: Session, key: Key) -> PremisesRef:
    """Return the premises of a number.

    Raises:
        UnknownNumber: nothing has it.
        WrongKind: it is a number of an animal.
    """
    found = find_premises(session, [key]).get(key)
    if found is None:
        raise UnknownNumber(number=key)
    return found


def _with_value(session: Session, value: str, want: str) -> list[Key]:
    rows = session.execute(
        select(Identifier.scheme, Identifier.value)
        .where(Identifier.value == value, *_KINDS[want])
        .order_by(Identifier.scheme)
    )
    return [Key(row.scheme, row.value) for row in rows]


def read_text(text: str) -> tuple[Key | None, str]:
    """Return the number that a text is by its form alone, or None and the mistake in it; pure."""
    try:
        identifier = read_identifier(text)
    except TagError as error:
        return None, error.detail
    return Key(identifier.scheme, identifier.value), ""


def read_number(session: Session, text: str, want: str) -> Key:
    """Read a number that must not be one of our own examples.

    Raises:
        UnreadableTag, Ambiguous: see `parse_key`.
        OnlyAnExample: it is out of the documentation.
    """
    return not_an_example(parse_key(session, text, want), want)


def not_an_example(key: Key, want: str) -> Key:
    """Return a number; raise OnlyAnExample for one of the documentation."""
    if key in EXAMPLES:
        raise OnlyAnExample(key, want)
    return key
