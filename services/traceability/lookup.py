"""From what a person or a machine typed to the identifier that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import TagError
from gateway.tags import read_identifier
from services.traceability.errors import UnknownNumber, UnreadableTag
from services.traceability.model import Key
from services.traceability.registry import find_animals, resolve

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from services.traceability.registry import AnimalRef

# Stands for what no reading gives; nothing is ever filed under it.
_UNREAD = Key("", "")


def parse_key(session: Session, text: str, want: str) -> Key:
    """Read one identifier in any form, bare identifiers of a source included.

    Args:
        session: an open session.
        text: an official or short number, as typed or scanned; `scheme:value`; or a source's own
            identifier without its scheme, where exactly one of the wanted kind has it.
        want: `animal` or `premises`.

    Returns:
        The identifier, known here or not.

    Raises:
        UnreadableTag: it has a mistake, which the sentence names.
        Ambiguous: identifiers of more than one source fit.
    """
    read, mistake = _read(text)
    key = resolve(session, text, [read], want=want)
    if key == _UNREAD:
        raise UnreadableTag(f"The number cannot be read: {mistake}")
    return key


def known_animal(session: Session, text: str) -> AnimalRef:
    """Return the animal that `text` stands for (see `parse_key`).

    Raises:
        UnreadableTag, Ambiguous: see `parse_key`.
        UnknownNumber: no animal has it.
        WrongKind: it is a number of premises.
    """
    key = parse_key(session, text, "animal")
    animal = find_animals(session, [key]).get(key)
    if animal is None:
        raise UnknownNumber(key)
    return animal


def _read(text: str) -> tuple[Key, str]:
    try:
        identifier = read_identifier(text)
    except TagError as error:
        return _UNREAD, error.detail
    return Key(identifier.scheme, identifier.value), ""
