"""Authors of versions, and what approvers write back to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.errors import ApprovedAlready, LanguageNotReady, NotAnApprover
from services.health.versions.store import programme_of
from services.storage.locks import require_one_writer
from services.storage.models import (
    DraftEdit,
    Party,
    ProgrammeApproval,
    ProgrammeDraft,
    ProgrammeNote,
    ProgrammeVersion,
)


class NoteView(NamedTuple):
    """A note of an approver: to which version and language, what, by whom, and when."""

    version: int
    language: str
    text: str
    by: object
    name: str | None
    at: datetime


def wrote(session: Session, version: ProgrammeVersion, party_id: int | None) -> bool:
    """Tell whether somebody submitted a version, or wrote on the draft that it was."""
    drafted = (
        select(DraftEdit.id)
        .join(ProgrammeDraft, ProgrammeDraft.id == DraftEdit.draft_id)
        .where(ProgrammeDraft.version_id == version.id, DraftEdit.by_id == party_id)
    )
    return version.created_by_id == party_id or session.scalar(drafted.limit(1)) is not None


def send_back(
    session: Session,
    version: ProgrammeVersion,
    language: str,
    text: str,
    by: tuple[int, datetime],
) -> ProgrammeNote:
    """Send a language of a version back to its authors with a note.

    Args:
        by: the approver's database key, and the time (UTC).

    Raises:
        NotAnApprover: this person may not.
        LanguageNotReady: the version has no such language.
        ApprovedAlready: it was approved.
    """
    require_one_writer(session)
    approver, now = by
    if session.get_one(Party, approver).role != Role.APPROVER:
        raise NotAnApprover("Only a person with the role approver may do this")
    if language not in programme_of(version).languages:
        raise LanguageNotReady(f"This version has no {language}")
    approved = select(ProgrammeApproval.id).where(
        ProgrammeApproval.version_id == version.id, ProgrammeApproval.language == language
    )
    if session.scalar(approved) is not None:
        raise ApprovedAlready(f"{language} of this version was approved: withdraw it, or recall")
    made = ProgrammeNote(
        version_id=version.id, language=language, text=text, by_id=approver, at=now
    )
    session.add(made)
    session.flush()
    return made


def notes_of(session: Session, versions: Sequence[int]) -> dict[int, list[NoteView]]:
    """Return the notes on versions by their database keys, the newest first."""
    rows = session.execute(
        select(ProgrammeNote, ProgrammeVersion.number, Party.public_id, Party.name)
        .join(ProgrammeVersion, ProgrammeVersion.id == ProgrammeNote.version_id)
        .join(Party, Party.id == ProgrammeNote.by_id)
        .where(ProgrammeNote.version_id.in_(versions))
        .order_by(ProgrammeNote.id.desc())
    )
    found: dict[int, list[NoteView]] = {key: [] for key in versions}
    for row, number, public_id, name in rows:
        view = NoteView(number, row.language, row.text, public_id, name, row.at)
        found[row.version_id].append(view)
    return found
