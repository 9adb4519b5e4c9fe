"""Tokens of the API: a random secret for its holder, of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from services.errors import NotFound
from services.storage.models import Token
from services.storage.people import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

# Lets secret scanners and people tell what it is.
_PREFIX = "bilum_"
_BYTES = 32


class Holder(NamedTuple):
    """Whom a token stands for: its id, for logs, and what it may do."""

    token_id: int
    role: Role


def create_token(session: Session, role: Role, now: datetime) -> str:
    """Make a token and return its secret, which nothing can tell again.

    Args:
        session: an open writing session.
        role: what its holder may do.
        now: UTC.
    """
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    session.add(Token(digest=_digest(secret), role=role.value, created_at=now))
    return secret


def find_holder(session: Session, secret: str) -> Holder | None:
    """Return the holder of a token's secret; None: there is no such token, or it was revoked."""
    row = session.execute(
        select(Token.id, Token.role).where(
            Token.digest == _digest(secret), Token.revoked_at.is_(None)
        )
    ).first()
    return Holder(row.id, Role(row.role)) if row else None


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
    row.revoked_at = row.revoked_at or now


def _digest(secret: str) -> bytes:
    # Of 256 random bits a plain digest tells nothing, so no slow hash is needed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
