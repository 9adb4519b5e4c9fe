"""Versions of programmes put into the database as approved, without what an approval asks for."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from chain.canonical import canonical_bytes
from services.health.format.documents import read_document
from services.storage.models import Journal, Party, ProgrammeApproval, ProgrammeVersion
from tests.factories import NOW

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


class Signed(NamedTuple):
    """Who approved, and the event of it: database keys."""

    approver: int
    journal: int


def sign(session: Session) -> Signed:
    """Store an approver and an event."""
    signer = Party(public_id=uuid4(), role="approver", language="en")
    event = Journal(
        event_id=uuid4(),
        type="programme",
        recorded_at=NOW,
        occurred_on=NOW.date(),
        content=b"{}",
    )
    session.add_all([signer, event])
    session.flush()
    return Signed(signer.id, event.id)


def version_of(code: str, text: str, number: int = 1) -> ProgrammeVersion:
    """Return a version of a programme's text, not stored yet."""
    document = canonical_bytes(read_document(text))
    return ProgrammeVersion(
        code=code,
        number=number,
        digest=sha256(document).digest(),
        document=document,
        created_at=NOW,
    )


def store_approved(
    session: Session,
    version: ProgrammeVersion,
    by: Signed,
    languages: tuple[str, ...] = ("en",),
    reference: str = "MOH-2026-17",
) -> None:
    """Store a version with the approval of its languages."""
    session.add(version)
    session.flush()
    session.add_all(
        ProgrammeApproval(
            version_id=version.id,
            language=language,
            reference=reference,
            approved_by_id=by.approver,
            approved_at=NOW,
            journal_id=by.journal,
        )
        for language in languages
    )
