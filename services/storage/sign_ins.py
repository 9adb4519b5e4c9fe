"""Accounts, passkeys and invitations of the console, and their end with an office."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from services.core.roles import DECIDES_SECOND, Role
from services.storage.models import Account, Invitation, LinkedSignIn, Party, Passkey


def end_invitations(session: Session, party: Party) -> None:
    """End the invitations of a party that nobody took up."""
    unused = Invitation.party_id == party.id, Invitation.used_at.is_(None)
    session.execute(delete(Invitation).where(*unused))


def end_sign_in(session: Session, party: Party) -> None:
    """Forget password and app, passkeys and the ministry's sign-in of a party."""
    for table in (Account, Passkey, LinkedSignIn):
        session.execute(delete(table).where(table.party_id == party.id))


def end_sign_in_before(session: Session, party: Party, role: Role) -> None:
    """End the invitations of a party, and its sign-in where it must not serve in another role.

    Of an office that decides nothing as a second person the whole invitation may have been seen by
    an administrator, who would be that person at once, or later with the account that was made.
    """
    end_invitations(session, party)
    if role in DECIDES_SECOND and Role(party.role) not in DECIDES_SECOND:
        end_sign_in(session, party)
