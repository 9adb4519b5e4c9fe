"""A confirmation of a session, with every number in it looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from gateway.errors import ScanError
from gateway.readers.lines import read_tag
from services.core.geography import zone_of
from services.core.roles import Role
from services.devices.calls import FieldCall
from services.livestock.domain.access import Viewer
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.errors import FutureDay, SamePlace
from services.livestock.domain.model import AnimalRef, Key, Scheme
from services.livestock.domain.movement_decision import Policy
from services.livestock.readers.errors import WrongFields
from services.livestock.readers.session_store import Kept, Scanned, read_session
from services.livestock.recording.identity import find_animals
from services.livestock.recording.lookup import read_number, require_premises
from services.livestock.recording.projection import read_states
from services.storage.models import Premises, ReaderSession
from sms.local_time import local_day

CHANNEL = "reader"
_FIRST = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class ConfirmationInput:
    """A confirmation, or the review of one.

    Attributes:
        call: the request.
        session: the open writing session of the database.
        body: as `ConfirmSchema` loads it.
        day: local day on which it happened, as claimed.
        viewer: the owner of the device.
        policy: rules of movements where no order is in force.
        kept: the session that was scanned.
        premises, other: rows of the place, and of the far side of a movement.
        at, far: their numbers, as they were named.
        left_out: animals that the person left out.
        animals: the others, in the order in which they were scanned.
        keys: the numbers of these.
        known: those of them in the database, registered or not.
        states: of the known ones, by database key.
    """

    call: FieldCall
    session: Session
    body: Mapping[str, Any]
    day: date
    viewer: Viewer
    policy: Policy
    kept: Kept
    premises: Premises | None
    other: Premises | None
    at: Key | None
    far: Key | None
    left_out: frozenset[Key]
    animals: Sequence[Scanned]
    keys: tuple[Key, ...]
    known: Mapping[Key, AnimalRef]
    states: Mapping[int, AnimalState]


def read_confirmation(call: FieldCall, row: ReaderSession, policy: Policy) -> ConfirmationInput:
    """Look up the numbers of a body.

    Raises:
        FutureDay, WrongFields: the day cannot be, or it leaves out what was not scanned.
        UnknownNumber, WrongKind, UnreadableTag, OnlyAnExample: no premises have the number.
        SamePlace: it moves from a place to itself.
    """
    session, told, owner = call.unit.session, call.told, call.owner
    (at, near), (far, other) = (_premises(session, told[name]) for name in ("premises", "other"))
    if far and near is other:
        raise SamePlace(number=far)
    _check_day(told["day"], local_day(call.now, zone_of(near.province if near else None)))
    kept = read_session(session, row)
    left_out = frozenset(named_tag(kept, text, "leave_out") for text in told["leave_out"])
    animals = [one for one in kept.animals if one.key not in left_out]
    keys = tuple(one.key for one in animals)
    known = find_animals(session, keys)
    return ConfirmationInput(
        call=call,
        session=session,
        body=told,
        day=told["day"],
        viewer=Viewer(Role(owner.role), owner.id, owner.province),
        policy=policy,
        kept=kept,
        premises=near,
        other=other,
        at=at,
        far=far,
        left_out=left_out,
        animals=animals,
        keys=keys,
        known=known,
        states=read_states(session, [ref.id for ref in known.values()]),
    )


def named_tag(kept: Kept, text: str, field: str) -> Key:
    """Return the animal of the session that a member of the body names.

    Raises:
        WrongFields: it names none.
    """
    try:
        key = Key(Scheme.OFFICIAL, read_tag(text))
    except ScanError as error:
        raise WrongFields({field: f"{error.detail}."}) from error
    if key not in kept.keys:
        raise WrongFields({field: "It names a tag that the session does not have."})
    return key


def _premises(session: Session, text: str | None) -> tuple[Key | None, Premises | None]:
    if text is None:
        return None, None
    found = require_premises(session, read_number(session, text, "premises"))
    return found.number, session.get_one(Premises, found.id)


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise FutureDay
    if day < _FIRST:
        raise WrongFields({"day": "It is before 1970."})
