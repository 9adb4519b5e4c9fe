"""Codes of confirmations: drawn, read, compared, and guessed at.

A code is kept as a keyed digest. A wrong one counts against the confirmations that it may have been
meant for, never against the person, and the last of `MOST_TRIES` ends each. ADR 33 reckons the
chance of a guess.
"""

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from gateway.dates import day
from gateway.envelope import Envelope
from gateway.errors import TagError
from gateway.grammar import DIGIT, WORD_END, Read
from gateway.tags import read_identifier, to_digits
from services.messaging.confirmations import BY_CODE, ConfirmationState
from services.messaging.errors import TooManyCodes
from services.messaging.outbox import (
    REPLY_LIFE,
    OutboundMessage,
    ReplyText,
    SendOptions,
    enqueue_messages,
)
from services.storage.models import PendingConfirmation, WrongCode
from services.storage.vault import Vault
from services.texts.catalogue import say
from sms.message import Kind

CODE_LIFE = timedelta(minutes=10)
MOST_TRIES = 5
MOST_UNCONFIRMED = 5
"""Codes of one act to one person in an hour, those left out that confirmed something."""
GUARDED_AFTER = 15
"""Wrong codes to one person after which their next codes are longer, and guessing is of no use."""
GUARDED_FOR = timedelta(days=365)
SPRAYED, AN_HOUR = 10, timedelta(hours=1)
"""So many people with wrong codes within an hour are an alarm."""

_CODE_DIGITS, _GUARDED_DIGITS = 6, 10
_SPACED = r"[\s.\-]{0,2}"
_CODE = re.compile(
    rf"(?=[\W_]*[1-9])(?:{DIGIT}{{3}}{_SPACED}{DIGIT}{{3}}|{DIGIT}{{{_GUARDED_DIGITS}}}){WORD_END}"
)
# An old code is explained for so long; then it is a wrong one.
_REMEMBERED = timedelta(days=1)
_COMPARED = 50


def give_code(session: Session, vault: Vault, confirmation: PendingConfirmation) -> str:
    """Give a new confirmation a code, none that its answerer has had lately, and return it.

    Two confirmations with one code would be confirmed by each other's. The session is exclusive,
    and `confirmation` not in it yet.

    Raises:
        TooManyCodes: the answerer got so many of this act within the hour.
    """
    if _unconfirmed(session, confirmation) >= MOST_UNCONFIRMED:
        raise TooManyCodes
    guarded = _wrong_ones(session, confirmation) >= GUARDED_AFTER
    digits = _GUARDED_DIGITS if guarded else _CODE_DIGITS
    # So many that there are always others left.
    recent = recent_codes(confirmation.answerer_id, confirmation.made_at)
    others = session.scalars(recent.limit(_COMPARED)).all()
    while True:
        code = draw_code(digits)
        if not any(confirms(vault, other, code) for other in others):
            confirmation.code_digest = _digest(vault, confirmation, code)
            return code


def close_to_codes(confirmation: PendingConfirmation) -> None:
    """Let a PIN alone confirm: nobody knows the code of this digest."""
    confirmation.code_digest = secrets.token_bytes(32)


def draw_code(digits: int = _CODE_DIGITS) -> str:
    """Draw a code that is no short number, no day, and begins with no zero."""
    first = 10 ** (digits - 1)
    while True:
        code = str(first + secrets.randbelow(9 * first))
        if not is_short_number(code) and day(code) is None:
            return code


def is_short_number(digits: str) -> bool:
    """Tell whether digits may stand for an animal or a place."""
    try:
        read_identifier(digits)
    except TagError:
        return False
    return True


def read_code(text: str) -> Read | None:
    """Read a code: `482913`, `482 913` or `4829l3`; None: a short number, or no code."""
    found = _CODE.match(text)
    if found is None:
        return None
    digits = to_digits(re.sub(r"[\W_]", "", found[0]))
    return None if is_short_number(digits) else Read(digits, found.end())


def recent_codes(answerer_id: int, now: datetime) -> Select[PendingConfirmation]:
    """Select the confirmations whose codes a party got, newest first: open ones, and of late."""
    lately = PendingConfirmation.expires_at > now - _REMEMBERED
    mine = select(PendingConfirmation).where(
        PendingConfirmation.answerer_id == answerer_id, BY_CODE, lately
    )
    return mine.order_by(PendingConfirmation.id.desc())


def confirms(vault: Vault, confirmation: PendingConfirmation, code: str) -> bool:
    """Tell whether a code is the confirmation's."""
    return hmac.compare_digest(confirmation.code_digest or b"", _digest(vault, confirmation, code))


def count_wrong(session: Session, tried: Sequence[PendingConfirmation], now: datetime) -> int:
    """Count a wrong code against open confirmations of a person; return the most tries left.

    0: all have ended.
    """
    for confirmation in tried:
        confirmation.tries += 1
        if confirmation.tries >= MOST_TRIES:
            confirmation.state = ConfirmationState.SPENT.value
    note_wrong(session, tried[0].answerer_id, now)
    return MOST_TRIES - min(confirmation.tries for confirmation in tried)


def note_wrong(session: Session, party_id: int, now: datetime) -> None:
    """Note a wrong code or PIN in a person's name, for the alarm and for longer codes."""
    session.add(WrongCode(party_id=party_id, at=now))


def sprayed(session: Session, now: datetime) -> int:
    """Count the people in whose names wrong codes came within the hour."""
    people = func.count(WrongCode.party_id.distinct())
    return session.scalar(select(people).where(WrongCode.at > now - AN_HOUR)) or 0


def drop_old_wrongs(session: Session, now: datetime) -> None:
    """Delete the notes of wrong codes that count for nothing any more."""
    session.execute(delete(WrongCode).where(WrongCode.at <= now - GUARDED_FOR))


def keep_off_boxes(
    session: Session, envelope: Envelope, index: bytes, reply: Sequence[ReplyText], language: str
) -> Sequence[ReplyText]:
    """Keep a reply with a code off every village box; return what is answered on this road."""
    reply = [said._replace(direct=True) for said in reply]
    if envelope.relayed is None:
        return reply
    name = f"code\0{envelope.channel}\0{envelope.key}"
    messages = [
        OutboundMessage(envelope.sender, index, said.text, f"{name}\0{place}")
        for place, said in enumerate(reply)
    ]
    now = envelope.received_at
    options = SendOptions("code", now, now + REPLY_LIFE, Kind.ANSWER, direct=True)
    enqueue_messages(session, messages, options)
    return [ReplyText(say("code.by_network", language))]


def _unconfirmed(session: Session, confirmation: PendingConfirmation) -> int:
    """Count the codes of the hour that confirmed nothing.

    What others began leaves a person's own codes alone, else a stranger could use them up.
    """
    own = PendingConfirmation.claimant_id == PendingConfirmation.answerer_id
    began = own if confirmation.claimant_id == confirmation.answerer_id else ~own
    wanted = select(func.count(PendingConfirmation.id)).where(
        PendingConfirmation.answerer_id == confirmation.answerer_id,
        PendingConfirmation.kind == confirmation.kind,
        PendingConfirmation.made_at > confirmation.made_at - AN_HOUR,
        PendingConfirmation.state != ConfirmationState.DONE,
        BY_CODE,
        began,
    )
    return session.scalar(wanted) or 0


def _wrong_ones(session: Session, confirmation: PendingConfirmation) -> int:
    wanted = select(func.count(WrongCode.id)).where(
        WrongCode.party_id == confirmation.answerer_id,
        WrongCode.at > confirmation.made_at - GUARDED_FOR,
    )
    return session.scalar(wanted) or 0


def _digest(vault: Vault, confirmation: PendingConfirmation, code: str) -> bytes:
    """Return the keyed digest of a code, which nobody can brute-force without the data key."""
    return vault.digest(confirmation.public_id.bytes + code.encode())
