"""Texts of a course as outbox rows: schedule, dedupe key and body."""

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from typing import NamedTuple
from uuid import UUID

from services.health.courses.compiled import SameProgramme
from services.health.courses.schedule import EXTRA, CoursePosition, Planned, instant
from services.health.format.items import Item
from services.health.format.life_events import EVENT
from services.health.format.model import Personal, Programme, is_personal, render
from services.health.format.trials import group_of
from services.messaging.outbox import COURSE
from services.storage.models import Subscription
from services.storage.vault import Vault
from sms.message import Late

SEND_LIFE = timedelta(hours=72)
"""Life of a text with `late: send`, unless it asks a question."""

SHIFT_LIFE = timedelta(days=7)

_DATES = 16_384
_MIDNIGHT, _DAY = time(0), timedelta(days=1)


class KnownPerson(NamedTuple):
    """A person's name and their province; None: not known."""

    name: str | None = None
    province: str | None = None


_NOBODY = KnownPerson()


class Receiver(NamedTuple):
    """A person's data for the text; `place` is not read for a text that is the same for all."""

    language: str
    discreet: bool
    person_id: int
    place: str | None
    anchors: Mapping[str, date]


@dataclass(slots=True)
class CourseTexts:
    """A programme's texts; texts without placeholders are rendered once.

    `people`, by their keys, are filled in before a text is rendered.
    """

    programme: Programme
    vault: Vault
    people: Mapping[int, "KnownPerson"]
    same: SameProgramme = field(init=False)
    _said: dict[tuple[str, str, bool], str | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.same = SameProgramme(self.programme)

    def is_personal(self, item: Item, receiver: Receiver) -> bool:
        """Return whether a text differs from person to person."""
        return self._common(item, receiver) is None

    def say(self, item: Item, receiver: Receiver) -> str:
        """Return a text as its receiver gets it."""
        text = self._common(item, receiver)
        return self._render(item, receiver) if text is None else text

    def _common(self, item: Item, receiver: Receiver) -> str | None:
        key = item.id, receiver.language, receiver.discreet
        if key not in self._said:
            template = item.text.in_language(receiver.language, discreet=receiver.discreet)
            self._said[key] = None if is_personal(template) else self._render(item, receiver)
        return self._said[key]

    def _render(self, item: Item, receiver: Receiver) -> str:
        known = self.people.get(receiver.person_id, _NOBODY)
        anchors = own_dates(receiver.anchors)
        personal = Personal(known.name, receiver.place, anchors, receiver.discreet, known.province)
        return render(self.programme, item.text, receiver.language, personal)


class PersonalText(NamedTuple):
    """An item of a course for one receiver."""

    texts: CourseTexts
    item: Item
    receiver: Receiver

    def sealed(self) -> bytes:
        """Return the text sealed, as the database stores it."""
        text = self.texts.say(self.item, self.receiver)
        return self.texts.vault.seal(text.encode("utf-8", "surrogatepass"))


def ordered_ids(now: datetime) -> Iterator[UUID]:
    """Yield new ids in ascending order (UUID version 7, RFC 9562, sections 5.7 and 6.2).

    A million random ids in one night would touch the whole of their index again and again.
    """
    head = int(now.timestamp() * 1000) << 80 | 7 << 76 | secrets.randbits(12) << 64
    head |= 2 << 62 | secrets.randbits(16) << 46
    for number in count():
        yield UUID(int=head | number << 26 | secrets.randbits(26))


def dedupe_key(subscription: UUID, item: str, on: date) -> bytes:
    """Return the dedupe key, 32 bytes, of an item of a person's course on a local day."""
    return hashlib.sha256(f"{COURSE}\0{subscription}\0{item}\0{on}".encode()).digest()


class DatedItem(NamedTuple):
    """An item of a person's course on a local day, which occurs once; by it a message is known."""

    subscription: UUID
    item: str
    on: date

    def key(self) -> bytes:
        """Return its dedupe key."""
        return dedupe_key(*self)


def expiry(planned: Planned, zone: str) -> datetime:
    """Return when a text expires (UTC); a question must leave time for its answer."""
    item = planned.item
    if item.late is Late.SHIFT:
        return planned.at + SHIFT_LIFE
    if item.late is not Late.SEND:
        return instant(planned.on + _DAY, _MIDNIGHT, zone)
    if item.ask is None:
        return planned.at + SEND_LIFE
    return planned.at + timedelta(days=item.ask.close_days)


def dates(anchors: Mapping[str, str]) -> dict[str, date]:
    """Parse the dates of a subscription, by code, reserved ones included."""
    return {code: _date(day) for code, day in anchors.items()}


def own_dates(anchors: Mapping[str, date]) -> dict[str, date]:
    """Return dates without the reserved ones, and those of events."""
    return {code: day for code, day in anchors.items() if not code.startswith((EXTRA, EVENT))}


def position_of(row: Subscription) -> CoursePosition:
    """Return a subscription's position in its course."""
    return CoursePosition(
        group_of(row.cohort, row.arm), dates(row.anchors), row.since, row.zone, row.hour
    )


@lru_cache(_DATES)
def _date(iso: str) -> date:
    return date.fromisoformat(iso)


class MessageSlot(NamedTuple):
    """A text with its time and expiry."""

    item: Item
    on: date
    at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, planned: Planned, zone: str) -> "MessageSlot":
        """Return the slot of a planned text in its receiver's zone."""
        return cls(*planned, expiry(planned, zone))
