"""Versions of programmes: stored for good, approved for each language by a second person.

An approval and its withdrawal are events of the journal, so the ledger holds the digest of what was
approved; anyone who knows a programme's code finds them.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from chain.canonical import canonical_bytes
from services.programmes.errors import (
    AlteredProgramme,
    ApprovedAlready,
    FaultyProgramme,
    LanguageNotReady,
    NotAnApprover,
    NotApproved,
    SamePerson,
    UnknownProgramme,
)
from services.programmes.events import APPROVED, WITHDRAWN, local_day, record_act
from services.programmes.format.model import Status
from services.programmes.format.reading import build, read_document
from services.programmes.linting.linter import Prices, Severity, lint
from services.storage.locks import one_writer
from services.storage.messages import close_waiting
from services.storage.models import Message, Party, ProgrammeApproval, ProgrammeVersion
from services.storage.people import Role
from sms.message import Kind, MessageState
from sms.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from services.programmes.events import Approving
    from services.programmes.format.model import Programme
    from services.programmes.linting.linter import Finding

_KEPT = 256
_LAST = 2**31
_PRICES = Prices()


def add_version(
    session: Session,
    text: str,
    author_id: int | None,
    now: datetime,
    prices: Prices = _PRICES,
) -> ProgrammeVersion:
    """Store a version of a programme; the same document again is the version that is there.

    Args:
        session: an open writing session.
        text: YAML.
        author_id: database key of the party that brings it.
        now: UTC.
        prices: what the linter needs of the installation.

    Raises:
        BadProgramme: it cannot be read; every fault is named.
        FaultyProgramme: the linter finds faults.
    """
    document = canonical_bytes(read_document(text))
    digest = sha256(document).digest()
    programme = _built(digest, document)
    _refuse_faults(findings(programme, now, prices))
    one_writer(session)
    versions = select(ProgrammeVersion).where(ProgrammeVersion.code == programme.code)
    there = session.scalars(versions.where(ProgrammeVersion.digest == digest)).first()
    if there is not None:
        return there
    last = select(func.max(ProgrammeVersion.number)).where(ProgrammeVersion.code == programme.code)
    made = ProgrammeVersion(
        code=programme.code,
        number=(session.scalar(last) or 0) + 1,
        digest=digest,
        document=document,
        created_at=now,
        created_by_id=author_id,
    )
    session.add(made)
    session.flush()
    return made


def find_version(session: Session, code: str, number: int | None = None) -> ProgrammeVersion:
    """Return a version by its number; without one the newest.

    Raises:
        UnknownProgramme: there is none.
    """
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.code == code)
    if number is not None:
        # A number that no column holds finds nothing either.
        wanted = wanted.where(ProgrammeVersion.number == min(number, _LAST))
    found = session.scalars(wanted.order_by(ProgrammeVersion.number.desc()).limit(1)).first()
    if found is None:
        raise UnknownProgramme("No such version of a programme is here: see `bilum programme list`")
    return found


def programme_of(version: ProgrammeVersion) -> Programme:
    """Return the programme of a version; each is built once.

    Raises:
        AlteredProgramme: the document is not what the digest was made of.
    """
    return _built(version.digest, version.document)


def programme_by_id(session: Session, version_id: int) -> tuple[ProgrammeVersion, Programme]:
    """Return a version by its database key, and its programme."""
    version = session.get_one(ProgrammeVersion, version_id)
    return version, programme_of(version)


def findings(programme: Programme, now: datetime, prices: Prices = _PRICES) -> list[Finding]:
    """Return what the linter finds."""
    return lint(programme, prices, local_day(now))


def approve(
    session: Session,
    version: ProgrammeVersion,
    language: str,
    approval: Approving,
    prices: Prices = _PRICES,
) -> ProgrammeApproval:
    """Approve one language of a version: a row, an event, and a leaf of the ledger.

    Raises:
        NotAnApprover, SamePerson: the approver may not.
        LanguageNotReady: the language is not there, or a draft.
        FaultyProgramme: the linter finds faults in the language.
        ApprovedAlready: it was approved before.
    """
    one_writer(session)
    _require_approver(session, approval)
    if version.created_by_id == approval.approver_id:
        raise SamePerson("Who wrote a version does not approve it: a second person does")
    programme = programme_of(version)
    if programme.languages.get(language) is not Status.COMPLETE:
        raise LanguageNotReady(f"{language} is not a complete language of this version")
    found = findings(programme, approval.now, prices)
    _refuse_faults([one for one in found if one.language in {None, language}])
    if _approval(session, version, language) is not None:
        raise ApprovedAlready(
            f"{language} of this version was approved before; if it was withdrawn, make a new one"
        )
    made = ProgrammeApproval(
        version_id=version.id,
        language=language,
        reference=approval.reference,
        approved_by_id=approval.approver_id,
        approved_at=approval.now,
        journal_id=record_act(session, version, language, APPROVED, approval),
    )
    session.add(made)
    session.flush()
    return made


def withdraw(
    session: Session, version: ProgrammeVersion, language: str, withdrawal: Approving
) -> ProgrammeApproval:
    """Withdraw an approval, for good: nobody begins with it, and what waits of it is not sent.

    Raises:
        NotAnApprover: the person may not.
        NotApproved: it was never approved, or is withdrawn.
    """
    one_writer(session)
    _require_approver(session, withdrawal)
    found = _approval(session, version, language)
    if found is None or found.withdrawn_at is not None:
        raise NotApproved(f"{language} of this version has no approval that holds")
    record_act(session, version, language, WITHDRAWN, withdrawal)
    found.withdrawn_at, found.withdrawn_by_id = withdrawal.now, withdrawal.approver_id
    texts = and_(
        Message.version_id == version.id,
        Message.language == language,
        Message.kind != Kind.ANSWER.value,
    )
    close_waiting(session, texts, MessageState.CANCELLED, Reason.WITHDRAWN)
    session.flush()
    return found


def current(session: Session, code: str, language: str) -> ProgrammeVersion | None:
    """Return the newest version whose language is approved, and not withdrawn."""
    return session.scalars(
        _approved(select(ProgrammeVersion))
        .where(ProgrammeVersion.code == code, ProgrammeApproval.language == language)
        .order_by(ProgrammeVersion.number.desc())
        .limit(1)
    ).first()


def approved_languages(session: Session) -> frozenset[tuple[int, str]]:
    """Return the database key of each version with each language that it is approved in."""
    rows = session.execute(_approved(select(ProgrammeVersion.id, ProgrammeApproval.language)))
    return frozenset((row.id, row.language) for row in rows)


def published(session: Session) -> tuple[tuple[int, str], ...]:
    """Return the database key of the current version of every programme in every language."""
    wanted = _approved(
        select(ProgrammeVersion.id, ProgrammeVersion.code, ProgrammeApproval.language)
    ).order_by(ProgrammeVersion.number)
    newest = {(row.code, row.language): (row.id, row.language) for row in session.execute(wanted)}
    return tuple(sorted(newest.values()))


@lru_cache(_KEPT)
def _built(digest: bytes, document: bytes) -> Programme:
    if sha256(document).digest() != digest:
        raise AlteredProgramme("The stored document of a version was changed: see `bilum audit`")
    return build(json.loads(document))


def _refuse_faults(found: Iterable[Finding]) -> None:
    faults: dict[str, list[str]] = {}
    for one in found:
        if one.severity is Severity.FAULT:
            faults.setdefault(one.where, []).append(one.told)
    if faults:
        raise FaultyProgramme("The programme has faults: `bilum programme lint` lists them", faults)


def _require_approver(session: Session, given: Approving) -> None:
    if session.get_one(Party, given.approver_id).role != Role.APPROVER:
        raise NotAnApprover("Only a person with the role approver may do this")


def _approval(
    session: Session, version: ProgrammeVersion, language: str
) -> ProgrammeApproval | None:
    return session.scalars(
        select(ProgrammeApproval).where(
            ProgrammeApproval.version_id == version.id, ProgrammeApproval.language == language
        )
    ).first()


def _approved(wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return wanted.join(
        ProgrammeApproval, ProgrammeApproval.version_id == ProgrammeVersion.id
    ).where(ProgrammeApproval.withdrawn_at.is_(None))
