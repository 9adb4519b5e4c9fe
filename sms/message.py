"""The plain values of text messaging: what goes out, what comes in, what a carrier reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


class FailureClass(StrEnum):
    """What a carrier's answer means; everything else decides on this alone."""

    OPTED_OUT = "opted_out"
    DEAD_NUMBER = "dead_number"
    CHANNEL_DOWN = "channel_down"
    NEVER = "never"
    ROUTE = "route"
    TRANSIENT = "transient"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class AttemptState(StrEnum):
    """The state of one attempt. Ranks only rise: see `sms.dispatch.may_become`."""

    ATTEMPTING = "attempting"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    SENT = "sent"
    UNDELIVERED = "undelivered"
    DELIVERED = "delivered"


class MessageState(StrEnum):
    """The state of a message, derived from its attempts."""

    QUEUED = "queued"
    ATTEMPTING = "attempting"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that a worker holds a lease on.

    Attributes:
        id: public id of the message.
        to: E.164 number; hidden from repr.
        body: the text; hidden from repr.
        attempts: how many attempts were made before.
        expires_at: UTC; after it the message must not be sent.
        refused_by: channels whose attempts ended in a ROUTE failure; another one is tried.
    """

    id: UUID
    to: str = field(repr=False)
    body: str = field(repr=False)
    attempts: int
    expires_at: datetime
    refused_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of a carrier came to.

    Attributes:
        state: SENT, FAILED or UNCERTAIN.
        reference: the carrier's own id of the message, where it gave one.
        failure: why not, unless SENT.
        code: the carrier's error code, safe to show.
        retry_after: seconds the carrier asked to wait, where it did.
    """

    state: AttemptState
    reference: str | None = None
    failure: FailureClass | None = None
    code: str | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a carrier tells later about one attempt.

    Attributes:
        channel: name of the carrier's channel.
        attempt_id: our id, from the callback URL, where it was in it.
        reference: the carrier's id.
        state: SENT, DELIVERED, UNDELIVERED or FAILED.
        failure: class of the error, if any.
        code: the carrier's error code, safe to show.
    """

    channel: str
    attempt_id: UUID | None
    reference: str | None
    state: AttemptState
    failure: FailureClass | None = None
    code: str | None = None
