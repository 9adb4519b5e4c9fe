"""Opening a passport with what stands on the paper: the number and the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.passport.codes import code_of, opens
from services.passport.content import collect
from services.traceability.errors import Ambiguous, UnknownNumber, UnreadableTag, WrongKind
from services.traceability.lookup import known_animal
from services.traceability.model import local_day

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from services.passport.model import Passport
    from services.storage.vault import Vault
    from services.traceability.registry import AnimalRef


class Opened(NamedTuple):
    """A passport, and its code as it stands on the paper, however it was typed."""

    passport: Passport
    code: str


def open_passport(
    session: Session, vault: Vault, given: tuple[str, str], now: datetime
) -> Opened | None:
    """Return the passport that a number and a code open.

    Args:
        session: an open session.
        vault: the data key.
        given: number and code, as typed or scanned.
        now: UTC.

    Returns:
        None where no animal has the number and where the code is wrong: who tries numbers must not
        learn from the answer which are in use.
    """
    tag, code = given
    animal = _find(session, tag)
    if not opens(session, vault, animal and animal.id, code) or animal is None:
        return None
    passport = collect(session, animal.key, local_day(now))
    return Opened(passport, code_of(session, vault, animal.id))


def _find(session: Session, tag: str) -> AnimalRef | None:
    try:
        return known_animal(session, tag)
    except (Ambiguous, UnknownNumber, UnreadableTag, WrongKind):
        return None
