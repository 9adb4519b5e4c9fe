"""Postings: the programmes and provinces of clinicians, and the provinces of officers."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.core.roles import Role
from services.messaging.inbox_rules import INSPECTING
from services.messaging.offices import reachable_holders
from services.storage.models import Clinician, Party

ANYWHERE = ""
"""Province of a clinician for all provinces."""


class Posting(NamedTuple):
    """A programme and a province, or ANYWHERE, that a clinician looks after."""

    programme: str
    province: str

    def covers(self, programmes: frozenset[str], province: str | None) -> bool:
        """Tell whether somebody of these programmes and province is theirs; of no programme: any.

        Args:
            programmes: codes.
            province: None: not known, so that it is of those for anywhere alone.
        """
        mine = not programmes or self.programme in programmes
        return mine and self.province in {ANYWHERE, province}


def postings_of(session: Session, party_id: int | None) -> Sequence[Posting]:
    """Return the postings of a clinician, by the database key of the party; None: nobody."""
    rows = session.execute(
        select(Clinician.programme, Clinician.province).where(Clinician.party_id == party_id)
    )
    return [Posting(*row) for row in rows]


def reachable_postings(session: Session) -> Sequence[Posting]:
    """Return the postings of every clinician who can be reached."""
    there = reachable_holders(session, Party.role == Role.CLINICIAN.value)
    parties = {one.party_id for one in there}
    rows = session.execute(select(Clinician.party_id, Clinician.programme, Clinician.province))
    return [Posting(programme, place) for party, programme, place in rows if party in parties]


def of_duty(
    session: Session,
    province: str,
    of: InstrumentedAttribute[str | None],
    roles: Collection[Role] = INSPECTING,
) -> ColumnElement[bool]:
    """Return the condition on rows of an officer's province, and on those that no other one has.

    Args:
        of: column of the row's province; null: not known.
        roles: of the officers who have such rows.
    """
    officers = select(Party.province).where(Party.role.in_([role.value for role in roles]))
    staffed = set(session.scalars(officers.distinct()))
    if None in staffed:
        return of == province
    return or_(of == province, of.is_(None), of.not_in(staffed - {province}))


def covered(
    postings: Sequence[Posting] | None,
    programme: InstrumentedAttribute[str | None] | InstrumentedAttribute[str],
    province: InstrumentedAttribute[str | None],
) -> ColumnElement[bool]:
    """Return the condition on rows that one of these postings covers; see `Posting.covers`.

    Args:
        postings: None: those of the server's operator, which cover everybody.
        programme: column of the row's programme; null: of none.
        province: column of the person's.
    """
    if postings is None:
        return true()
    return or_(false(), *(_covers(one, programme, province) for one in postings))


def _covers(
    posting: Posting,
    programme: InstrumentedAttribute[str | None] | InstrumentedAttribute[str],
    province: InstrumentedAttribute[str | None],
) -> ColumnElement[bool]:
    mine = or_(programme.is_(None), programme == posting.programme)
    return mine if posting.province == ANYWHERE else mine & (province == posting.province)
