"""What people call a subject of the ledger by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.programmes.events import PROGRAMME, programme_subject
from services.programmes.versions import find_version
from services.traceability.lookup import parse_key
from services.traceability.queries import subject_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def subject_named(session: Session, tag: str) -> bytes:
    """Return the 32 bytes of an animal, of premises, or of `programme:CODE`."""
    scheme, _, code = tag.partition(":")
    if scheme.lower() == PROGRAMME:
        return programme_subject(find_version(session, code).code)
    return subject_of(session, parse_key(session, tag, "any"))
