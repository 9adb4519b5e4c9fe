"""The inbox: messages that a person must read, each of one service, and the answers to them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from gateway.envelope import StaffQueue
from services.core.roles import Role
from services.messaging.errors import (
    AnsweredAlready,
    AnswerTooLong,
    SenderForgotten,
    UnknownArrival,
)
from services.messaging.inbox_rules import CALLS, INSPECTING, POSSIBLE_DANGER, READS, Service
from services.messaging.outbox import OutboundMessage, SendOptions, dedupe_key, enqueue_messages
from services.messaging.postings import ANYWHERE, Posting, of_duty, postings_of
from services.messaging.tasks.model import Outcome, Source, TaskEnd
from services.messaging.tasks.settling import close_source
from services.storage.locks import require_one_writer
from services.storage.models import Arrival, Contact, Message, Party, Subscription
from services.storage.vault import Vault
from services.texts.catalogue import language_of, template
from sms.encoding import SEGMENT, Encoding, count, units
from sms.message import Kind

PURPOSE = "inbox"
_LIFE = timedelta(hours=72)
_ID = re.compile("[0-9a-f]{64}")
# Messages whose senders' courses are looked up together.
_CHUNK = 200


class InboxReader(NamedTuple):
    """A reader of messages: role, province of duty, and the people that they look after.

    Attributes:
        province: of an officer; None: the whole country.
        postings: of a clinician.
        everywhere: of every service, programme and province, as the machine's operator.
    """

    role: Role
    province: str | None = None
    postings: Sequence[Posting] = ()
    everywhere: bool = False

    @property
    def services(self) -> frozenset[Service]:
        """Services whose messages they read."""
        return frozenset(Service) if self.everywhere else READS.get(self.role, frozenset())

    @property
    def may_call(self) -> bool:
        """True if they see a sender's number, so that they can call."""
        return self.role in CALLS


OPERATOR = InboxReader(Role.ADMINISTRATOR, everywhere=True)
"""Whoever works on the server itself, which holds the key."""


class InboxMessage(NamedTuple):
    """A message that a person must read.

    Attributes:
        answered: by a person.
        possible_danger: whether it may tell of danger, and its sender did not say when asked; or a
            part is missing that may.
    """

    id: str
    received_at: datetime
    channel: str
    service: Service
    province: str | None
    sender: str | None
    text: str | None
    answered: bool
    possible_danger: bool = False

    def index_of_sender(self, vault: Vault) -> bytes:
        """Return the blind index of its sender, whom what health's staff reads ties to no party."""
        sender = self.sender or ""
        return vault.health_index(sender) if self.service is Service.HEALTH else vault.index(sender)


class InboxCount(NamedTuple):
    """Number of messages of a service in a province; None: of no known one."""

    service: str | None
    province: str | None
    messages: int


def reader_of(
    session: Session, role: Role, party_id: int | None, province: str | None
) -> InboxReader:
    """Return the holder of a token as a reader of messages."""
    postings = postings_of(session, party_id) if role is Role.CLINICIAN else ()
    return InboxReader(role, province, postings)


class Inbox:
    """The messages that one reader may see."""

    def __init__(self, session: Session, vault: Vault, reader: InboxReader) -> None:
        self._session, self._vault, self._reader = session, vault, reader

    def newest(
        self, services: Collection[Service], limit: int, since: datetime | None = None
    ) -> list[InboxMessage]:
        """Return the newest messages of services: of danger that waits, then newest first."""
        wanted = select(Arrival).where(self._within(services))
        if since is not None:
            wanted = wanted.where(Arrival.received_at >= since)
        newest = wanted.order_by(Arrival.received_at.desc(), Arrival.key_digest)
        found = islice(self._seen(newest), limit)
        return sorted(found, key=lambda one: one.answered or not one.possible_danger)

    def find(self, arrival: str) -> InboxMessage:
        """Return a message by its `id`, or raise UnknownArrival where the reader may not see it."""
        key = bytes.fromhex(arrival) if _ID.fullmatch(arrival) else b""
        within = self._within(self._reader.services)
        wanted = select(Arrival).where(Arrival.key_digest == key, within)
        found = next(self._seen(wanted), None)
        if found is None:
            raise UnknownArrival("No message of your inbox has this id")
        return found

    def among(self, arrivals: Collection[bytes]) -> list[InboxMessage]:
        """Return those of some messages that the reader may see, the newest first."""
        within = self._within(self._reader.services)
        wanted = select(Arrival).where(Arrival.key_digest.in_(arrivals), within)
        return list(self._seen(wanted.order_by(Arrival.received_at.desc(), Arrival.key_digest)))

    def as_sent(self, found: InboxMessage, text: str) -> str:
        """Return an answer as its receiver reads it: an officer's is under their service's name."""
        if found.service is Service.HEALTH:
            return text
        return _named(self._session, self._vault.index(found.sender or ""), text)

    def answer(self, arrival: str, text: str, now: datetime, by: int | None = None) -> bytes:
        """Queue an answer, one segment, to a message; return the number's blind index.

        An officer's answer names their service. The message's task ends; `by`: database key of who
        answers.

        Raises:
            UnknownArrival: there is no such message, or the reader may not see it.
            SenderForgotten: the sender is no longer known.
            AnsweredAlready: it was answered before.
            AnswerTooLong: with the service's name it is more than one segment.
        """
        require_one_writer(self._session)
        found = self.find(arrival)
        if found.sender is None:
            raise SenderForgotten("The sender is no longer known")
        if found.answered:
            raise AnsweredAlready("It was answered before")
        index, private = self._vault.index(found.sender), found.service is Service.HEALTH
        sent = self.as_sent(found, text)
        _require_one_segment(sent, text)
        message = OutboundMessage(found.sender, index, sent, _dedupe(bytes.fromhex(arrival)))
        via = found.channel.partition("-")[0]
        life = now + _LIFE
        options = SendOptions(PURPOSE, now, life, Kind.ANSWER, via=via, private=private)
        enqueue_messages(self._session, [message], options)
        end = TaskEnd(Outcome.SETTLED, now, by)
        close_source(self._session, Source(arrival=bytes.fromhex(arrival)), end)
        return found.index_of_sender(self._vault)

    def _within(self, services: Collection[Service]) -> ColumnElement[bool]:
        """Return the condition on messages of services that are seen, courses aside."""
        reader = self._reader
        shown = Arrival.service.in_(sorted(set(services) & reader.services))
        if reader.everywhere:
            return shown
        if reader.role is Role.CLINICIAN:
            provinces = {one.province for one in reader.postings}
            return shown if ANYWHERE in provinces else shown & Arrival.province.in_(provinces)
        if reader.role in INSPECTING and reader.province is not None:
            return shown & of_duty(self._session, reader.province, Arrival.province)
        return shown

    def _seen(self, wanted: Select[Arrival]) -> Iterator[InboxMessage]:
        """Yield the messages whose senders are in programmes of the reader, or in none."""
        found = self._session.scalars(wanted.execution_options(yield_per=_CHUNK))
        for rows in found.partitions():
            courses = {} if self._reader.everywhere else self._courses(rows)
            answered = answered_among(self._session, [row.key_digest for row in rows])
            for row in rows:
                programmes = courses.get(row.sender or "", frozenset())
                if row.service != Service.HEALTH or self._cares(programmes, row.province):
                    yield _message(row, answered=row.key_digest in answered)

    def _cares(self, programmes: frozenset[str], province: str | None) -> bool:
        reader = self._reader
        return reader.everywhere or any(one.covers(programmes, province) for one in reader.postings)

    def _courses(self, rows: Sequence[Arrival]) -> dict[str, frozenset[str]]:
        """Return the programmes in which senders of health's messages are or were, by number."""
        senders = {row.sender for row in rows if row.sender and row.service == Service.HEALTH}
        indexes = {self._vault.health_index(one): one for one in senders}
        found = self._session.execute(
            select(Subscription.number_index, Subscription.programme).where(
                Subscription.number_index.in_(indexes)
            )
        )
        courses: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for index, programme in found:
            courses[indexes[index]] |= {programme}
        return courses


def count_inbox(session: Session, since: datetime | None = None) -> list[InboxCount]:
    """Count the messages of every service and province, with nothing of anybody."""
    wanted = (
        select(Arrival.service, Arrival.province, func.count())
        .where(Arrival.service.is_not(None))
        .group_by(Arrival.service, Arrival.province)
        .order_by(Arrival.service, Arrival.province)
    )
    if since is not None:
        wanted = wanted.where(Arrival.received_at >= since)
    return [InboxCount(*row) for row in session.execute(wanted)]


def put_in_inbox(session: Session, arrival: bytes, staff: StaffQueue, outcome: str) -> None:
    """Put a message into an inbox after its answer, if its sender was not forgotten since.

    `arrival`: the digest of its key.
    """
    session.execute(
        update(Arrival)
        .where(Arrival.key_digest == arrival, Arrival.sender.is_not(None))
        .values(service=staff.service, province=staff.province, outcome=outcome)
    )


def _message(row: Arrival, *, answered: bool) -> InboxMessage:
    return InboxMessage(
        row.key_digest.hex(),
        row.received_at,
        row.channel,
        Service(row.service or Service.UNKNOWN),
        row.province,
        row.sender,
        row.payload,
        answered,
        row.outcome == POSSIBLE_DANGER,
    )


def _named(session: Session, index: bytes, text: str) -> str:
    """Return an officer's answer under the name of their service, in the receiver's language."""
    language = session.scalar(
        select(Party.language)
        .join(Contact, Contact.party_id == Party.id)
        .where(Contact.number_index == index)
        .order_by(Contact.id)
        .limit(1)
    )
    return template("inbox.livestock", language_of(language)).format(answer=text)


def _require_one_segment(sent: str, text: str) -> None:
    size = count(sent)
    if size.encoding is not Encoding.GSM7 or size.segments > 1:
        room = SEGMENT - units(sent) + units(text)
        before = ": the service's name stands before them" if sent != text else ", without accents"
        raise AnswerTooLong(f"Write at most {room} letters{before}")


def answered_among(session: Session, arrivals: Collection[bytes]) -> set[bytes]:
    """Return those of some messages that a person answered, by the digests of their keys."""
    return set(answers_to(session, arrivals))


def answers_to(session: Session, arrivals: Collection[bytes]) -> dict[bytes, str]:
    """Return what persons answered to some messages, by the digests of the messages' keys."""
    keys = {dedupe_key(_dedupe(one)): one for one in arrivals}
    found = session.execute(
        select(Message.dedupe_key, Message.body).where(Message.dedupe_key.in_(keys))
    )
    return {keys[row.dedupe_key]: row.body for row in found}


def _dedupe(arrival: bytes) -> str:
    return f"{PURPOSE}\0{arrival.hex()}"
