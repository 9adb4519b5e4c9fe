"""What an approval asks for: a clinician, who leaves nothing behind, and a look at old sources."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import delete

from services.core.roles import Role
from services.health.versions.store import programme_of
from services.storage.models import Clinician, Contact, Party
from services.storage.vault import vault_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from services.storage.models import ProgrammeVersion

_NUMBER = "+67570000999"


@contextmanager
def looked_after(session: Session, programme: str) -> Iterator[None]:
    """Let every province have a clinician with hours; those of before are there again after."""
    before = [
        (row.province, row.party_id, row.opens, row.closes, row.weekdays)
        for row in session.query(Clinician).filter_by(programme=programme)
    ]
    _empty(session, programme)
    party = Party(public_id=uuid4(), role=Role.CLINICIAN.value)
    session.add(party)
    session.flush()
    contact = Contact(
        party_id=party.id, number=_NUMBER, number_index=vault_of(session).index(_NUMBER)
    )
    session.add(contact)
    _post(session, programme, [("", party.id, 8, 16, "1234567")])
    try:
        yield
    finally:
        _empty(session, programme)
        session.delete(contact)
        session.flush()
        session.delete(party)
        _post(session, programme, before)


def _empty(session: Session, programme: str) -> None:
    session.execute(delete(Clinician).where(Clinician.programme == programme))


def _post(
    session: Session,
    programme: str,
    rows: list[tuple[str, int, int | None, int | None, str | None]],
) -> None:
    for province, party, opens, closes, weekdays in rows:
        session.add(
            Clinician(
                programme=programme,
                province=province,
                party_id=party,
                opens=opens,
                closes=closes,
                weekdays=weekdays,
            )
        )
    session.flush()


def sources_of(version: ProgrammeVersion) -> frozenset[str]:
    """Every source of a version, as an approver names those whose review is overdue."""
    return frozenset(one.id for one in programme_of(version).sources)
