"""Sessions of the console: tokens with an idle end and a last end, found by a cookie."""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.api.context import Context
from services.api.tokens import Holder, digest_of, find_token, holder_of
from services.core.errors import Forbidden, Unavailable
from services.ledger.party_log import PartyAct, record_token
from services.storage.models import Party, Token

COOKIE = "__Host-bilum"
BY_ITSELF = "Bilum-By-Itself"
"""Header of requests that a page makes again and again, whoever sits there."""
CHANNEL, SIGNED_OUT = "console", "signed_out"
IDLE, LIFE = timedelta(minutes=30), timedelta(hours=12)
_TO_THE = timedelta(minutes=1)
_BYTES = 32


class SignedInPerson(NamedTuple):
    """The person of a session: holder, name and language."""

    holder: Holder
    name: str | None
    language: str | None


def begin_session(session: Session, party: Party, now: datetime) -> str:
    """Make a session of a party, and return its secret; the session is exclusive."""
    secret = secrets.token_urlsafe(_BYTES)
    row = Token(
        digest=digest_of(secret),
        role=party.role,
        party_id=party.id,
        created_at=now,
        expires_at=now + LIFE,
        last_used_on=now.date(),
        seen_at=now,
    )
    session.add(row)
    record_token(session, row, party.public_id, own_act("signed_in", party, now))
    return secret


def find_session(here: Context, secret: str, *, alone: bool = False) -> SignedInPerson | None:
    """Return the person of a session's secret; None: there is none, or it is over.

    `alone`: a page asks by itself, at which nobody may sit; the session is no less idle.
    """
    now = here.clock()
    with here.database.read() as session:
        found = find_token(session, secret, Token.seen_at.is_not(None))
        token, party = found or (None, None)
        if token is None or party is None or is_over(token, now):
            return None
        try:
            person = SignedInPerson(holder_of(token, party), party.name, party.language)
        except Forbidden:
            return None
        key, seen_at = token.id, token.seen_at
    if not alone and (seen_at is None or now - seen_at >= _TO_THE):
        # That nobody may write now is no reason to refuse a reader.
        with suppress(Unavailable), here.database.write(exclusive=False) as session:
            session.execute(update(Token).where(Token.id == key).values(seen_at=now))
    return person


def is_over(token: Token, now: datetime) -> bool:
    """Tell whether a session has ended by itself: idle for too long, or too old."""
    return token.seen_at is None or now >= min(token.expires_at, token.seen_at + IDLE)


def open_sessions(session: Session, party_id: int, now: datetime) -> list[Token]:
    """Return the sessions of a party that go on, the newest first."""
    wanted = select(Token).where(
        Token.party_id == party_id, Token.seen_at.is_not(None), Token.revoked_at.is_(None)
    )
    rows = session.scalars(wanted.order_by(Token.id.desc()))
    return [row for row in rows if not is_over(row, now)]


def end_session(session: Session, token_id: int, now: datetime) -> None:
    """End one session for good; the session of the database is exclusive."""
    row = session.get_one(Token, token_id)
    if row.revoked_at is None:
        party = session.get_one(Party, row.party_id)
        _end(session, row, party, own_act(SIGNED_OUT, party, now))


def end_every_session(session: Session, party: Party, act: PartyAct) -> int:
    """End all sessions of a party; return how many there were."""
    rows = open_sessions(session, party.id, act.now)
    for row in rows:
        _end(session, row, party, act)
    return len(rows)


def own_act(change: str, party: Party, now: datetime) -> PartyAct:
    """Return a change that a party makes at the console."""
    return PartyAct(change, party.public_id, CHANNEL, now)


def _end(session: Session, row: Token, party: Party, act: PartyAct) -> None:
    row.revoked_at = act.now
    record_token(session, row, party.public_id, act)
