"""Arrivals of the intake, and outgoing messages with their attempts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.storage.models.base import Base, WholeSecond, by_time
from services.storage.vault import Sealed, SealedCode
from sms.local_time import DEFAULT_ZONE

LONG_AGO = "'1970-01-01 00:00:00.000000'"
POSSIBLY_DANGEROUS = "outcome = 'possible_danger' AND sender IS NOT NULL"
"""The condition on arrivals that may tell of danger, and whose senders are still known."""

_UNANSWERED = "sender IS NOT NULL AND outcome LIKE 'unanswered%'"
_OF_COURSE = "subscription_id IS NOT NULL"
_EVENING = "purpose IN ('evening', 'overdue', 'abattoir')"
_WAITING_TEXT = "state = 'queued' AND version_id IS NOT NULL"


def _partial(name: str, where: str, *columns: str, **manner: Any) -> Index:  # noqa: ANN401 — the library's
    condition = text(where)
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition, **manner)


class Arrival(Base):
    """One envelope: digests for good; payload and answer sealed, and removable.

    `service` and `province` are of the staff that must read it: `services.messaging.inbox`; null:
    nobody must, or the province is not known.
    """

    __tablename__ = "envelope"
    __table_args__ = (
        _partial("ix_envelope_kept", "sender IS NOT NULL", "received_at"),
        _partial("ix_envelope_unanswered", _UNANSWERED, "received_at"),
        _partial("ix_envelope_village", "channel = 'village-sms'", "content_digest"),
        _partial("ix_envelope_inbox", "service IS NOT NULL", "service", "received_at"),
        _partial("ix_envelope_danger", POSSIBLY_DANGEROUS, "received_at"),
    )

    key_digest: Mapped[bytes] = mapped_column(primary_key=True)
    content_digest: Mapped[bytes]
    channel: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(default="")
    sender: Mapped[str | None] = mapped_column(Sealed)
    payload: Mapped[str | None] = mapped_column(Sealed)
    answer: Mapped[str | None] = mapped_column(Sealed)
    service: Mapped[str | None]
    province: Mapped[str | None]


class ArrivalConflict(Base):
    """An envelope whose key was used before with other content, kept for review."""

    __tablename__ = "envelope_conflict"
    __table_args__ = (_partial("ix_envelope_conflict_kept", "sender IS NOT NULL", "received_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes] = mapped_column(index=True)
    content_digest: Mapped[bytes]
    channel: Mapped[str]
    received_at: Mapped[datetime]
    sender: Mapped[str | None] = mapped_column(Sealed)
    payload: Mapped[str | None] = mapped_column(Sealed)


class Message(Base):
    """One text to one person. `state` is derived from the attempts and kept for look-up.

    `lane` is the channel whose rate it waits for; `reason` tells why it waits or was not sent: see
    `sms.reasons`. The lowest `priority` goes first: an answer to what a person just sent waits for
    no mailing. A `vital` one goes beyond the day's ceiling. Of a forgotten person, number and body
    are empty. `recipient_index` of a programme's text is the number's in the health domain: see
    `outbox.is_of_programme`. Its `version_id`, `item` and `language` name it; an answer has `reply`
    for `item`. `direct`: never by a village's box. `office`: to an office's holder. `called_off`:
    why it is not tried again. `part_of`: key of the text that it is a part of.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    dedupe_key: Mapped[bytes] = mapped_column(unique=True)
    recipient: Mapped[str] = mapped_column(Sealed)
    recipient_index: Mapped[bytes]
    body: Mapped[str] = mapped_column(Sealed)
    purpose: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="answer")
    scope: Mapped[str | None]
    priority: Mapped[int] = mapped_column(server_default="0", default=0)
    zone: Mapped[str] = mapped_column(server_default=DEFAULT_ZONE)
    late: Mapped[str] = mapped_column(server_default="send")
    double_ok: Mapped[bool] = mapped_column(server_default=false())
    office: Mapped[bool] = mapped_column(server_default=false(), default=False)
    via: Mapped[str | None]
    direct: Mapped[bool] = mapped_column(server_default=false(), default=False)
    vital: Mapped[bool] = mapped_column(server_default=false(), default=False)
    lane: Mapped[str] = mapped_column(server_default="", default="")
    state: Mapped[str]
    reason: Mapped[str | None]
    called_off: Mapped[str | None]
    created_at: Mapped[datetime]
    planned_at: Mapped[datetime] = mapped_column(server_default=text(LONG_AGO))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(server_default="0", default=0)
    tried_at: Mapped[datetime | None] = mapped_column(WholeSecond)
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None] = mapped_column(WholeSecond)
    # No foreign keys: the database would check them for a million rows planned in a night.
    subscription_id: Mapped[int | None]
    campaign_id: Mapped[int | None]
    version_id: Mapped[int | None]
    item: Mapped[str | None]
    reply: Mapped[str | None] = mapped_column(SealedCode)
    language: Mapped[str | None]
    correlation: Mapped[int | None]
    part_of: Mapped[int | None]

    __table_args__ = (
        _partial("ix_message_subscription_state", _OF_COURSE, "subscription_id", "state"),
        _partial("ix_message_campaign", "campaign_id IS NOT NULL", "campaign_id", "state"),
        _partial("ix_message_due", "state = 'queued'", "lane", "priority", "due_at", "id"),
        Index("ix_message_recipient", "recipient_index", "tried_at"),
        _partial("ix_message_waiting", "state = 'queued'", "recipient_index", "due_at"),
        _partial("ix_message_expiring", "state = 'queued'", "expires_at"),
        _partial("ix_message_in_flight", "state = 'attempting'", "leased_until"),
        Index("ix_message_state", "state", "id"),
        _partial("ix_message_silenced", "reason IN ('loop', 'too_many')", "created_at"),
        _partial("ix_message_course", "purpose = 'course'", "planned_at", **by_time("planned_at")),
        _partial("ix_message_evening", _EVENING, "recipient_index", "purpose", "created_at"),
        _partial("ix_message_waiting_text", _WAITING_TEXT, "version_id", "language", "item"),
        _partial("ix_message_part_of", "part_of IS NOT NULL", "part_of"),
    )


class Attempt(Base):
    """One call of a carrier for one message. `look_at`: when to ask what became of it."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID] = mapped_column(unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    channel: Mapped[str]
    state: Mapped[str]
    reference: Mapped[str | None] = mapped_column(index=True)
    failure: Mapped[str | None]
    code: Mapped[str | None]
    segments: Mapped[int] = mapped_column(server_default="1", default=1)
    cost: Mapped[int] = mapped_column(server_default="0", default=0)
    started_at: Mapped[datetime] = mapped_column(WholeSecond)
    finished_at: Mapped[datetime | None] = mapped_column(WholeSecond)
    looks: Mapped[int] = mapped_column(server_default="0", default=0)
    look_at: Mapped[datetime | None] = mapped_column(WholeSecond)

    __table_args__ = (
        _partial("ix_attempt_doubtful", "state = 'uncertain'", "look_at"),
        Index("ix_attempt_started_at", "started_at", **by_time("started_at")),
    )


class EarlyReport(Base):
    """A delivery report that came before its attempt was known by the carrier's `reference`."""

    __tablename__ = "early_report"
    __table_args__ = (UniqueConstraint("channel", "reference", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    reference: Mapped[str]
    state: Mapped[str]
    failure: Mapped[str | None]
    code: Mapped[str | None]
    arrived_at: Mapped[datetime] = mapped_column(WholeSecond)


class CarrierLook(Base):
    """Last look at a carrier's list of what it took in, and the time of the next."""

    __tablename__ = "carrier_look"

    channel: Mapped[str] = mapped_column(primary_key=True)
    seen_until: Mapped[datetime]
    due_at: Mapped[datetime]


class Channel(Base):
    """State of one channel for all workers: its circuit, and when its rate lets the next go.

    `failures` counts those in a row; `open_until` is set while nothing may go; `paced_until` is
    the theoretical arrival time of the generic cell rate algorithm.
    """

    __tablename__ = "channel"

    name: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0", default=0)
    trips: Mapped[int] = mapped_column(server_default="0", default=0)
    code: Mapped[str | None]
    opened_at: Mapped[datetime | None]
    open_until: Mapped[datetime | None]
    probed_until: Mapped[datetime | None]
    paced_until: Mapped[datetime | None]


class Consent(Base):
    """A number's yes or no; the newest row of a scope holds, all are kept.

    `scope` is a programme, or one of `sms.consent`: all messages, a channel, the number itself. A
    programme's stands under the number's index in the health domain.
    """

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    number_index: Mapped[bytes] = mapped_column(index=True)
    scope: Mapped[str]
    granted: Mapped[bool]
    source: Mapped[str]
    at: Mapped[datetime] = mapped_column(WholeSecond)

    __table_args__ = (_partial("ix_consent_forgetting", "source = 'forgetting'", "id"),)


class Spending(Base):
    """Messages of a month of Port Moresby's time, by channel and kind. Cost in toea."""

    __tablename__ = "spending"

    month: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    segments: Mapped[int]
    cost: Mapped[int]


class DailyCost(Base):
    """Toea that answers and urgent texts cost on a day of Port Moresby's time."""

    __tablename__ = "daily_cost"

    day: Mapped[date] = mapped_column(primary_key=True)
    cost: Mapped[int]


class AnswerCount(Base):
    """Answers to one number: see `sms.answering.AnswerHistory`. Deleted after a day.

    `number_index` is that of the health domain, whatever the answers were about.
    """

    __tablename__ = "answer_count"

    number_index: Mapped[bytes] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(WholeSecond)
    answers: Mapped[int]
    digest: Mapped[bytes]
    run: Mapped[int]
    run_since: Mapped[datetime] = mapped_column(WholeSecond)
    day: Mapped[date] = mapped_column(index=True)
    dangers: Mapped[int]
    stops: Mapped[int]


class LongText(Base):
    """One text that comes in parts, with `reference` and `total` in each; deleted after a day."""

    __tablename__ = "long_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    number_index: Mapped[bytes]
    reference: Mapped[int]
    total: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(WholeSecond)
    closed_at: Mapped[datetime | None] = mapped_column(WholeSecond, index=True)

    __table_args__ = (
        Index("ix_long_text_number_index", "number_index", "reference"),
        _partial("ix_long_text_open", "closed_at IS NULL", "opened_at"),
    )


class TextPart(Base):
    """One part of it; `content` is JSON of what came."""

    __tablename__ = "text_part"

    long_text_id: Mapped[int] = mapped_column(
        ForeignKey("long_text.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str] = mapped_column(Sealed)
