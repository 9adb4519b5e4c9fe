"""Tokens of the API: a random secret for its holder, of which only the digest is kept."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from services.core.errors import Conflict, Forbidden, NotFound, TokenExpired
from services.core.roles import Role, Scope, least
from services.ledger.party_log import PartyAct, record_token
from services.storage.models import Party, Token

# Lets secret scanners and people tell what it is.
_PREFIX = "bilum_"
_BYTES = 32

USUAL_DAYS = 90
EVERY_SCOPE = frozenset(Scope)
_HARMLESS = frozenset({Scope.READ, Scope.REPORT})


class Terms(NamedTuple):
    """Terms of a token: the days that it is good, and its scopes."""

    days: int = USUAL_DAYS
    scopes: frozenset[Scope] = EVERY_SCOPE


_USUAL = Terms()


class Holder(NamedTuple):
    """The holder of a token: its id, for logs, role and party.

    `role` is the lesser of the token's and its party's. `party_id` and `party_public_id` are of the
    party that it belongs to, None where it belongs to none, and so owns nothing; `province` is that
    party's area of duty, None: the whole country.
    """

    token_id: int
    role: Role
    party_id: int | None = None
    party_public_id: UUID | None = None
    province: str | None = None
    scopes: frozenset[Scope] = EVERY_SCOPE
    last_used_on: date | None = None


def create_token(
    session: Session,
    role: Role,
    now: datetime,
    *,
    party_id: int | None = None,
    terms: Terms = _USUAL,
) -> str:
    """Make a token by a command on the server itself: see `issue_token`."""
    act = PartyAct("made", None, "cli", now)
    return issue_token(session, role, act, party_id=party_id, terms=terms)


def issue_token(
    session: Session,
    role: Role,
    act: PartyAct,
    *,
    party_id: int | None = None,
    terms: Terms = _USUAL,
) -> str:
    """Make a token and return its secret, which nothing can tell again.

    Args:
        session: writes.
        role: what its holder may do.
        act: by whom and when it is made.
        party_id: whose it is: what this party owns, the token may read and report on.
        terms: how long, and how much of the role.

    Raises:
        Conflict: the party's own role is less.
    """
    party = session.get(Party, party_id) if party_id else None
    if party is not None and least(role, Role(party.role)) is not role:
        raise Conflict(
            f"A token does no more than its party, whose role is {party.role}: give the party the "
            f"role first (`bilum party add --role {role}`), or make the token with --role "
            f"{party.role}"
        )
    secret = _PREFIX + secrets.token_urlsafe(_BYTES)
    row = Token(
        digest=digest_of(secret),
        role=role.value,
        scopes=_written(terms.scopes),
        party_id=party_id,
        created_at=act.now,
        expires_at=act.now + timedelta(days=terms.days),
    )
    session.add(row)
    _record(session, row, act)
    return secret


def require_no_stand_in(maker: int | None, party: Party | None, scopes: Iterable[Scope]) -> None:
    """Refuse a token by which its maker could decide in another person's name.

    Raises:
        Forbidden: it is another's, and does more than read and report.
    """
    if party is not None and party.id != maker and set(scopes) - _HARMLESS:
        raise Forbidden(
            "A token of another person only reads and reports: else you could be the second person "
            "of your own decisions"
        )


def find_holder(session: Session, secret: str, now: datetime) -> Holder | None:
    """Return the holder of a token's secret; None: there is no such token, or it was revoked.

    Raises:
        TokenExpired: its time is over.
        Forbidden: its role and its party's have nothing in common any more.
    """
    found = find_token(session, secret, Token.seen_at.is_(None))
    if found is None:
        return None
    if found[0].expires_at <= now:
        raise TokenExpired(number=found[0].id, day=found[0].expires_at.date())
    return holder_of(*found)


def find_token(
    session: Session, secret: str, kind: ColumnElement[bool]
) -> tuple[Token, Party | None] | None:
    """Return the token of a secret that was not revoked, and its party; `kind` is a condition."""
    row = session.execute(
        select(Token, Party)
        .outerjoin(Party, Party.id == Token.party_id)
        .where(Token.digest == digest_of(secret), Token.revoked_at.is_(None), kind)
    ).first()
    return None if row is None else (row[0], row[1])


def holder_of(token: Token, party: Party | None) -> Holder:
    """Return the holder of a token, with the lesser of its role and its party's.

    Raises:
        Forbidden: they have nothing in common any more.
    """
    of_party = party.role if party else None
    role = Role(token.role) if of_party is None else least(Role(token.role), Role(of_party))
    if role is None:
        raise Forbidden(
            f"This token has the role {token.role}, and its party is now {of_party}: ask an "
            "administrator for a token of the new role"
        )
    public_id, province = (party.public_id, party.province) if party else (None, None)
    scopes = scopes_of(token)
    return Holder(token.id, role, token.party_id, public_id, province, scopes, token.last_used_on)


def note_use(session: Session, token_id: int, day: date) -> None:
    """Note the day on which a token was last used."""
    session.execute(update(Token).where(Token.id == token_id).values(last_used_on=day))


def scopes_of(token: Token) -> frozenset[Scope]:
    """Return the scopes of a token."""
    if token.scopes is None:
        return EVERY_SCOPE
    return frozenset(Scope(name) for name in token.scopes.split())


def list_tokens(session: Session) -> Sequence[Token]:
    """Return all tokens of the API, oldest first, revoked ones included."""
    return session.scalars(select(Token).where(Token.seen_at.is_(None)).order_by(Token.id)).all()


def renew_token(session: Session, token_id: int, now: datetime, days: int) -> Token:
    """Let a token be good for some days from now, also one that expired.

    Raises:
        NotFound: there is no such token.
        Conflict: it was revoked.
    """
    row = _found(session, token_id)
    if row.revoked_at is not None:
        raise Conflict(f"Token {token_id} was revoked, for good: make another")
    row.expires_at = now + timedelta(days=days)
    _record(session, row, PartyAct("renewed", None, "cli", now))
    return row


def revoke_token(session: Session, token_id: int, now: datetime) -> None:
    """End a token by a command on the server itself: see `end_token`."""
    end_token(session, token_id, PartyAct("revoked", None, "cli", now))


def end_token(session: Session, token_id: int, act: PartyAct) -> None:
    """End a token for good; one that was revoked before keeps its time.

    Raises:
        NotFound: there is no such token.
    """
    row = _found(session, token_id)
    if row.revoked_at is None:
        row.revoked_at = act.now
        _record(session, row, act)


def _found(session: Session, token_id: int) -> Token:
    row = session.get(Token, token_id)
    if row is None or row.seen_at is not None:
        raise NotFound(f"There is no token {token_id}: `bilum token list` shows them")
    return row


def _record(session: Session, row: Token, act: PartyAct) -> None:
    owner = session.get(Party, row.party_id) if row.party_id else None
    record_token(session, row, owner.public_id if owner else None, act)


def _written(scopes: Iterable[Scope]) -> str | None:
    return None if set(scopes) == EVERY_SCOPE else " ".join(sorted(scopes))


def digest_of(secret: str) -> bytes:
    """Return the digest that is kept of a secret."""
    # Of 256 random bits a plain digest tells nothing, so no slow hash is needed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
