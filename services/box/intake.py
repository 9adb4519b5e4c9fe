"""The door of a box: what a phone or a reader sends is kept first, then answered; each once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from gateway.channels.senders import is_e164
from gateway.devices import COUNTER_HEADER, DEVICE_HEADER, Request
from gateway.envelope import Envelope
from gateway.errors import MalformedMessage
from services.box.counted_answers import CountedAnswer, Receiver, count_answer
from services.box.local_answers import BoxRequest, LocalAnswer, answer
from services.box.reference_data import Books, Knowledge, is_bound
from services.box.store import Reserve, Store
from services.box.tables import ERASED, ITEM, PERSON, SIGNED, TEXT, ItemState
from services.core.clock import BoxClock, Stamp, write_time
from services.core.errors import BoxFull
from services.messaging.outbox import REPLY_LIFE
from services.village.protocol import LONGEST_TEXT
from sms.answering import USUAL
from sms.message import MessageState

STAMP = "stamp"
"""Member of a kept item that came before the time was known, instead of `at`."""
STOPPED = "stopped"
"""The code of a text that did not go since its receiver said STOP."""
LARGEST_ITEM = 512 * 1024
"""Bytes of one item as it is sent: the server takes requests of a megabyte."""

_BETWEEN = timedelta(hours=1)
_LATELY = timedelta(days=3)
_ROOM = "The box is full: send it again when it has synced"

MOST_OF_A_DEVICE = 200
"""Requests that wait."""
MOST_BYTES = 16 << 20
"""Of the requests of all devices together: invented ids of devices make no more room."""

_OF_DEVICE = (
    "The box keeps {most} requests of this device already: send it again when it has synced"
)
_OF_ALL = "The box keeps as much of readers as it may: send it again when it has synced"


class _StoredMessage(NamedTuple):
    """A text, who said it, and what was known of him."""

    envelope: Envelope
    person: bytes
    known: Row[Any] | None


@dataclass(frozen=True)
class Intake:
    """Keeps what comes in. Threads share it.

    `on_kept` is called after each commit that kept something, and must not raise. `limit`: most
    answers an hour to one person.
    """

    store: Store
    reserve: Reserve
    clock: BoxClock
    on_kept: Callable[[], None] = lambda: None
    books: Books = field(default_factory=Books)
    limit: int = USUAL.keepers

    def take_text(self, envelope: Envelope) -> None:
        """Keep a person's text, and put what he is told at once among the texts to phones.

        Nobody behind a name or a short code lives in the village: such a text is dropped.

        Raises:
            BoxFull: nothing was kept: it must come again.
        """
        if not is_e164(envelope.sender):
            return
        self._require_room()
        envelope = replace(envelope, text=envelope.text.replace("\0", " ")[:LONGEST_TEXT])
        vault = self.store.vault
        key, person = vault.digest(f"sms\0{envelope.key}".encode()), vault.index(envelope.sender)
        with self.store.write() as unit:
            if _is_kept(unit, key):
                return
            known = unit.execute(select(PERSON).where(PERSON.c.person == person)).first()
            self._answer(unit, key, _StoredMessage(envelope, person, known))
        self.on_kept()

    def take_signed(self, request: Request, headers: Mapping[str, str]) -> None:
        """Keep a reader's signed request as it is; the server verifies it.

        Raises:
            MalformedMessage: its body is no text, or too long to be sent on.
            BoxFull: nothing was kept: it must come again; also where as much of readers waits as
                may, see `MOST_OF_A_DEVICE`.
        """
        self._require_room()
        body = {
            "kind": "signed",
            **self._when(),
            "method": request.method,
            "path": request.path,
            "headers": dict(headers),
            "body": _readable(request.body),
        }
        if len(write_json(body).encode()) > LARGEST_ITEM:
            raise MalformedMessage("body", "the body is too long for a box: send it in parts")
        # A request signed anew is the same one: its counter and its content tell.
        told = (headers[DEVICE_HEADER], headers[COUNTER_HEADER], request.path, body["body"])
        key = self.store.vault.digest(json.dumps(["signed", *told]).encode())
        with self.store.write() as unit:
            if _is_kept(unit, key):
                return
            _require_share(unit, headers[DEVICE_HEADER])
            seq = _keep(unit, key, body)
            unit.execute(insert(SIGNED).values(seq=seq, device=headers[DEVICE_HEADER]))
        self.on_kept()

    def _when(self) -> dict[str, object]:
        """Return the time as an item holds it: the instant, or what tells it after a sync."""
        now = self.clock.stamp()
        return {STAMP: now} if isinstance(now, Stamp) else {"at": write_time(now)}

    def _require_room(self) -> None:
        if not self.reserve.is_kept and not self.reserve.restore():
            raise BoxFull(_ROOM)

    def _answer(self, unit: Connection, key: bytes, said: _StoredMessage) -> None:
        envelope, now = said.envelope, said.envelope.received_at
        language = said.known.language if said.known else None
        heard = self.books.now(unit).hear(envelope.text, language)
        asked = said.known.asked_at if said.known else None
        was_asked = asked is not None and abs(now - asked) <= _LATELY
        known = Knowledge(unit, now, was_asked, is_bound(unit, said.person))
        told = answer(heard, envelope.text, known)
        counted = self._counted(unit, said, told, heard.language)
        body = {
            "kind": "sms",
            **self._when(),
            "from": envelope.sender,
            "text": envelope.text,
            "answered": told.answered.value if counted.is_told else None,
            "numbers": list(told.numbers),
        }
        seq = _keep(unit, key, body, said.person)
        if counted.text is not None:
            _queue(unit, said, counted.text)
        _remember(unit, said, told, seq, is_told=counted.is_told)
        if told.wish is BoxRequest.STOP:
            stop(unit, said.person)

    def _counted(
        self, unit: Connection, said: _StoredMessage, told: LocalAnswer, language: str
    ) -> CountedAnswer:
        """Return what goes of an answer: it may have been told within the hour, or be too many."""
        now = said.envelope.received_at
        if not told.always and not _may_tell(said.known, now):
            return CountedAnswer(None, is_told=False)
        digest = self.store.vault.digest(said.person + told.text.encode())
        return count_answer(unit, Receiver(said.person, language, self.limit), told, digest, now)


def write_json(body: object) -> str:
    """Write JSON in few bytes."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def stop(unit: Connection, person: bytes) -> None:
    """End the server's texts to a person that have not begun; the server is told so."""
    unit.execute(
        update(TEXT)
        .where(
            TEXT.c.person == person,
            TEXT.c.state == MessageState.QUEUED.value,
            TEXT.c.of_server.is_(True),
        )
        .values(state=MessageState.FAILED.value, code=STOPPED, **ERASED)
    )


def _may_tell(known: Row[Any] | None, now: datetime) -> bool:
    """Tell whether it is an hour since; a clock that went back tells nothing."""
    if known is None or known.told_at is None:
        return True
    return not timedelta(0) <= now - known.told_at < _BETWEEN


def _is_kept(unit: Connection, key: bytes) -> bool:
    return unit.scalar(select(ITEM.c.seq).where(ITEM.c.key == key)) is not None


def _keep(unit: Connection, key: bytes, body: dict[str, Any], person: bytes | None = None) -> int:
    written = write_json(body)
    seq = unit.scalar(
        insert(ITEM)
        .values(
            key=key,
            state=ItemState.QUEUED.value,
            body=written,
            size=len(written.encode()),
            person=person,
        )
        .returning(ITEM.c.seq)
    )
    return int(seq or 0)


def _queue(unit: Connection, said: _StoredMessage, text: str) -> None:
    unit.execute(
        insert(TEXT).values(
            id=str(uuid4()),
            to=said.envelope.sender,
            person=said.person,
            body=text,
            expires_at=said.envelope.received_at + REPLY_LIFE,
            state=MessageState.QUEUED.value,
            of_server=False,
        )
    )


def _remember(
    unit: Connection, said: _StoredMessage, told: LocalAnswer, seq: int, *, is_told: bool
) -> None:
    values: dict[str, Any] = {"language": told.speaks or (said.known and said.known.language)}
    if not told.always and is_told:
        values["told_at"] = said.envelope.received_at
    if told.wish is not None:
        values["stopped_by"] = seq if told.wish is BoxRequest.STOP else None
    unit.execute(
        insert(PERSON)
        .values(person=said.person, **values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )


def _readable(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise MalformedMessage("body", "the body is not text in UTF-8") from error
    if "\0" in text:
        raise MalformedMessage("body", "the body holds U+0000")
    return text


def _require_share(unit: Connection, device: str) -> None:
    """Return if one more request of a device may wait.

    Raises:
        BoxFull: as many wait as may; texts are taken all the same.
    """
    waiting = select(ITEM.c.seq).where(ITEM.c.state == ItemState.QUEUED.value)
    unit.execute(delete(SIGNED).where(SIGNED.c.seq.not_in(waiting)))
    of_device = select(func.count()).select_from(SIGNED).where(SIGNED.c.device == device)
    if (unit.scalar(of_device) or 0) >= MOST_OF_A_DEVICE:
        raise BoxFull(_OF_DEVICE.format(most=MOST_OF_A_DEVICE))
    of_all = select(func.sum(ITEM.c.size)).join(SIGNED, SIGNED.c.seq == ITEM.c.seq)
    if (unit.scalar(of_all) or 0) >= MOST_BYTES:
        raise BoxFull(_OF_ALL)
