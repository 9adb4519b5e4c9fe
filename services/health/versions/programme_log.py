"""Acts on programmes in the locked journal, filed under the code that anyone may know."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from chain.canonical import new_salt, public_subject
from services.ledger.journal import RecordedAct, SaltedSubject, name_public, write_act

PROGRAMME = "programme"
"""Kind and scheme of the subject of a programme; recorded for good."""


def programme_subject(code: str) -> bytes:
    """Return the ledger's subject of a programme, 32 bytes: anyone computes it from the code."""
    return public_subject(PROGRAMME, code)


def record_of_programme(
    session: Session, code: str, act: RecordedAct, details: Mapping[str, object]
) -> int:
    """Write an act on a programme to the locked journal; return the row's key."""
    named = name_public(PROGRAMME, PROGRAMME, code)
    filed = SaltedSubject(programme_subject(code), new_salt())
    return write_act(session, act, named, filed, details)
