"""Changes of roles, provinces, phones, helpers and tokens as events of the journal.

Each event holds all that the party, or the token, is after the change, so the newest one is what
the tables must say. It holds no name, number or secret: a phone is the digest of its number and a
random salt, which goes when the person is forgotten; a token is the digest of its digest. A keeper
of one phone, in no office, needs no event: that is what the first text from a number makes.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from chain.canonical import link, new_salt
from services.core.roles import Role
from services.ledger.journal import RecordedAct, SaltedSubject, write_act
from services.storage.locks import require_one_writer
from services.storage.models import Contact, Helper, Journal, Party, Token

PARTY, TOKEN = "party", "token"
"""Types of the events, and kinds of their subjects; recorded for good."""

_KEY_BYTES = 32


class PartyAct(NamedTuple):
    """A change: in a word, by which party (its public id), by which channel, and when (UTC)."""

    change: str
    by: UUID | None
    channel: str
    now: datetime


class PartyState(NamedTuple):
    """Offices, phones and helpers of a party, as its events tell them.

    `phones` are digests; a phone that no event named yet has none, and is "". `helpers` are kinds
    and public ids of those who act for it.
    """

    role: str
    province: str | None
    phones: tuple[str, ...]
    helpers: tuple[tuple[str, str], ...]

    @property
    def plain(self) -> bool:
        """True of what the first text from a number makes, or less."""
        return self == PartyState(Role.KEEPER.value, None, self.phones[:1], ())

    def details(self) -> dict[str, Any]:
        """Return what a record holds of it."""
        helpers = [{"kind": kind, "party": party} for kind, party in self.helpers]
        told = {"role": self.role, "phones": list(self.phones), "helpers": helpers}
        return told if self.province is None else told | {"province": self.province}


def read_state(details: Mapping[str, Any]) -> PartyState:
    """Read a state from a record's details.

    Raises:
        LookupError, TypeError: they are none that this module writes.
    """
    helpers = tuple((one["kind"], one["party"]) for one in details["helpers"])
    phones = tuple(details["phones"])
    return PartyState(details["role"], details.get("province"), phones, helpers)


def states_of(session: Session, parties: Collection[Party]) -> dict[int, PartyState]:
    """Return the state of parties, by database key, as the tables have it."""
    ids = [party.id for party in parties]
    phones: defaultdict[int, list[str]] = defaultdict(list)
    for contact in session.scalars(select(Contact).where(Contact.party_id.in_(ids))):
        phones[contact.party_id].append(digest_of(contact))
    helpers: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for keeper, kind, helper in session.execute(
        select(Helper.keeper_id, Helper.kind, Party.public_id)
        .join(Party, Party.id == Helper.helper_id)
        .where(Helper.keeper_id.in_(ids), Helper.ended_at.is_(None))
    ):
        helpers[keeper].append((kind, str(helper)))
    return {
        one.id: PartyState(
            one.role, one.province, tuple(sorted(phones[one.id])), tuple(sorted(helpers[one.id]))
        )
        for one in parties
    }


def digest_of(contact: Contact) -> str:
    """Return the digest of a phone number; empty where no event named it yet."""
    if contact.salt is None:
        return ""
    return sha256(contact.salt + contact.number.encode()).hexdigest()


def record_party(session: Session, party: Party, act: PartyAct) -> None:
    """Write what a party is after a change, in the unit of work that makes the change.

    Nothing is written of one that never needed an event and needs none now.
    """
    require_one_writer(session)
    session.flush()
    if party.subject_key is None and states_of(session, [party])[party.id].plain:
        return
    for contact in session.scalars(
        select(Contact).where(Contact.party_id == party.id, Contact.salt.is_(None))
    ):
        contact.salt = new_salt()
    if party.subject_key is None:
        party.subject_key = secrets.token_bytes(_KEY_BYTES)
    session.flush()
    state = states_of(session, [party])[party.id]
    _write(session, PARTY, (str(party.public_id), party.subject_key), state.details(), act)


def record_token(session: Session, token: Token, owner: UUID | None, act: PartyAct) -> None:
    """Write that a token was made, renewed or ended; `owner` is the public id of its party."""
    require_one_writer(session)
    session.flush()
    _write(session, TOKEN, token_name(token), token_details(token, owner), act)


def token_name(token: Token) -> tuple[str, bytes]:
    """Return the name of a token in records, and its subject on the ledger."""
    name = sha256(token.digest)
    return name.hexdigest(), sha256(name.digest()).digest()


def token_details(token: Token, owner: UUID | None) -> dict[str, Any]:
    """Return what a record holds of a token."""
    told: dict[str, Any] = {
        "role": token.role,
        "ended": token.revoked_at is not None,
        "expires": f"{token.expires_at:%Y-%m-%dT%H:%M:%S}Z",
    }
    if token.scopes is not None:
        told["scopes"] = token.scopes
    if token.seen_at is not None:
        told["session"] = True
    return told if owner is None else told | {"party": str(owner)}


def _write(
    session: Session,
    kind: str,
    subject: tuple[str, bytes],
    state: Mapping[str, Any],
    act: PartyAct,
) -> None:
    (name, key), salt = subject, new_salt()
    named = {"kind": kind, "id": name, "link": link(salt, key)}
    recorded = RecordedAct(uuid4(), kind, act.now, act.channel, act.by)
    told = {"change": act.change, **state}
    write_act(session, recorded, named, SaltedSubject(key, salt), told)


def record_baseline(session: Session, now: datetime) -> int:
    """Write what parties and tokens were when this log began; return how many were written.

    Nothing is written once any event is there: what somebody changes by hand later must not become
    right by the next upgrade.
    """
    require_one_writer(session)
    begun = select(Journal.id).where(Journal.type.in_((PARTY, TOKEN))).limit(1)
    if session.scalar(begun) is not None:
        return 0
    act, written = PartyAct("baseline", None, "upgrade", now), 0
    for party in not_plain(session):
        record_party(session, party, act)
        written += 1
    for token, owner in session.execute(
        select(Token, Party.public_id).outerjoin(Party, Party.id == Token.party_id)
    ).all():
        record_token(session, token, owner, act)
        written += 1
    return written


def not_plain(session: Session) -> Sequence[Party]:
    """Return the parties that need an event: an office, a province, several phones, or helpers."""
    several = select(Contact.party_id).group_by(Contact.party_id).having(func.count() > 1)
    helped = select(Helper.keeper_id).where(Helper.ended_at.is_(None))
    needs = or_(
        Party.role != Role.KEEPER.value,
        Party.province.is_not(None),
        Party.id.in_(several),
        Party.id.in_(helped),
    )
    return session.scalars(select(Party).where(needs).order_by(Party.id)).all()
