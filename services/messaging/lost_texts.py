"""Texts that a carrier took and could not hand over, fetched from its list.

A carrier such as Twilio calls a webhook once: what came while the server was down or busy is in
the carrier's list alone. What has come by itself is known by its key, and has no effect again.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from gateway.channels import twilio
from gateway.envelope import Answer, Envelope, key_digest
from gateway.errors import KeyConflict
from gateway.intake import receive
from services.core.error_logging import log_exception
from services.storage.bulk import upsert
from services.storage.database import Database
from services.storage.models import Arrival, CarrierLook
from services.storage.unit_of_work import Unit, Units
from sms.errors import CarrierError
from sms.ports import Carrier, ListsReceived, ReceivedText

Handle = Callable[[Unit, Envelope], Answer]

PERIOD = timedelta(minutes=5)
FIRST_LOOK = timedelta(days=1)
"""How far back the first look goes."""

OVERLAP = timedelta(minutes=10)
"""How much of the time before is looked at again: lists lag behind what carriers take."""

_NOT_AFTER = 2 * PERIOD
"""A look that is due later was planned by a clock that was set back since."""

_CHANNELS = {"twilio": twilio.CHANNEL}
_LOG = logging.getLogger("bilum.worker")


class LostTexts:
    """Fetches what carriers list and we have not: one worker at a time, every five minutes.

    What was seen ends with the newest text listed, by the carrier's own clock: a clock of ours that
    is ahead would pass over what comes next.
    """

    def __init__(
        self, database: Database, units: Units, handle: Handle, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._units, self._handle = database, units, handle
        self._clock = clock

    def fetch(self, carriers: Mapping[str, Carrier]) -> int:
        """Fetch from each carrier that lists what it took in and is due; return how many came."""
        return sum(
            self._fetch(channel, carrier)
            for channel, carrier in carriers.items()
            if channel in _CHANNELS and isinstance(carrier, ListsReceived)
        )

    def _fetch(self, channel: str, carrier: ListsReceived) -> int:
        now = self._clock()
        since = self._take_turn(channel, now)
        if since is None:
            return 0
        try:
            listed = carrier.received(since - OVERLAP)
            lost = self._unknown(_CHANNELS[channel], listed)
        except CarrierError as error:
            _LOG.warning("what %s took in cannot be listed: %s", channel, error)
            return 0
        # A text that meets a fault is looked for again: nothing after it counts as seen.
        taken = [self._take(_CHANNELS[channel], one) for one in lost]
        if not all(taken):
            return 0
        if lost:
            _LOG.warning("%s texts had not come from %s: they were fetched", len(lost), channel)
        with self._database.write(exclusive=False) as session:
            seen = update(CarrierLook).where(CarrierLook.channel == channel)
            session.execute(seen.values(seen_until=max([since, *(one.sent_at for one in listed)])))
        return len(lost)

    def _take_turn(self, channel: str, now: datetime) -> datetime | None:
        """Return from when on to look; None: it is not due, or another worker looks."""
        with self._database.read() as session:
            due = select(CarrierLook.due_at).where(CarrierLook.channel == channel)
            # Most often it is not: then no other writer waits for this one.
            if now < (session.scalar(due) or now) <= now + _NOT_AFTER:
                return None
        first = {"channel": channel, "seen_until": now - FIRST_LOOK, "due_at": now}
        with self._database.write(exclusive=False) as session:
            session.execute(upsert(session, CarrierLook).values(first).on_conflict_do_nothing())
            return session.scalar(
                update(CarrierLook)
                .where(
                    CarrierLook.channel == channel,
                    or_(CarrierLook.due_at <= now, CarrierLook.due_at > now + _NOT_AFTER),
                )
                .values(due_at=now + PERIOD)
                .returning(CarrierLook.seen_until)
            )

    def _unknown(self, channel: str, listed: Sequence[ReceivedText]) -> list[ReceivedText]:
        keys = {key_digest(channel, one.key): one for one in listed}
        with self._database.read() as session:
            known = select(Arrival.key_digest).where(Arrival.key_digest.in_(keys))
            there = set(session.scalars(known))
        return [one for key, one in keys.items() if key not in there]

    def _take(self, channel: str, lost: ReceivedText) -> bool:
        """Take a text as if it had just come; False: it met a fault."""
        now = self._clock()
        envelope = Envelope(
            channel=channel,
            key=lost.key,
            sender=lost.sender,
            text=lost.text,
            received_at=now,
            to=lost.to or None,
            # The carrier's clock may be ahead of ours.
            sent_at=min(lost.sent_at, now),
        )
        try:
            receive(envelope, self._units, self._handle)
        except KeyConflict:
            # It came by itself meanwhile.
            return True
        except Exception as error:  # noqa: BLE001 — one text keeps nobody else waiting
            log_exception(_LOG, "a text that a carrier lists is fetched again", error)
            return False
        return True
