"""State of each language of a version: in use, waiting, sent back; and what waits for whom."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.core.roles import Role
from services.health.format.model import Status
from services.health.versions.authors import NoteView, notes_of, wrote
from services.health.versions.store import current_versions, readable
from services.storage.models import ProgrammeApproval, ProgrammeVersion

_MOST_PROGRAMMES = 200


class LanguageState(StrEnum):
    """State of a language of a version.

    IN_USE: people who join get it. EARLIER: approved, and a newer version is in use. WAITS: for an
    approver. SENT_BACK: for a planner. PASSED: never approved, and a newer version came.
    """

    IN_USE = "in_use"
    EARLIER = "earlier"
    WITHDRAWN = "withdrawn"
    DRAFT = "draft"
    WAITS = "waits"
    SENT_BACK = "sent_back"
    PASSED = "passed"


WAITING_FOR: Mapping[LanguageState, Role] = {
    LanguageState.WAITS: Role.APPROVER,
    LanguageState.SENT_BACK: Role.PLANNER,
}
"""The role that acts next."""


class LanguageStanding(NamedTuple):
    """A language of a version, with its approval and the newest note, if it has them.

    `mine`: the reader wrote the version, and cannot approve it.
    """

    version: ProgrammeVersion
    language: str
    standing: LanguageState
    approval: ProgrammeApproval | None
    note: NoteView | None
    mine: bool = False


def standings(
    session: Session, versions: Sequence[ProgrammeVersion], reader_id: int | None = None
) -> list[LanguageStanding]:
    """Return the standing of every language of versions, in their order."""
    keys = [one.id for one in versions]
    approvals = session.scalars(
        select(ProgrammeApproval).where(ProgrammeApproval.version_id.in_(keys))
    )
    approved = {(one.version_id, one.language): one for one in approvals}
    notes, newest = notes_of(session, keys), _newest(session, {one.code for one in versions})
    current = {(one.version_id, one.language) for one in current_versions(session)}
    found = []
    for version in versions:
        programme = readable(session, version.id)
        mine = reader_id is not None and wrote(session, version, reader_id)
        for language, status in (programme.languages if programme else {}).items():
            at = version.id, language
            note = next((one for one in notes[version.id] if one.language == language), None)
            approval = approved.get(at)
            known = _approved(approval, in_use=at in current) if approval else None
            known = known or _waiting(status, note, passed=version.id != newest[version.code])
            found.append(LanguageStanding(version, language, known, approval, note, mine))
    return found


def newest_versions(session: Session) -> Sequence[ProgrammeVersion]:
    """Return the newest version of each programme, by code."""
    keys = select(func.max(ProgrammeVersion.number), ProgrammeVersion.code).group_by(
        ProgrammeVersion.code
    )
    newest = keys.subquery()
    return session.scalars(
        select(ProgrammeVersion)
        .join(
            newest,
            (newest.c.code == ProgrammeVersion.code) & (newest.c[0] == ProgrammeVersion.number),
        )
        .order_by(ProgrammeVersion.code)
        .limit(_MOST_PROGRAMMES)
    ).all()


def in_use(session: Session, codes: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return the number of the version in use by programme and language."""
    keys = {(one.version_id, one.language) for one in current_versions(session)}
    rows = session.execute(
        select(ProgrammeVersion.id, ProgrammeVersion.code, ProgrammeVersion.number).where(
            ProgrammeVersion.id.in_({key for key, _ in keys}), ProgrammeVersion.code.in_(codes)
        )
    )
    named = {row.id: row for row in rows}
    found: dict[str, dict[str, int]] = {code: {} for code in codes}
    for key, language in sorted(keys):
        if key in named:
            found[named[key].code][language] = named[key].number
    return found


def _newest(session: Session, codes: set[str]) -> dict[str, int]:
    """Return the database key of the newest version of each programme."""
    rows = session.execute(
        select(ProgrammeVersion.code, func.max(ProgrammeVersion.id))
        .where(ProgrammeVersion.code.in_(codes))
        .group_by(ProgrammeVersion.code)
    )
    return {row[0]: row[1] for row in rows}


def _approved(approval: ProgrammeApproval, *, in_use: bool) -> LanguageState:
    if approval.withdrawn_at is not None:
        return LanguageState.WITHDRAWN
    return LanguageState.IN_USE if in_use else LanguageState.EARLIER


def _waiting(status: Status, note: NoteView | None, *, passed: bool) -> LanguageState:
    if passed:
        return LanguageState.PASSED
    if status is not Status.COMPLETE:
        return LanguageState.DRAFT
    return LanguageState.SENT_BACK if note else LanguageState.WAITS
