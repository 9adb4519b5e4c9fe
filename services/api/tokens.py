"""Tokens of the API: a random secret for its holder, of which only the digest is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.errors import NotFound
from services.core.roles import Role
from services.ledger.party_log import PartyAct, record_token
from services.storage.models import Party, Token

# Lets secret scanners and people tell what it is.
_PREFIX = "bilum_"
_BYTES = 32


class Holder(NamedTuple):
    """The holder of a token: its id, for logs, role and party.

    `party_id` and `party_public_id` are of the party that it belongs to, None where it belongs to
    none, and so owns nothing; `province` is that party's area of duty, None: the whole country.
    """

    token_id: int
    role: Role
    party_id: int | None = None
    party_public_id: UUID | None = None
    province: str | None = None


def create_token(
    session: Session, role: Role, now: datetime, *, party_id: int | None = None
) -> str:
    """Make a token and return its secret, which nothing can tell again.

    Args:
        role: what its holder may do.
        now: UTC.
        party_id: whose it is: what this party owns, the token may read and report on.
    """
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    row = Token(digest=_digest(secret), role=role.value, party_id=party_id, created_at=now)
    session.add(row)
    _record(session, row, "made", now)
    return secret


def find_holder(session: Session, secret: str) -> Holder | None:
    """Return the holder of a token's secret; None: there is no such token, or it was revoked."""
    row = session.execute(
        select(Token.id, Token.role, Token.party_id, Party.public_id, Party.province)
        .outerjoin(Party, Party.id == Token.party_id)
        .where(Token.digest == _digest(secret), Token.revoked_at.is_(None))
    ).first()
    if row is None:
        return None
    return Holder(row.id, Role(row.role), row.party_id, row.public_id, row.province)


def list_tokens(session: Session) -> Sequence[Token]:
    """Return all tokens, oldest first, revoked ones included."""
    return session.scalars(select(Token).order_by(Token.id)).all()


def revoke_token(session: Session, token_id: int, now: datetime) -> None:
    """End a token for good; one that was revoked before keeps its time.

    Raises:
        NotFound: there is no such token.
    """
    row = session.get(Token, token_id)
    if row is None:
        raise NotFound(f"There is no token {token_id}: `bilum token list` shows them")
    if row.revoked_at is None:
        row.revoked_at = now
        _record(session, row, "revoked", now)


def _record(session: Session, row: Token, change: str, now: datetime) -> None:
    """Write a change of a token to the journal; all of them are made on the server itself."""
    owner = session.get(Party, row.party_id) if row.party_id else None
    act = PartyAct(change, None, "cli", now)
    record_token(session, row, owner.public_id if owner else None, act)


def _digest(secret: str) -> bytes:
    # Of 256 random bits a plain digest tells nothing, so no slow hash is needed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
