"""Accounts: invitations to make one, and the check of what somebody signs in with."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.console.errors import InvitationOver, NoOffice
from services.console.passwords import hash_password
from services.console.second_factor import (
    SecondFactor,
    check_code,
    digest_of,
    digests_of,
    new_codes,
    new_secret,
)
from services.console.sessions import SIGNED_OUT, end_every_session
from services.core.roles import Role
from services.ledger.party_log import PartyAct, record_party
from services.storage.models import Account, Contact, Invitation, LinkedSignIn, Party
from services.storage.sign_ins import end_invitations, end_sign_in

INVITATION_LIFE = timedelta(days=7)


def invite(session: Session, party: Party, act: PartyAct) -> str:
    """Make an invitation and return its code; those of before end. The session is exclusive.

    Raises:
        NoOffice: a keeper has no work at the console.
    """
    if party.role == Role.KEEPER:
        raise NoOffice
    end_invitations(session, party)
    [code] = new_codes(1)
    session.add(
        Invitation(
            party_id=party.id,
            digest=bytes.fromhex(digest_of(code) or ""),
            totp_secret=new_secret(),
            made_at=act.now,
            expires_at=act.now + INVITATION_LIFE,
        )
    )
    record_party(session, party, act)
    return code


def find_invitation(session: Session, typed: str, now: datetime) -> Invitation:
    """Return the invitation of a code.

    Raises:
        InvitationOver: there is none, it was used, or its time is over.
    """
    digest = bytes.fromhex(digest_of(typed) or "")
    row = session.scalars(select(Invitation).where(Invitation.digest == digest)).first()
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise InvitationOver
    return row


def make_account(
    session: Session, row: Invitation, password: str, factor: SecondFactor, act: PartyAct
) -> list[str]:
    """Make the account of an invitation, or make it anew; return its recovery codes.

    Every session of before ends. The session is exclusive, and the invitation was just read.
    """
    party, codes = _begin_anew(session, row, act), new_codes()
    account = Account(party_id=party.id, password=hash_password(password), made_at=act.now)
    keep_factor(account, factor._replace(recovery=digests_of(codes)))
    session.add(account)
    return codes


def link_account(session: Session, row: Invitation, digest: bytes, act: PartyAct) -> Party:
    """Let the person of an invitation sign in at the ministry's provider, and in no other way.

    Every session of before ends. The session is exclusive, and the invitation was just read.
    """
    party = _begin_anew(session, row, act)
    # Whoever had it before is that person no longer.
    session.execute(delete(LinkedSignIn).where(LinkedSignIn.digest == digest))
    session.add(LinkedSignIn(party_id=party.id, digest=digest, made_at=act.now))
    return party


def linked_party(session: Session, digest: bytes) -> Party | None:
    """Return who signs in as this at the ministry's provider; None: nobody."""
    mine = select(Party).join(LinkedSignIn, LinkedSignIn.party_id == Party.id)
    return session.scalars(mine.where(LinkedSignIn.digest == digest)).first()


def _begin_anew(session: Session, row: Invitation, act: PartyAct) -> Party:
    """Use an invitation up: what the person signed in with before is gone."""
    party = session.get_one(Party, row.party_id)
    end_sign_in(session, party)
    row.used_at = act.now
    end_every_session(session, party, act._replace(change=SIGNED_OUT))
    record_party(session, party, act)
    return party


def factor_of(account: Account | None) -> SecondFactor:
    """Return the second factor of an account; of none, one whose codes nobody knows."""
    if account is None:
        return SecondFactor(_NOBODYS, 0, frozenset())
    recovery = frozenset(account.recovery.split())
    return SecondFactor(account.totp_secret, account.totp_step, recovery)


def keep_factor(account: Account, factor: SecondFactor) -> None:
    """Keep what became of a second factor."""
    account.totp_secret, account.totp_step = factor.secret, factor.step
    account.recovery = " ".join(sorted(factor.recovery))


def account_of_number(session: Session, index: bytes) -> Account | None:
    """Return the account of a phone number, by its blind index."""
    mine = select(Account).join(Contact, Contact.party_id == Account.party_id)
    wanted = mine.where(Contact.number_index == index).order_by(Contact.id)
    return session.scalars(wanted.limit(1)).first()


def spend_code(session: Session, party_id: int, typed: str, now: datetime) -> bool:
    """Take a code of a second factor, once; tell whether it was right. The session is exclusive."""
    account = session.get(Account, party_id, populate_existing=True)
    factor = check_code(factor_of(account), typed, now)
    if account is None or factor is None:
        return False
    keep_factor(account, factor)
    return True


def first_number(session: Session, party_id: int) -> str:
    """Return the first phone number of a party; empty: it has none."""
    wanted = select(Contact.number).where(Contact.party_id == party_id).order_by(Contact.id)
    return session.scalar(wanted.limit(1)) or ""


_NOBODYS = new_secret()
