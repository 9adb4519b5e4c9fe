"""Outbox rows: queueing messages, and closing those that wait."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple, cast
from uuid import uuid4

from sqlalchemy import BindParameter, ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from services.core.correlation import current_correlation
from services.storage.bulk import upsert
from services.storage.database import QUEUED
from services.storage.models import Message
from services.storage.vault import Vault, vault_of
from sms.admission import PRIORITIES
from sms.answering import Weight
from sms.local_time import DEFAULT_ZONE
from sms.message import Kind, Late, MessageState
from sms.reasons import Reason
from sms.states import IN_FLIGHT, MAY_HAVE_COME

# Longer than the wait after which a phone that was off is tried again: 24 hours.
REPLY_LIFE = timedelta(hours=72)
_CHUNK = 5_000


COURSE = "course"
"""Purpose of the planned texts of courses."""
CONCERN = "concern"
"""Purpose of what tells a clinician of a concern, whose public id `dedupe` holds."""
KNOWN = "\0known"
"""End of the `dedupe` of the second text about a concern: what is known of the person."""


class Trace(NamedTuple):
    """Origin of a text: database keys, the text's id in its programme, and its language.

    Of a text that answers what somebody wrote, `reply` is its id: it is sealed, for it tells that.
    """

    subscription_id: int | None = None
    campaign_id: int | None = None
    version_id: int | None = None
    item: str | None = None
    language: str | None = None
    reply: str | None = None


NOWHERE = Trace()


class ReplyText(NamedTuple):
    """One text of a reply, one segment long, with its origin and its weight.

    `direct`: it never goes by a village's box, such as a text with a code. `private`: it belongs to
    a programme, though its trace names none.
    """

    text: str
    trace: Trace = NOWHERE
    direct: bool = False
    weight: Weight = Weight.PLAIN
    private: bool = False


class OutboundMessage(NamedTuple):
    """One text to one number. A second one with the same `dedupe` is never queued.

    Attributes:
        number: E.164.
        number_index: its ordinary blind index; of a programme's text it is not stored.
        body: the text.
        dedupe: names the message; one name is queued once.
        zone: IANA name of the receiver's time zone.
        trace: of a programme's or a campaign's text.
    """

    number: str
    number_index: bytes
    body: str
    dedupe: str
    zone: str = DEFAULT_ZONE
    trace: Trace = NOWHERE


class SendOptions(NamedTuple):
    """Options that messages queued together share.

    Attributes:
        purpose: of the messages, in a word.
        now: from when (UTC).
        expires_at: until when (UTC).
        kind: decides rules and priority: see `sms.admission`.
        scope: programme whose consent they need, if any.
        late: fate of a message that could not go when it was planned.
        double_ok: whether sending twice is better than not at all.
        via: preferred channel.
        direct: whether they never go by a village's box, such as texts with a code.
        office: whether the receivers get it as holders of an office, which STOP ALL does not end.
        private: whether they belong to a programme, though none is named.
        vital: whether they go beyond the day's ceiling in money.
        part_of: key of the message that they are the parts of.
    """

    purpose: str
    now: datetime
    expires_at: datetime
    kind: Kind = Kind.SERVICE
    scope: str | None = None
    late: Late = Late.SEND
    double_ok: bool = False
    via: str | None = None
    direct: bool = False
    office: bool = False
    vital: bool = False
    private: bool = False
    part_of: int | None = None


def is_of_programme(trace: Trace, options: SendOptions) -> bool:
    """Tell whether a message belongs to a programme: the health domain's index alone finds it.

    A clinician is no member of the programme that they are told of.
    """
    return not options.office and (options.scope is not None or options.private or trace != NOWHERE)


def enqueue_messages(
    session: Session, messages: Iterable[OutboundMessage], options: SendOptions
) -> None:
    """Queue messages in the session's transaction; a `dedupe` that is known changes nothing."""
    # Through the connection: nothing is read back, and a row needs no object.
    statement = upsert(session, Message).on_conflict_do_nothing(index_elements=["dedupe_key"])
    vault = vault_of(session)
    rows = (_row(vault, message, options) for message in messages)
    while chunk := list(islice(rows, _CHUNK)):
        session.info[QUEUED] = True
        session.connection().execute(statement, chunk)


def dedupe_key(dedupe: str) -> bytes:
    """Return the outbox's key of a `dedupe`."""
    return hashlib.sha256(dedupe.encode()).digest()


def _row(vault: Vault, message: OutboundMessage, options: SendOptions) -> dict[str, object]:
    of_programme = is_of_programme(message.trace, options)
    index = vault.health_index(message.number) if of_programme else message.number_index
    return {
        "public_id": uuid4(),
        "dedupe_key": dedupe_key(message.dedupe),
        "recipient": message.number,
        "recipient_index": index,
        "body": message.body,
        "purpose": options.purpose,
        "kind": options.kind.value,
        "scope": options.scope,
        "priority": PRIORITIES[options.kind],
        "zone": message.zone,
        "late": options.late.value,
        "double_ok": options.double_ok,
        "office": options.office,
        "via": options.via,
        "direct": options.direct,
        "vital": options.vital,
        "part_of": options.part_of,
        "state": MessageState.QUEUED.value,
        "created_at": options.now,
        "planned_at": options.now,
        "due_at": options.now,
        "expires_at": options.expires_at,
        "correlation": None if of_programme else current_correlation(),
        **message.trace._asdict(),
    }


MAY_STILL_COME = Message.state.in_({MessageState.QUEUED, *MAY_HAVE_COME})
"""The condition on messages that went to their phone, or still may."""


def went_by(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition on messages that had gone to their phone by an instant (UTC)."""
    return and_(Message.state.in_(MAY_HAVE_COME), Message.tried_at <= at)


def lock_messages(session: Session, which: ColumnElement[bool]) -> None:
    """Lock messages in the order in which everybody does."""
    session.execute(select(Message.id).where(which).order_by(Message.id).with_for_update())


def close_waiting(
    session: Session, which: ColumnElement[bool], state: MessageState, reason: Reason
) -> int:
    """Close the messages among these that wait, and return how many they were.

    Who holds a lease finds that when it would send.

    Args:
        which: the messages; those that do not wait any more stay as they are.
        state: in which they end.
        reason: why.
    """
    waiting = and_(which, Message.state == MessageState.QUEUED)
    lock_messages(session, waiting)
    done = session.execute(
        update(Message)
        .where(waiting)
        .values(state=state.value, reason=reason.value, leased_by=None, leased_until=None)
    )
    return cast("CursorResult[Any]", done).rowcount


def call_off(
    session: Session,
    which: ColumnElement[bool],
    ending: tuple[MessageState, Reason],
    now: datetime,
) -> None:
    """Close the messages among these that wait, and let none that was sent be tried again.

    Args:
        which: the messages.
        ending: the state of those that wait, and why.
        now: UTC; what has expired by then is never tried again.
    """
    flying = and_(which, Message.state.in_(IN_FLIGHT), Message.expires_at > now)
    waits = Message.state == MessageState.QUEUED
    # Both at once: a text that fails meanwhile waits again, and is then among those.
    open_still = Message.state.in_({MessageState.QUEUED, *IN_FLIGHT})
    lock_messages(session, and_(which, open_still, or_(waits, Message.expires_at > now)))
    close_waiting(session, which, *ending)
    session.execute(update(Message).where(flying).values(called_off=ending[1].value))
