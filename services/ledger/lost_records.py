"""Records whose content was lost: after a restore their leaves come back from the chain alone."""

from collections.abc import Iterable

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from services.storage.models import Journal, LedgerLeaf
from services.storage.rowsets import digests

WITHOUT_EVENT = ~exists().where(Journal.id == LedgerLeaf.journal_id)
"""The condition on a leaf of a lost record: an erased one keeps its row in the journal."""


def subjects_of_lost(session: Session, subjects: Iterable[bytes]) -> set[bytes]:
    """Return those of some subjects of which a record was lost."""
    mine = LedgerLeaf.subject.in_(digests(session, set(subjects)))
    return set(session.scalars(select(LedgerLeaf.subject).where(mine, WITHOUT_EVENT)))
