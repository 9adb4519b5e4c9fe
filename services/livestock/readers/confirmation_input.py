"""A confirmation of a session, with every number in it looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from gateway.errors import ScanError
from gateway.readers.lines import read_tag
from services.core.geography import zone_of
from services.devices.calls import FieldCall
from services.livestock.domain.access import Viewer
from services.livestock.domain.animal_state import AnimalState
from services.livestock.domain.errors import FutureDay, SamePlace
from services.livestock.domain.model import (
    AnimalRef,
    EventType,
    Key,
    Occurred,
    Report,
    Scheme,
    SecretSubject,
    event_id,
    local_day,
)
from services.livestock.domain.movement_decision import Policy
from services.livestock.readers.animal_views import viewer_of
from services.livestock.readers.errors import WrongFields
from services.livestock.readers.session_store import Kept, Scanned, read_session
from services.livestock.recording.identity import find_animals
from services.livestock.recording.lookup import read_number, require_premises
from services.livestock.recording.projection import read_states
from services.storage.models import Premises, ReaderSession

CHANNEL = "reader"
_FIRST = date(1970, 1, 1)


@dataclass(frozen=True)
class ConfirmationInput:
    """A confirmation, or the review of one.

    Attributes:
        call: the request.
        policy: rules of movements where no order is in force.
        kept: the session.
        premises, other: rows of the places in it.
    """

    call: FieldCall
    policy: Policy
    kept: Kept
    premises: Premises | None
    other: Premises | None
    keys_of: Mapping[int, Key]

    @property
    def body(self) -> Mapping[str, Any]:
        """The body, as `ConfirmSchema` loads it."""
        return self.call.told  # type: ignore[no-any-return]  # of the schema

    @property
    def session(self) -> Session:
        """The open writing session of the database."""
        return self.call.unit.session

    @property
    def day(self) -> date:
        """Local day on which it happened, as claimed."""
        return self.body["day"]  # type: ignore[no-any-return]  # of the schema

    @property
    def at(self) -> Key | None:
        """Number of the place."""
        return self.keys_of[self.premises.id] if self.premises else None

    @property
    def far(self) -> Key | None:
        """Number of the far side of a movement."""
        return self.keys_of[self.other.id] if self.other else None

    @cached_property
    def viewer(self) -> Viewer:
        """The owner of the device."""
        return viewer_of(self.call.owner)

    @cached_property
    def left_out(self) -> frozenset[Key]:
        """Animals that the person left out."""
        return frozenset(self.named_tag(text, "leave_out") for text in self.body["leave_out"])

    @cached_property
    def animals(self) -> Sequence[Scanned]:
        """The others, in the order in which they were scanned."""
        return [one for one in self.kept.animals if one.key not in self.left_out]

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Their numbers."""
        return tuple(one.key for one in self.animals)

    @cached_property
    def known(self) -> Mapping[Key, AnimalRef]:
        """Animals in the database by number, registered or not."""
        return find_animals(self.session, self.keys)

    @cached_property
    def states(self) -> Mapping[int, AnimalState]:
        """States of the known animals, by database key."""
        return read_states(self.session, [ref.id for ref in self.known.values()])

    def named_tag(self, text: str, field: str) -> Key:
        """Return the animal of the session that a member names.

        Raises:
            WrongFields: it names none.
        """
        try:
            key = Key(Scheme.OFFICIAL, read_tag(text))
        except ScanError as error:
            raise WrongFields({field: f"{error.detail}."}) from error
        if key not in self._all:
            raise WrongFields({field: "It names a tag that the session does not have."})
        return key

    @cached_property
    def _all(self) -> frozenset[Key]:
        return frozenset(one.key for one in self.kept.animals)

    def report(
        self,
        ordinal: int,
        kind: EventType,
        animals: Iterable[Key],
        details: Mapping[str, Any],
        subjects: tuple[SecretSubject, ...] = (),
    ) -> Report:
        """Make an event of the day and place."""
        zone = zone_of(self.premises.province if self.premises else self.call.owner.province)
        key = f"{self.call.device.public_id}:{self.kept.row.public_id}"
        return Report(
            event_id(CHANNEL, key, ordinal),
            kind,
            tuple(animals),
            self.at,
            self.far,
            Occurred.on(self.day, zone),
            details,
            subjects,
        )


def read_confirmation(call: FieldCall, row: ReaderSession, policy: Policy) -> ConfirmationInput:
    """Look up the numbers of a body.

    Raises:
        FutureDay, WrongFields: the day cannot be.
        UnknownNumber, WrongKind, UnreadableTag, OnlyAnExample: no premises have the number.
        SamePlace: it moves from a place to itself.
    """
    session, told = call.unit.session, call.told
    keys: dict[int, Key] = {}
    near, far = (_premises(session, told[name], keys) for name in ("premises", "other"))
    if near and near is far:
        raise SamePlace(number=keys[near.id])
    _check_day(told["day"], local_day(call.now, zone_of(near.province if near else None)))
    return ConfirmationInput(call, policy, read_session(session, row), near, far, keys)


def _premises(session: Session, text: str | None, keys: dict[int, Key]) -> Premises | None:
    if text is None:
        return None
    found = require_premises(session, read_number(session, text, "premises"))
    keys[found.id] = found.number
    return session.get_one(Premises, found.id)


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise FutureDay
    if day < _FIRST:
        raise WrongFields({"day": "It is before 1970."})
