"""Subjects of a tag: by its number alone, and by what the database says.

The subject of an official number follows from the number, so the chain can be asked about it
whatever the database says. Everything else, such as a short number or a place, is looked up.
"""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import public_subject
from services.audit.contents import compare_journal
from services.audit.findings import AuditReport, Difference
from services.audit.proofs import subject_named
from services.ledger.content_erasure import ERASURE
from services.livestock.domain.errors import UnknownNumber
from services.livestock.domain.model import EventType, Key, Scheme
from services.livestock.queries.animals import subject_of
from services.livestock.recording.lookup import read_text
from services.storage.models import Journal, LedgerLeaf


class TagSubjects(NamedTuple):
    """Subjects that a tag stands for.

    Attributes:
        own: the one that follows from its number alone; None: the number is no official one.
        stored: the one that the database has for it; None: it has none.
    """

    own: bytes | None
    stored: bytes | None

    @property
    def subjects(self) -> tuple[bytes, ...]:
        """Each of them once, its own first."""
        return tuple(dict.fromkeys(one for one in self if one is not None))


def read_tag(session: Session, text: str) -> TagSubjects:
    """Read what a tag stands for: see `services.audit.proofs.subject_named`.

    Raises:
        UnknownNumber: the number is no official one, and nothing here has it.
    """
    key, _ = read_text(text)
    if key is None or key.scheme != Scheme.OFFICIAL:
        return TagSubjects(None, subject_named(session, text))
    return TagSubjects(public_subject(*key), _stored(session, key))


def _stored(session: Session, key: Key) -> bytes | None:
    try:
        return subject_of(session, key)
    except UnknownNumber:
        return None


def compare_tag(session: Session, tag: TagSubjects, report: AuditReport) -> None:
    """Compare what the database says of a tag with the records of its own subject.

    An animal keeps its first number for life. Another number is its own by a retagging alone, which
    has a record under both.
    """
    if tag.own in {None, tag.stored}:
        return
    events = select(LedgerLeaf.journal_id).where(LedgerLeaf.subject == tag.own)
    # What an event is filed as counts below.
    compare_journal(session, report, lambda key: key.in_(events))
    named = select(LedgerLeaf.subject).join(Journal).where(LedgerLeaf.journal_id.in_(events))
    retagged = set(session.scalars(named.where(Journal.type == EventType.RETAG)))
    if tag.stored is not None and tag.stored not in retagged:
        report.add(
            Difference.ALTERED,
            None,
            f"the database has the number for subject {tag.stored.hex()}, and no record says so",
        )
    given = (EventType.RETAG, ERASURE)
    if tag.stored is None and session.scalar(named.where(Journal.type.not_in(given)).limit(1)):
        report.add(
            Difference.MISSING_IN_DATABASE, None, "the number has records, and belongs to nothing"
        )
