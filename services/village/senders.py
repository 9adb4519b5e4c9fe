"""Senders of the texts that a box brings: for whom it is believed, and the caps of its day.

A box is believed for a number that is bound to it, as far as a phone number proves anything; for
other numbers, anybody may have written. It is never believed for somebody who holds an office: a
stolen box would grant permits.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select

from gateway.envelope import Answer, Envelope
from services.core.roles import Role
from services.messaging.answering import UNANSWERED
from services.messaging.command_router import UNBOUND
from services.messaging.village_bindings import (
    BindingState,
    ask,
    bindings_of,
    may_ask,
    text_number,
)
from services.storage.models import Contact, Device, Party, VillageBinding, VillageBox
from services.storage.parties import party_of
from services.storage.unit_of_work import Unit
from services.texts.catalogue import language_of, say
from services.village.errors import BoxNumbers, BoxRepeats, BoxTexts
from sms.local_time import local_day

OFFICE = f"{UNANSWERED}.office"
"""Outcome of a text in an office-holder's name: it is kept, and has no effect."""

BELIEVED = frozenset({Role.KEEPER, Role.RECORDER})
"""Roles for which a box may be believed: everybody else holds an office."""

DAY = timedelta(days=1)
ROUNDED = timedelta(seconds=2)
"""A box tells whole seconds of a clock that it sets by the server."""
LONGEST_AWAY = 30
"""Days without a link for which a box may bring texts at once."""

_STOPS = frozenset(f"{UNBOUND}.{code}" for code in ("stop", "stop_all", "stop_all_word"))


class BoxCaps(NamedTuple):
    """Most that one box may bring in a day: texts, unbound numbers, and numbers newly asked."""

    texts: int
    numbers: int
    asked: int


def open_day(box: VillageBox, last: datetime | None, now: datetime) -> None:
    """Begin to count anew, a day after the counting began.

    `last`: when the box synced before. It may bring a day's texts for each day that it was away.
    """
    if box.window_from is not None and now - box.window_from < DAY:
        return
    away = (now - last).days if last else 1
    box.window_from, box.window_days = now, min(max(away, 1), LONGEST_AWAY)
    box.window_texts = box.window_asked = box.window_refused = 0
    box.window_reason = None


class Senders:
    """Senders of one batch of a box, within its transaction; `numbers` are all of them, E.164."""

    def __init__(
        self,
        unit: Unit,
        device: Device,
        box: VillageBox,
        caps: BoxCaps,
        numbers: Collection[str],
    ) -> None:
        self._unit, self.device, self._box, self.caps = unit, device, box, caps
        self._index = {number: unit.vault.index(number) for number in numbers}
        session, indexes = unit.session, set(self._index.values())
        self._bindings = bindings_of(session, device.id, indexes)
        self._officers = self._holders(indexes)
        self._seen = self._seen_today() if indexes else 0

    def is_bound(self, number: str, said_at: datetime | None = None) -> bool:
        """Tell whether the box is believed for a number, of what it says was written at an instant.

        What it dates before the number was bound may be a thief's, who waited for the owner's yes.
        """
        row = self._bindings.get(self._index[number])
        if row is None or row.state != BindingState.BOUND:
            return False
        return said_at is None or said_at > row.changed_at - ROUNDED

    def admit(self, envelope: Envelope) -> Answer | None:
        """Count a text that comes for the first time; None: it is handled.

        Raises:
            BoxRepeats: another item held the same.
            BoxTexts, BoxNumbers: the box has brought too much today.
        """
        if self._unit.came_before(envelope):
            raise BoxRepeats
        binding = self._bindings.get(self._index[envelope.sender])
        most = self.caps.texts * self._box.window_days
        if self._box.window_texts >= most:
            raise BoxTexts(most=most)
        if self._is_new_today(binding):
            if not self.is_bound(envelope.sender) and self._seen >= self.caps.numbers:
                raise BoxNumbers(most=self.caps.numbers)
            self._seen += 1
        self._box.window_texts += 1
        binding = self._see(envelope, binding)
        return self._keep(envelope, binding) if binding.number_index in self._officers else None

    def ask_owner(self, envelope: Envelope, outcome: str) -> None:
        """Ask the owner of an unbound number over the ordinary road, once."""
        binding, now = self._bindings[self._index[envelope.sender]], envelope.received_at
        if not may_ask(binding, now) or self._box.window_asked >= self.caps.asked:
            return
        self._box.window_asked += 1
        session = self._unit.session
        party = party_of(self._unit, envelope.sender)
        if outcome not in _STOPS:
            ask(session, self.device, binding, party)
            return
        # No box silences anybody: whoever means it says it to us.
        binding.asked_at, binding.state = now, BindingState.ASKED.value
        text = say("box.ask_stop", language_of(party.language), box=self.device.name)
        text_number(session, binding, text, self._name("stop", binding, now), now)

    def refused(self, code: str) -> None:
        """Count a text that is refused, for the alarm of the day."""
        self._box.window_refused += 1
        self._box.window_reason = code

    def _keep(self, envelope: Envelope, binding: VillageBinding) -> Answer:
        """Keep a text in the name of somebody who holds an office, and tell them once a day."""
        now, session = envelope.received_at, self._unit.session
        party = party_of(self._unit, envelope.sender)
        text = say("box.office", language_of(party.language), box=self.device.name)
        text_number(session, binding, text, self._name("office", binding, now), now)
        self.refused("office")
        return Answer(OFFICE)

    def _name(self, what: str, binding: VillageBinding, now: datetime) -> str:
        day = local_day(now)
        return f"box\0{what}\0{self.device.id}\0{binding.number_index.hex()}\0{day}"

    def _see(self, envelope: Envelope, binding: VillageBinding | None) -> VillageBinding:
        now, index = envelope.received_at, self._index[envelope.sender]
        if binding is None:
            binding = VillageBinding(
                device_id=self.device.id,
                number_index=index,
                number=envelope.sender,
                state=BindingState.SEEN.value,
                changed_at=now,
            )
            self._unit.session.add(binding)
            self._bindings[index] = binding
        binding.seen_at = now
        self._unit.session.flush()
        return binding

    def _is_new_today(self, binding: VillageBinding | None) -> bool:
        since = self._box.window_from
        seen = binding.seen_at if binding else None
        return seen is None or since is None or seen < since

    def _seen_today(self) -> int:
        today = select(func.count()).where(
            VillageBinding.device_id == self.device.id,
            VillageBinding.seen_at >= self._box.window_from,
        )
        return self._unit.session.scalar(today) or 0

    def _holders(self, indexes: Iterable[bytes]) -> frozenset[bytes]:
        rows = self._unit.session.execute(
            select(Contact.number_index, Party.role)
            .join(Party, Party.id == Contact.party_id)
            .where(Contact.number_index.in_(indexes))
        )
        return frozenset(row.number_index for row in rows if row.role not in BELIEVED)
