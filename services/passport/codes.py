"""The code on a passport: who has the tag and the code may read it.

It follows from the data key, so none is stored: only how often an animal's codes were ended.
Its 60 bits hold against who tries codes for any of millions of animals at once, a thousand a
second; 40 bits would give way within the hour.
"""

import hmac
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.base32 import in_groups, symbols_of, typed_symbols
from services.livestock.domain.errors import Ambiguous, UnknownNumber, UnreadableTag, WrongKind
from services.livestock.domain.model import AnimalRef
from services.livestock.recording.lookup import known_animal
from services.passport.content import collect
from services.passport.model import Passport
from services.storage.bulk import advance_counter
from services.storage.models import Animal, Counter
from services.storage.vault import Vault
from sms.local_time import local_day

_SYMBOLS = 12
_NOBODY = UUID(int=0)


def code_of(session: Session, vault: Vault, animal_id: int) -> str:
    """Return the code of an animal's passport, such as 7KQ2-M9XA-P4TD."""
    return in_groups(_symbols(session, vault, _public_id(session, animal_id)))


def opens(session: Session, vault: Vault, animal_id: int | None, given: str) -> bool:
    """Tell whether a code as people type it opens the passport of an animal.

    For None, no animal, the answer is no, and takes as long as for a wrong code.
    """
    public_id = _NOBODY if animal_id is None else _public_id(session, animal_id)
    right = _symbols(session, vault, public_id)
    typed = typed_symbols(given)
    same = hmac.compare_digest(right.encode(), typed.encode("utf-8", "surrogatepass"))
    return same and animal_id is not None


def end_codes(session: Session, animal_id: int) -> None:
    """Let every code that was given for an animal open nothing from now on."""
    advance_counter(session, _counter(_public_id(session, animal_id)))


def _public_id(session: Session, animal_id: int) -> UUID:
    return session.scalars(select(Animal.public_id).where(Animal.id == animal_id)).one()


def _symbols(session: Session, vault: Vault, public_id: UUID) -> str:
    counter = _counter(public_id)
    ended = session.scalar(select(Counter.value).where(Counter.name == counter)) or 0
    digest = vault.digest(f"{counter}\0{ended}".encode())
    return symbols_of(digest[:_SYMBOLS])


def _counter(public_id: UUID) -> str:
    return f"passport:{public_id}"


class Opened(NamedTuple):
    """A passport, and its code as it stands on the paper, however it was typed."""

    passport: Passport
    code: str


def open_passport(
    session: Session, vault: Vault, given: tuple[str, str], now: datetime
) -> Opened | None:
    """Return the passport that a number and a code, as typed or scanned, open.

    It is None where no animal has the number and where the code is wrong: who tries numbers must
    not learn from the answer which are in use.
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
