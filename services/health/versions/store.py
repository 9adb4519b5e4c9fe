"""Versions of programmes, stored for good; the current one of each language; shipped examples."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.health.errors import AlteredProgramme, BadProgramme, FaultyProgramme, UnknownProgramme
from services.health.format.documents import Source, read_source
from services.health.format.model import Programme
from services.health.format.overlays import BaseFinder, no_base, whole_of
from services.health.format.parser import build
from services.health.format.text_ids import with_texts
from services.health.linting.findings import Finding, LintSettings, Severity
from services.health.linting.linter import lint
from services.health.versions.trials import refuse_other_design
from services.storage.locks import require_one_writer
from services.storage.models import ProgrammeApproval, ProgrammeVersion, Recall, RecalledText
from sms.local_time import local_day

_LOG = logging.getLogger(__name__)
_KEPT, _LAST = 256, 2**31
_SETTINGS = LintSettings()

LIBRARY = Path(__file__).parents[1] / "library"
_OVERLAYS = LIBRARY / "overlays"


def _approved(wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return wanted.join(
        ProgrammeApproval, ProgrammeApproval.version_id == ProgrammeVersion.id
    ).where(ProgrammeApproval.withdrawn_at.is_(None))


PUBLISHED = _approved(
    select(
        ProgrammeVersion.id,
        ProgrammeVersion.code,
        ProgrammeVersion.digest,
        ProgrammeVersion.number,
        ProgrammeApproval.language,
        ProgrammeVersion.recalled.label("recalled"),
    )
)
"""Selects every version with each of its approved languages: see `newest_of`."""
_IN_ORDER = PUBLISHED.order_by(ProgrammeVersion.number)


class CurrentVersion(NamedTuple):
    """A version that is current in a language: its database key, digest and newest recall."""

    version_id: int
    language: str
    digest: bytes
    recalled: int | None = None


class CheckedVersion(NamedTuple):
    """A document without faults."""

    code: str
    digest: bytes
    document: bytes


def add_version(
    session: Session,
    text: str,
    author_id: int | None,
    now: datetime,
    settings: LintSettings = _SETTINGS,
) -> ProgrammeVersion:
    """Store a version of a programme; return the stored one if the document is the same.

    Raises:
        BadProgramme: the file cannot be read; every fault is named.
        FaultyProgramme: the linter finds faults.
        TrialChanged: people are allocated in a trial of another design.
    """
    checked = check_version(text, now, settings)
    refuse_other_trial(session, checked, text)
    return store_version(session, checked, author_id, now)


def refuse_other_trial(session: Session, checked: CheckedVersion, text: str) -> None:
    """Refuse a file whose trial differs from one that has people, by its lines."""
    programme = _built(checked.digest, checked.document)
    if programme.trial is not None:
        refuse_other_design(session, programme, read_source(text).lines)


def check_version(
    text: str, now: datetime, settings: LintSettings = _SETTINGS, find: BaseFinder = no_base
) -> CheckedVersion:
    """Read and lint a document, which takes long; see `add_version` for what it raises.

    `find` returns the base that a file of differences names: the whole is stored.
    """
    return check_source(read_source(text), now, settings, find)


def check_source(
    source: Source, now: datetime, settings: LintSettings, find: BaseFinder
) -> CheckedVersion:
    """Lint a document that was read: see `check_version`."""
    document = canonical_bytes(whole_of(source, find))
    digest = sha256(document).digest()
    programme = _built(digest, document)
    refuse_faults(findings(programme, now, settings))
    return CheckedVersion(programme.code, digest, document)


def store_version(
    session: Session, checked: CheckedVersion, author_id: int | None, now: datetime
) -> ProgrammeVersion:
    """Store a version that was checked: see `add_version`."""
    require_one_writer(session)
    versions = select(ProgrammeVersion).where(ProgrammeVersion.code == checked.code)
    there = session.scalars(versions.where(ProgrammeVersion.digest == checked.digest)).first()
    if there is not None:
        return there
    last = select(func.max(ProgrammeVersion.number)).where(ProgrammeVersion.code == checked.code)
    made = ProgrammeVersion(
        **checked._asdict(),
        number=(session.scalar(last) or 0) + 1,
        created_at=now,
        created_by_id=author_id,
    )
    session.add(made)
    session.flush()
    return made


def find_version(session: Session, code: str, number: int | None = None) -> ProgrammeVersion:
    """Return a version by its number, or the newest; raise UnknownProgramme where there is none."""
    wanted = select(ProgrammeVersion).where(ProgrammeVersion.code == code)
    if number is not None:
        # Larger numbers fit no column, and no version has one.
        wanted = wanted.where(ProgrammeVersion.number == min(number, _LAST))
    found = session.scalars(wanted.order_by(ProgrammeVersion.number.desc()).limit(1)).first()
    if found is None:
        raise UnknownProgramme("There is no such version: see `bilum programme list`")
    return found


def programme_of(version: ProgrammeVersion) -> Programme:
    """Return a version's programme as its file has it, built once.

    Raises:
        AlteredProgramme: it does not match its digest.
    """
    return _built(version.digest, version.document)


def programme_by_id(session: Session, version_id: int) -> tuple[ProgrammeVersion, Programme]:
    """Return a version by its database key, and its programme as its people get it."""
    version = session.get_one(ProgrammeVersion, version_id)
    return version, programme_in_force(session, version)


def programme_in_force(session: Session, version: ProgrammeVersion) -> Programme:
    """Return a version's programme as its people get it: with other texts for recalled ones."""
    if version.recalled is None:
        return programme_of(version)
    rows = session.execute(
        select(RecalledText.text_id, RecalledText.language, Recall.by_version_id)
        .join(Recall, Recall.id == RecalledText.recall_id)
        .where(RecalledText.version_id == version.id, RecalledText.until.is_(None))
        .order_by(RecalledText.text_id, RecalledText.language)
    ).all()
    sources = {row.by_version_id for row in rows}
    found = [session.get_one(ProgrammeVersion, key) for key in sorted(sources)]
    stored = tuple((one.id, one.digest, one.document) for one in found)
    return _replaced(version.digest, version.document, tuple(map(tuple, rows)), stored)


def readable(session: Session, version_id: int) -> Programme | None:
    """Return the programme of a version; log and return None where its document was altered.

    One altered document must not block the work of all other programmes.
    """
    try:
        return programme_by_id(session, version_id)[1]
    except (AlteredProgramme, BadProgramme) as error:
        name = type(error).__name__
        _LOG.error("version %s of a programme cannot be read: %s", version_id, name)
        return None


def findings(
    programme: Programme, now: datetime, settings: LintSettings = _SETTINGS
) -> list[Finding]:
    """Lint a programme as of today."""
    return lint(programme, settings, local_day(now))


def current(
    session: Session, code: str, language: str, before: int = _LAST
) -> ProgrammeVersion | None:
    """Return the newest version, before a number, with an approval of the language in force."""
    return session.scalars(
        _approved(select(ProgrammeVersion))
        .where(
            ProgrammeVersion.code == code,
            ProgrammeVersion.number < before,
            ProgrammeApproval.language == language,
        )
        .order_by(ProgrammeVersion.number.desc())
        .limit(1)
    ).first()


def approved_languages(session: Session) -> frozenset[tuple[int, str]]:
    """Return the database key of each version with each of its approved languages."""
    return frozenset((row.id, row.language) for row in session.execute(PUBLISHED))


def current_versions(session: Session) -> tuple[CurrentVersion, ...]:
    """Return each programme's current version in each language; no document is read."""
    return newest_of(session.execute(_IN_ORDER))


def newest_of(published: Iterable[Row[*tuple[Any, ...]]]) -> tuple[CurrentVersion, ...]:
    """Return the current ones of versions that are published, in the order of their numbers."""
    newest = {
        (row.code, row.language): CurrentVersion(row.id, row.language, row.digest, row.recalled)
        for row in published
    }
    return tuple(sorted(newest.values()))


def published(session: Session) -> tuple[tuple[int, str], ...]:
    """Return the database key of each programme's current version in each language."""
    return tuple((one.version_id, one.language) for one in current_versions(session))


@lru_cache(_KEPT)
def _built(digest: bytes, document: bytes) -> Programme:
    if sha256(document).digest() != digest:
        raise AlteredProgramme("The stored document of a version was altered: see `bilum audit`")
    return build(json.loads(document))


@lru_cache(_KEPT)
def _replaced(
    digest: bytes,
    document: bytes,
    texts: tuple[tuple[str, str, int], ...],
    stored: tuple[tuple[int, bytes, bytes], ...],
) -> Programme:
    """Build a programme with texts of others: id, language and version; `stored` are those."""
    others = {key: _built(theirs, text) for key, theirs, text in stored}
    return with_texts(
        _built(digest, document),
        {(text_id, language): (key, others[key]) for text_id, language, key in texts},
    )


def refuse_faults(found: Iterable[Finding]) -> None:
    """Raise FaultyProgramme if the linter found a fault."""
    faults: dict[str, list[str]] = {}
    for one in found:
        if one.severity is Severity.FAULT:
            faults.setdefault(one.where, []).append(one.message)
    if faults:
        raise FaultyProgramme("The programme has faults: `bilum programme lint` lists them", faults)


def shipped() -> list[str]:
    """Return the codes of the shipped programmes."""
    return sorted(path.stem for path in LIBRARY.glob("*.yaml"))


def shipped_overlays() -> list[str]:
    """Return the names of the shipped files that hold differences from a programme."""
    return sorted(path.stem for path in _OVERLAYS.glob("*.yaml"))


def shipped_text(code: str) -> str:
    """Return the file of a shipped programme, or of differences; or raise UnknownProgramme."""
    if code in shipped_overlays():
        return (_OVERLAYS / f"{code}.yaml").read_text(encoding="utf-8")
    if code not in shipped():
        known = ", ".join([*shipped(), *shipped_overlays()])
        raise UnknownProgramme(f"No programme {code} is shipped; there are {known}")
    return (LIBRARY / f"{code}.yaml").read_text(encoding="utf-8")
