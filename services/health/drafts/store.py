"""Drafts in the database: begun, changed by several people, submitted as a version or discarded.

A draft is differences from a base. It is no record of anything: its version and approvals are.
"""

import json
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.core.roles import Role
from services.health.errors import (
    BadProgramme,
    CannotAdapt,
    DraftChanged,
    Fault,
    NotAPlanner,
    NothingChanged,
    UnknownDraft,
    UnknownProgramme,
)
from services.health.format.differences import differences
from services.health.format.documents import Source
from services.health.format.overlays import DIFFERENCES, EXTENDS, is_overlay, whole_of
from services.health.format.parser import build
from services.health.format.text_slots import Json
from services.health.linting.findings import LintSettings
from services.health.versions.bases import base_finder, document_of, is_in_force, shipped_base
from services.health.versions.store import (
    check_source,
    refuse_other_trial,
    shipped,
    store_version,
)
from services.storage.locks import require_one_writer
from services.storage.models import DraftEdit, Party, ProgrammeDraft, ProgrammeVersion

LONGEST_DRAFT = 1024 * 1024


class DraftAct(NamedTuple):
    """A change of a draft: by whom (database key), when (UTC), and of which text, if of one."""

    by_id: int
    now: datetime
    text_id: str | None = None


class LastEdit(NamedTuple):
    """The newest change of a draft, or of one of its texts."""

    at: datetime
    name: str | None
    by_id: int


def find_draft(session: Session, code: str) -> ProgrammeDraft | None:
    """Return the open draft of a programme."""
    wanted = select(ProgrammeDraft).where(
        ProgrammeDraft.code == code, ProgrammeDraft.ended_at.is_(None)
    )
    return session.scalars(wanted).first()


def require_draft(session: Session, code: str) -> ProgrammeDraft:
    """Return the open draft of a programme, or raise UnknownDraft."""
    found = find_draft(session, code)
    if found is None:
        raise UnknownDraft
    return found


def begin_draft(session: Session, code: str, act: DraftAct) -> ProgrammeDraft:
    """Return the open draft of a programme, or begin one from its newest version.

    Raises:
        NotAPlanner: this person may not.
        UnknownProgramme: no version has the code, and none is shipped.
        CannotAdapt: nothing of it can be extended.
    """
    require_one_writer(session)
    _require_planner(session, act)
    return find_draft(session, code) or _store(session, code, beginning(session, code), act)


def beginning(session: Session, code: str) -> Json:
    """Return the differences that a new draft of a programme begins with.

    The newest version that can be adapted gives them: one that is differences itself, the shipped
    one, or one in force. Else it is the shipped programme.
    """
    rows = session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.code == code)
        .order_by(ProgrammeVersion.number.desc())
    )
    versions = 0
    for row in rows:
        versions += 1
        found = _differences_of(session, row)
        if found is not None:
            return found
    if code in shipped():
        return {EXTENDS: f"{code}@shipped"}
    raise CannotAdapt if versions else UnknownProgramme(f"There is no programme {code}")


def save_draft(
    session: Session, draft: ProgrammeDraft, overlay: Json, act: DraftAct
) -> ProgrammeDraft:
    """Store other differences of a draft, which may have faults that only the linter finds.

    Raises:
        NotAPlanner: this person may not.
        BadProgramme: the differences make no programme, or one with another code.
    """
    require_one_writer(session)
    _require_planner(session, act)
    if build(whole_document(session, overlay)).code != draft.code:
        raise BadProgramme([Fault("code", f"must stay {draft.code}")])
    document = canonical_bytes(overlay)
    if len(document) > LONGEST_DRAFT:
        raise BadProgramme([Fault(EXTENDS, f"has differences of more than {LONGEST_DRAFT} bytes")])
    if document != draft.document:
        draft.document, draft.changed_at = document, act.now
        draft.revision += 1
        _note_edit(session, draft, act)
    return draft


def require_revision(draft: ProgrammeDraft, revision: int) -> None:
    """Raise DraftChanged unless a draft is still what somebody read."""
    if draft.revision != revision:
        raise DraftChanged


def discard_draft(session: Session, draft: ProgrammeDraft, act: DraftAct) -> None:
    """End a draft without a version; what was in it is kept."""
    require_one_writer(session)
    _require_planner(session, act)
    draft.ended_at = act.now
    _note_edit(session, draft, act)


def submit_draft(
    session: Session, draft: ProgrammeDraft, act: DraftAct, settings: LintSettings
) -> ProgrammeVersion:
    """Store a draft as a version, for a second person to approve.

    Raises:
        NotAPlanner: this person may not.
        NothingChanged: it says the same as what it began from.
        BadProgramme, FaultyProgramme, TrialChanged: see `add_version`.
    """
    require_one_writer(session)
    _require_planner(session, act)
    if not differences(_before(session, draft.code), whole_document(session, overlay_of(draft))):
        raise NothingChanged
    source = Source(overlay_of(draft), {})
    checked = check_source(source, act.now, settings, base_finder(session))
    refuse_other_trial(session, checked, draft.document.decode())
    made = store_version(session, checked, act.by_id, act.now)
    draft.ended_at, draft.version_id = act.now, made.id
    _note_edit(session, draft, act)
    session.flush()
    return made


def overlay_of(draft: ProgrammeDraft) -> Json:
    """Return the differences of a draft."""
    found: Json = json.loads(draft.document)
    return found


def whole_document(session: Session, overlay: Json) -> Json:
    """Return the document that differences make; BadProgramme: they fit no base."""
    if not is_overlay(overlay):
        raise BadProgramme([Fault(EXTENDS, "a draft is differences: it needs `extends`")])
    return whole_of(Source(overlay, {}), base_finder(session))


def base_document(session: Session, overlay: Json) -> Json:
    """Return the document that differences extend."""
    found = dict(base_finder(session)(overlay[EXTENDS]).document)
    found.pop(EXTENDS, None)
    return found


def last_edit(session: Session, draft: ProgrammeDraft, text_id: str | None = None) -> LastEdit:
    """Return who changed a draft last, or one of its texts, where somebody did."""
    rows = (
        select(DraftEdit.at, Party.name, DraftEdit.by_id)
        .join(Party, Party.id == DraftEdit.by_id)
        .where(DraftEdit.draft_id == draft.id)
        .order_by(DraftEdit.id.desc())
        .limit(1)
    )
    found = session.execute(rows.where(DraftEdit.text_id == text_id)).first() if text_id else None
    return LastEdit(*(found or session.execute(rows).one()))


def _before(session: Session, code: str) -> Json:
    """Return the whole document of what a draft would begin from now."""
    return whole_document(session, beginning(session, code))


def _differences_of(session: Session, version: ProgrammeVersion) -> Json | None:
    document = document_of(version)
    own = document.get(EXTENDS)
    if isinstance(own, dict):
        return {EXTENDS: own["base"], **own[DIFFERENCES]}
    if (
        version.code in shipped()
        and shipped_base(f"{version.code}@shipped").digest == version.digest
    ):
        return {EXTENDS: f"{version.code}@shipped"}
    if is_in_force(session, version):
        return {EXTENDS: f"{version.code}@{version.number}"}
    return None


def _store(session: Session, code: str, overlay: Json, act: DraftAct) -> ProgrammeDraft:
    made = ProgrammeDraft(
        code=code, document=canonical_bytes(overlay), revision=1, changed_at=act.now
    )
    session.add(made)
    session.flush()
    _note_edit(session, made, act)
    return made


def _note_edit(session: Session, draft: ProgrammeDraft, act: DraftAct) -> None:
    session.add(
        DraftEdit(
            draft_id=draft.id,
            revision=draft.revision,
            by_id=act.by_id,
            at=act.now,
            text_id=act.text_id,
        )
    )


def _require_planner(session: Session, act: DraftAct) -> None:
    if session.get_one(Party, act.by_id).role != Role.PLANNER:
        raise NotAPlanner("Only a person with the role planner may write drafts")
