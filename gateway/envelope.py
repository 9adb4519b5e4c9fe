"""What every device message becomes, whatever protocol it came by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


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
    """

    channel: str
    key: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    received_at: datetime
    claimed_at: str | None = None
    to: str | None = None

    @property
    def key_digest(self) -> bytes:
        """SHA-256 over channel and key: kept for good, when the rest is gone."""
        return _digest(self.channel, self.key)

    @property
    def content_digest(self) -> bytes:
        """SHA-256 over what was said and by whom: tells a repetition from a conflict.

        Never store it as it is: phone numbers are few, so whoever holds it can guess the sender.
        """
        return _digest(self.sender, self.text, self.claimed_at or "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the handler made of an envelope: outcome code, and the reply that went to the outbox."""

    outcome: str
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is stored under a key: whether its content was the same, and the first answer."""

    same_content: bool
    answer: Answer


def _digest(*parts: str) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()
