"""Names that people have for subjects of the ledger."""

from __future__ import annotations

from sqlalchemy.orm import Session

from services.health.versions.approvals import PROGRAMME, programme_subject
from services.health.versions.store import find_version
from services.livestock.queries.animals import subject_of
from services.livestock.recording.lookup import parse_key


def subject_named(session: Session, tag: str) -> bytes:
    """Return the 32 bytes of an animal, of premises, or of `programme:CODE`."""
    scheme, _, code = tag.partition(":")
    if scheme.lower() == PROGRAMME:
        return programme_subject(find_version(session, code).code)
    return subject_of(session, parse_key(session, tag, "any"))
