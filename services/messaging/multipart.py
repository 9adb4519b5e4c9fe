"""Parts of concatenated SMS, stored until all have come."""

import json
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.envelope import Answer, Envelope
from gateway.errors import KeyConflict
from gateway.intake import receive
from gateway.multipart import Part, PartPosition, join
from services.core.error_logging import log_exception
from services.storage.locks import one_joiner
from services.storage.models import LongText, TextPart
from services.storage.rowsets import keys
from services.storage.unit_of_work import Unit, Units

Handle = Callable[[Unit, Envelope], Answer]

WAIT = timedelta(minutes=10)
"""Time that parts wait for the others."""

# As long as Kannel repeats a call: until then a part that comes again is known.
_REMEMBERED = timedelta(days=1)
_CHUNK = 5_000

_LOG = logging.getLogger("bilum.messaging")


class WholeText(NamedTuple):
    """A text that waits for no more parts, and the key of its row."""

    row: int
    envelope: Envelope


def keep_part(unit: Unit, part: Part) -> WholeText | None:
    """Store a part in the unit's transaction; return the text if it is whole and not yet closed.

    A part that came before changes nothing, be it by the same id or by another. One that says
    something else under a number that is taken begins a new text: phones count from 0 again. Of a
    text that was closed though it lacked parts, one that comes late joins it, and one that is sent
    once more begins a new text: its sender was asked for that.
    """
    session = unit.session
    one_joiner(session)
    index = unit.vault.index(part.sender)
    texts = {row: _parts(session, row.id) for row in _texts_like(session, part, index)}
    number = part.place.number
    for row, parts in texts.items():
        known = parts.get(number)
        given_up = row.closed_at is not None and len(parts) < row.total
        if known and (part.key == known.key or (part.says_the_same(known) and not given_up)):
            return None if row.closed_at else _joined(row, parts, part.received_at)
    lacking = [
        row for row, parts in texts.items() if len(parts) < row.total and number not in parts
    ]
    waiting = next((row for row in lacking if not row.closed_at), None)
    row = waiting or next(iter(lacking), None) or _opened(session, part, index)
    if row.closed_at:
        row.opened_at, row.closed_at = part.received_at, None
    session.add(TextPart(long_text_id=row.id, number=number, content=_written(part)))
    session.flush()
    return _joined(row, texts.get(row, {}) | {number: part}, part.received_at)


def _due_texts(session: Session, now: datetime) -> Sequence[int]:
    """Return the texts that have waited long enough, whole or not, and are not closed."""
    waits = LongText.closed_at.is_(None), LongText.opened_at <= now - WAIT
    return session.scalars(select(LongText.id).where(*waits).order_by(LongText.id)).all()


def erase_parts(session: Session, indexes: Collection[bytes]) -> None:
    """Delete all parts of some numbers' texts, for erasure of their person."""
    theirs = select(LongText.id).where(LongText.number_index.in_(indexes))
    _drop(session, session.scalars(theirs).all())


def _drop(session: Session, rows: Collection[int]) -> None:
    if rows:
        theirs = keys(session, rows)
        session.execute(delete(TextPart).where(TextPart.long_text_id.in_(theirs)))
        session.execute(delete(LongText).where(LongText.id.in_(theirs)))


def _texts_like(session: Session, part: Part, index: bytes) -> list[LongText]:
    """Return the texts that a part may belong to, the newest first."""
    wanted = select(LongText).where(
        LongText.number_index == index,
        LongText.reference == part.place.reference,
        LongText.total == part.place.total,
        LongText.channel == part.channel,
    )
    return list(session.scalars(wanted.order_by(LongText.id.desc())))


def _opened(session: Session, part: Part, index: bytes) -> LongText:
    row = LongText(
        channel=part.channel,
        number_index=index,
        reference=part.place.reference,
        total=part.place.total,
        opened_at=part.received_at,
    )
    session.add(row)
    session.flush()
    return row


def _joined(row: LongText, parts: dict[int, Part], now: datetime) -> WholeText | None:
    if len(parts) < row.total:
        return None
    return _as_one(row, parts, now)


def _as_one(row: LongText, parts: dict[int, Part], now: datetime) -> WholeText:
    """Join the parts under the key of the first that came since the text was opened.

    What is passed on again has another key than what was passed on before it was opened again.
    """
    since = min(number for number, one in parts.items() if one.received_at >= row.opened_at)
    envelope = join(list(parts.values()), now)
    return WholeText(row.id, replace(envelope, key=parts[since].key))


def _parts(session: Session, row: int) -> dict[int, Part]:
    found = session.scalars(select(TextPart.content).where(TextPart.long_text_id == row))
    parts = map(_read, found)
    return {part.place.number: part for part in parts}


def _written(part: Part) -> str:
    said = {field.name: getattr(part, field.name) for field in fields(part)}
    said["raw"] = b64encode(part.raw).decode("ascii")
    return json.dumps(said | {"received_at": part.received_at.isoformat()})


def _read(content: str) -> Part:
    told = json.loads(content)
    return Part(
        **told
        | {
            "place": PartPosition(*told["place"]),
            "raw": b64decode(told["raw"]),
            "received_at": datetime.fromisoformat(told["received_at"]),
        }
    )


def take_part(part: Part, units: Units, handle: Handle) -> Answer | None:
    """Store a part, and pass the text to the intake if it is whole; None: parts are missing.

    Each step is a transaction, and safe to repeat: the text's key is that of one of its parts.
    """
    with units() as unit:
        joined = keep_part(unit, part)
    return _pass_on(joined, units, handle, part.received_at) if joined else None


def settle_parts(units: Units, handle: Handle, now: datetime) -> None:
    """Pass on the texts that have waited ten minutes for missing parts."""
    with units() as unit:
        due = _due_texts(unit.session, now)
    for row in due:
        try:
            _settle(row, units, handle, now)
        except KeyConflict:
            continue
        except Exception as error:  # noqa: BLE001 — one text keeps nobody else waiting
            log_exception(_LOG, "a long text is tried again", error)
    # Texts that were closed a day ago; their envelopes hold them. More go in the next minute.
    old = select(LongText.id).where(LongText.closed_at <= now - _REMEMBERED)
    with units() as unit:
        first = old.order_by(LongText.closed_at).limit(_CHUNK)
        _drop(unit.session, unit.session.scalars(first).all())


def _settle(row: int, units: Units, handle: Handle, now: datetime) -> None:
    with units() as unit:
        parts = _parts(unit.session, row)
        # FORGET may have erased them meanwhile.
        text = _as_one(unit.session.get_one(LongText, row), parts, now) if parts else None
    if text:
        _pass_on(text, units, handle, now)


def _pass_on(joined: WholeText, units: Units, handle: Handle, now: datetime) -> Answer:
    try:
        answer = receive(joined.envelope, units, handle)
    except KeyConflict:
        _close(joined, units, now)
        raise
    _close(joined, units, now)
    return answer


def _close(joined: WholeText, units: Units, now: datetime) -> None:
    passed = update(LongText).where(LongText.id == joined.row).values(closed_at=now)
    with units() as unit:
        unit.session.execute(passed)
