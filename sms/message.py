"""The plain values of text messaging: what goes out, what comes in, what a carrier reports."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sms.local_time import DEFAULT_ZONE

VILLAGE = "village"
"""The channel of the boxes in villages: see `sms.carriers.village`."""
ABSENT = "absent"
"""The code of an attempt that the carrier does not know."""


class FailureClass(StrEnum):
    """Meaning of a carrier's answer; everything else decides on this alone."""

    OPTED_OUT = "opted_out"
    DEAD_NUMBER = "dead_number"
    DOUBTFUL_NUMBER = "doubtful_number"
    CHANNEL_DOWN = "channel_down"
    NEVER = "never"
    ROUTE = "route"
    TRANSIENT = "transient"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """Kind of a message; `sms.admission` tells which rules each kind obeys."""

    ANSWER = "answer"
    URGENT = "urgent"
    SERVICE = "service"
    PROGRAMME = "programme"


class Late(StrEnum):
    """Fate of a message that could not go when it was planned.

    SEND: it goes as soon as it may. SHIFT: at its own local time on the next day. SKIP: it does
    not go. EXPIRE: it goes as soon as it may on its own local day, and not after that day.
    """

    SEND = "send"
    SHIFT = "shift"
    SKIP = "skip"
    EXPIRE = "expire"


class AttemptState(StrEnum):
    """The state of one attempt. Ranks only rise: see `sms.states.may_become`."""

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
        planned_at: UTC; when it was to be sent.
        kind: why it is sent.
        scope: the programme that it belongs to, whose consent it needs; None: none.
        zone: IANA name of the receiver's time zone.
        late: what becomes of it when it could not go when it was planned.
        double_ok: whether twice is better than not at all.
        via: channel that it should take before others, such as the one that it answers on.
        direct: whether it never goes by a village's box.
        vital: whether it goes beyond the day's ceiling in money.
        refused_by: channels whose attempts ended in a ROUTE failure; another one is tried.
        office: whether the receiver gets it as holder of an office, which STOP ALL does not end.
        closed: channels that one of its attempts found down; others probe these.
    """

    id: UUID
    to: str = field(repr=False)
    body: str = field(repr=False)
    attempts: int
    expires_at: datetime
    planned_at: datetime
    kind: Kind = Kind.ANSWER
    scope: str | None = None
    zone: str = DEFAULT_ZONE
    late: Late = Late.SEND
    double_ok: bool = False
    via: str | None = None
    direct: bool = False
    vital: bool = False
    refused_by: frozenset[str] = frozenset()
    office: bool = False
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one call of a carrier.

    Attributes:
        state: SENT, FAILED or UNCERTAIN; of a look-up also DELIVERED or UNDELIVERED.
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
class UncertainAttempt:
    """An attempt of which nobody knows whether the carrier took it.

    Attributes:
        attempt_id: our id.
        to: E.164 number; hidden from repr.
        body: the text as it was sent; hidden from repr.
        started_at: UTC; when the carrier was called.
        taken: the carrier's ids that belong to other attempts to this number.
    """

    attempt_id: UUID
    to: str = field(repr=False)
    body: str = field(repr=False)
    started_at: datetime
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """Delivery report of a carrier about one attempt.

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
