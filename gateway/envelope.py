"""Envelope of a device message, the same for every protocol."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Relayed:
    """Facts that a village box adds to a message that it kept for a while.

    Attributes:
        box: database key of the device.
        said_at: UTC; when it came to the box, where its clock can be believed.
        numbers: short numbers of the box's own that it has promised to the sender, in order.
        bound: whether the box is believed for the sender's number; else anybody may have said it.
        asks: most questions to others that what it brings of anybody may cause in a day.
    """

    box: int
    said_at: datetime | None = None
    numbers: tuple[str, ...] = ()
    bound: bool = False
    asks: int = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message of a field device, authenticated, before anybody acts on it.

    Attributes:
        channel: name of the channel, such as `twilio-sms`.
        key: idempotency key, unique within the channel (Twilio: MessageSid).
        sender: E.164 number or device id; hidden from repr.
        text: what the person or device said; hidden from repr.
        received_at: UTC.
        claimed_at: the time that the device claims, as it wrote it, if it does.
        to: our own number or code that it was sent to, if known.
        complete: whether all of it came; else a person must read it, and danger alone is heard.
        relayed: of what a box kept for a while; None: it came at once.
        keeps_payload: whether it is kept for review where its key was used before.
        sent_at: UTC; when the carrier took it, where it reached us later; None: just now.
        opted_in: whether the carrier opened itself to the sender by this text (True), or closed
            itself (False), by a stop list of its own; None: neither.
    """

    channel: str
    key: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    received_at: datetime
    claimed_at: str | None = None
    to: str | None = None
    complete: bool = True
    relayed: Relayed | None = None
    keeps_payload: bool = True
    sent_at: datetime | None = None
    opted_in: bool | None = None

    @property
    def key_digest(self) -> bytes:
        """SHA-256 over channel and key: kept for good, when the rest is gone."""
        return key_digest(self.channel, self.key)

    @property
    def correlation(self) -> int:
        """Id of the message in the log, 63 bits: a database keeps it as a number."""
        return int.from_bytes(self.key_digest[:8]) >> 1

    @property
    def content_digest(self) -> bytes:
        """SHA-256 over what was said and by whom: tells a repetition from a conflict.

        Never store it as it is: phone numbers are few, so whoever holds it can guess the sender.
        """
        return _digest(self.sender, self.text, self.claimed_at or "")


class StaffQueue(NamedTuple):
    """The staff that must read a message: of a service, in a province; None: of no known one."""

    service: str
    province: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The handler's result for an envelope.

    Attributes:
        outcome: code.
        text: the reply that went to the outbox, or what the device was answered.
        keeps_payload: whether what was said is kept, sealed; not where it may hold a secret, or is
            kept as envelopes of its own.
        staff: who must read it; None: nobody.
    """

    outcome: str
    text: str = field(default="", repr=False)
    keeps_payload: bool = True
    staff: StaffQueue | None = None


@dataclass(frozen=True, slots=True)
class SequencedEnvelope:
    """A request of a device that takes effect in the order of the device's counter.

    Attributes:
        envelope: its channel is `DEVICE_CHANNEL`, its key from `turn_key`.
        device: database key of the device.
        counter: of the request.
        clock: what the device's clock showed when it sent it, UTC; None: no time that there is.
    """

    envelope: Envelope
    device: int
    counter: int
    clock: datetime | None


API_CHANNEL, DEVICE_CHANNEL = "api", "device"
WAITING = "waiting"
"""Outcome of a turn that is stored, and takes effect when those before it have come."""


def turn_key(device: UUID, counter: int) -> str:
    """Return the idempotency key of a device's request."""
    return f"{device}:{counter}"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The stored result under a key: whether its content was the same, and the first answer."""

    same_content: bool
    answer: Answer


def key_digest(channel: str, key: str) -> bytes:
    """Return the permanent id of an envelope: SHA-256 over channel and key."""
    return _digest(channel, key)


def _digest(*parts: str) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()
