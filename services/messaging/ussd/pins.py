"""PINs: four to six digits that confirm on a screen, in the place of a code by SMS.

A code by SMS lets a person set one, and set a new one where it is locked. Only the hash is kept:
Argon2id with the second recommended parameters of RFC 9106, section 4. A row lock is taken after
the slow hash, so of many tries at once the first five count.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.phrases import clean
from services.messaging.codes import (
    CODE_LIFE,
    MOST_TRIES,
    confirms,
    count_wrong,
    give_code,
    note_wrong,
    read_code,
)
from services.messaging.confirmations import (
    SET_PIN,
    ConfirmationState,
    new_confirmation,
    newest_open,
    replace_older,
)
from services.storage.bulk import upsert
from services.storage.locks import require_one_writer
from services.storage.models import Party, Pin
from services.storage.unit_of_work import Unit

_SHORTEST, _LONGEST = 4, 6
_SALT_BYTES, _HASH_BYTES = 16, 32
_ITERATIONS, _LANES, _MEMORY_KIB = 3, 4, 64 * 1024
_UPWARDS = "0123456789"
# Two Argon2 runs of OpenSSL with lanes can deadlock on each other's threads; one at a time also
# needs 64 MiB in all, not for each thread of the web server.
_ONE_AT_A_TIME = Lock()


class Verdict(StrEnum):
    """Result of checking a secret that was typed."""

    RIGHT = "right"
    WRONG = "wrong"
    ENDED = "ended"
    """Locked, spent or too old: trying on is of no use."""


class Checked(NamedTuple):
    """A verdict, and the number of tries left."""

    verdict: Verdict
    left: int = 0


class Fault(StrEnum):
    """Reason that digits cannot be a PIN."""

    SHAPE = "pin_shape"
    EASY = "pin_easy"


class Hasher:
    """Cache of hashes and comparisons for one request.

    A hash takes long: it is made before the unit of work, which keeps other writers waiting, and
    found again within it.
    """

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        self._compared: dict[tuple[str, str], bool] = {}

    def hash(self, digits: str) -> str:
        """Return a hash, as a PHC string."""
        if digits not in self._made:
            self._made[digits] = _hash(digits)
        return self._made[digits]

    def fits(self, hashed: str, typed: str) -> bool:
        """Tell whether the typed digits have this hash."""
        if (hashed, typed) not in self._compared:
            self._compared[hashed, typed] = _fits(hashed, typed)
        return self._compared[hashed, typed]

    def foresee(self, session: Session, party_id: int, number: str, typed: str) -> None:
        """Make the hashes and comparisons that a typed PIN will need."""
        digits = clean(typed)
        row = session.execute(select(Pin.hash, Pin.pending).where(Pin.party_id == party_id)).first()
        for hashed in row or ():
            if hashed is not None:
                self.fits(hashed, digits)
        if row is not None and _fault(digits, number) is None:
            self.hash(digits)


def has_pin(session: Session, party: Party) -> bool:
    """Tell whether a person can confirm by a PIN: it is set, and not locked."""
    row = session.get(Pin, party.id, populate_existing=True)
    return row is not None and row.hash is not None and row.tries < MOST_TRIES


def check_pin(unit: Unit, party: Party, typed: str, now: datetime, hasher: Hasher) -> Checked:
    """Compare typed digits with a person's PIN, and count a wrong try.

    A stranger with a forged number may lock the PIN. Its owner sets a new one, by a code that goes
    to their phone alone, or confirms by SMS meanwhile.
    """
    known = unit.session.scalar(select(Pin.hash).where(Pin.party_id == party.id))
    fits = known is not None and hasher.fits(known, clean(typed))
    row = _locked_row(unit, party)
    if row.hash is None or row.tries >= MOST_TRIES:
        return Checked(Verdict.ENDED)
    # Another one may have been set while this one was compared.
    if fits and row.hash == known:
        row.tries = 0
        return Checked(Verdict.RIGHT)
    row.tries += 1
    note_wrong(unit.session, party.id, now)
    left = MOST_TRIES - row.tries
    return Checked(Verdict.WRONG if left else Verdict.ENDED, left)


def open_set_up(unit: Unit, party: Party, now: datetime) -> str:
    """Return a new code that lets a person set a PIN, the only one that does.

    Raises:
        TooManyCodes: they got several within the hour.
    """
    require_one_writer(unit.session)
    confirmation = new_confirmation(SET_PIN, (party.id, party.id), now, CODE_LIFE)
    replace_older(unit.session, confirmation)
    code = give_code(unit.session, unit.vault, confirmation)
    unit.session.add(confirmation)
    return code


def check_code(unit: Unit, party: Party, typed: str, now: datetime) -> Checked:
    """Compare typed digits with the code that was sent; the right one uses the code up."""
    require_one_writer(unit.session)
    confirmation = newest_open(unit.session, party.id, SET_PIN, now)
    if confirmation is None:
        return Checked(Verdict.ENDED)
    reading = read_code(clean(typed))
    if reading is not None and confirms(unit.vault, confirmation, str(reading.value)):
        confirmation.state = ConfirmationState.DONE.value
        return Checked(Verdict.RIGHT)
    left = count_wrong(unit.session, [confirmation], now)
    return Checked(Verdict.WRONG if left else Verdict.ENDED, left)


def propose(unit: Unit, party: Party, number: str, typed: str, hasher: Hasher) -> Fault | None:
    """Keep the hash of a new PIN until it is typed again; return the fault of a bad one."""
    digits = clean(typed)
    fault = _fault(digits, number)
    if fault is None:
        hashed = hasher.hash(digits)
        _locked_row(unit, party).pending = hashed
    return fault


def settle_pin(unit: Unit, party: Party, typed: str, hasher: Hasher) -> bool:
    """Set the new PIN if it was typed the same again, and unlock it."""
    known = unit.session.scalar(select(Pin.pending).where(Pin.party_id == party.id))
    fits = known is not None and hasher.fits(known, clean(typed))
    row = _locked_row(unit, party)
    same = fits and row.pending == known
    row.pending = None
    if same:
        row.hash, row.tries = known, 0
    return same


def reset_pin(session: Session, party: Party) -> bool:
    """Delete a person's PIN; False: there is none."""
    require_one_writer(session)
    gone = delete(Pin).where(Pin.party_id == party.id).returning(Pin.party_id)
    return session.execute(gone).first() is not None


def _fault(digits: str, number: str) -> Fault | None:
    if not (digits.isascii() and digits.isdigit() and _SHORTEST <= len(digits) <= _LONGEST):
        return Fault.SHAPE
    in_row = digits in _UPWARDS or digits[::-1] in _UPWARDS
    easy = len(set(digits)) == 1 or in_row or number.endswith(digits)
    return Fault.EASY if easy else None


def _hash(digits: str) -> str:
    kdf = Argon2id(
        salt=secrets.token_bytes(_SALT_BYTES),
        length=_HASH_BYTES,
        iterations=_ITERATIONS,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    with _ONE_AT_A_TIME:
        return kdf.derive_phc_encoded(digits.encode())


def _fits(hashed: str, typed: str) -> bool:
    try:
        with _ONE_AT_A_TIME:
            Argon2id.verify_phc_encoded(typed.encode("utf-8", "surrogatepass"), hashed)
    except InvalidKey:
        return False
    return True


def _locked_row(unit: Unit, party: Party) -> Pin:
    """Lock a person's row until the transaction ends; insert it if there is none."""
    session = unit.session
    # Erasing the person takes this lock first, too.
    require_one_writer(session)
    session.execute(
        upsert(session, Pin)
        .values(party_id=party.id, tries=0)
        .on_conflict_do_nothing(index_elements=["party_id"])
    )
    wanted = select(Pin).where(Pin.party_id == party.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).one()
