"""Programmes that a file of differences may extend: shipped ones, and versions in force."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from chain.canonical import canonical_bytes
from services.health.errors import BadProgramme, Fault
from services.health.format.differences import undecided
from services.health.format.documents import read_source
from services.health.format.overlays import EXTENDS, Base, BaseFinder, whole_of
from services.health.versions.store import LIBRARY, shipped
from services.storage.models import ProgrammeApproval, ProgrammeVersion

SHIPPED = "shipped"
_NAME = re.compile(r"([a-z][a-z0-9-]{0,31})@(?:shipped|[1-9][0-9]{0,8}|[0-9a-f]{12,64})")
_LEAST_DIGITS = 12
_KEPT = 64
_LONGEST_NUMBER = 9


def shipped_base(name: str, library: Path = LIBRARY, seen: tuple[str, ...] = ()) -> Base:
    """Return the shipped programme of a name such as `tobacco@shipped`, or of its digest.

    Raises:
        BadProgramme: no such programme is shipped, or it extends itself.
    """
    code, _, which = _parts(name)
    if name in seen:
        _refuse(f"{name} extends itself: {' > '.join((*seen, name))}")
    if code not in {path.stem for path in library.glob("*.yaml")}:
        _refuse(f"{name} is not shipped: {', '.join(shipped())}")
    path = library / f"{code}.yaml"
    document, digest = _read(path, path.stat().st_mtime_ns, (*seen, name))
    if which != SHIPPED and not digest.hex().startswith(which):
        _refuse(f"the shipped {code} has the digest {digest.hex()}")
    return Base(name, digest, document)


@lru_cache(_KEPT)
def _read(path: Path, changed: int, seen: tuple[str, ...]) -> tuple[Mapping[str, Any], bytes]:  # noqa: ARG001 — `changed` tells one file from a newer one
    """Return the whole document of a shipped file, which nobody changes, and its digest."""
    find = partial(shipped_base, library=path.parent, seen=seen)
    document = whole_of(read_source(path.read_text(encoding="utf-8")), find)
    return document, sha256(canonical_bytes(document)).digest()


def base_finder(session: Session) -> BaseFinder:
    """Return what finds a base here: a version with an approval in force, or a shipped one."""

    def find(name: str) -> Base:
        code, _, which = _parts(name)
        stored = None if which == SHIPPED else _stored(session, code, which)
        if stored is not None:
            return Base(name, stored.digest, document_of(stored))
        if which.isdecimal() and len(which) <= _LONGEST_NUMBER:
            _refuse(f"{name} was never approved, or was withdrawn: see `bilum programme list`")
        return shipped_base(name)

    return find


def withdrawn_base(session: Session, version: ProgrammeVersion, language: str) -> str | None:
    """Return the name of a version's base, if its approval in a language was withdrawn."""
    kept = document_of(version).get(EXTENDS)
    if not isinstance(kept, dict):
        return None
    ended = (
        select(ProgrammeApproval.id)
        .join(ProgrammeVersion, ProgrammeVersion.id == ProgrammeApproval.version_id)
        .where(
            ProgrammeVersion.digest == bytes.fromhex(str(kept["digest"])),
            ProgrammeApproval.language == language,
            ProgrammeApproval.withdrawn_at.is_not(None),
        )
    )
    return str(kept["base"]) if session.scalar(ended.limit(1)) is not None else None


def is_in_force(session: Session, version: ProgrammeVersion) -> bool:
    """Tell whether a version has an approval in force, in any language."""
    approved = select(ProgrammeApproval.id).where(
        ProgrammeApproval.version_id == version.id, ProgrammeApproval.withdrawn_at.is_(None)
    )
    return session.scalar(approved.limit(1)) is not None


def version_before(session: Session, version: ProgrammeVersion) -> ProgrammeVersion | None:
    """Return the newest version before one that has an approval in force, if there is one."""
    return session.scalars(_before(version).limit(1)).first()


def undecided_texts(session: Session, version: ProgrammeVersion, language: str) -> list[str]:
    """Return the texts that a base mended, and that a version replaces as the one before did."""
    document = document_of(version)
    own = document.get(EXTENDS)
    if own is None:
        return []
    base = _parts(own["base"])[0]
    for before in session.scalars(_before(version)):
        found = document_of(before)
        if EXTENDS in found and _parts(found[EXTENDS]["base"])[0] == base:
            return undecided(document, found, language)
    return []


def _before(version: ProgrammeVersion) -> Select[ProgrammeVersion]:
    """Select the versions before one that have an approval in force, the newest first."""
    in_force = exists().where(
        ProgrammeApproval.version_id == ProgrammeVersion.id,
        ProgrammeApproval.withdrawn_at.is_(None),
    )
    return (
        select(ProgrammeVersion)
        .where(
            ProgrammeVersion.code == version.code,
            ProgrammeVersion.number < version.number,
            in_force,
        )
        .order_by(ProgrammeVersion.number.desc())
    )


def document_of(version: ProgrammeVersion) -> dict[str, Any]:
    """Return the document of a version."""
    found: dict[str, Any] = json.loads(version.document)
    return found


def _stored(session: Session, code: str, which: str) -> ProgrammeVersion | None:
    in_force = exists().where(
        ProgrammeApproval.version_id == ProgrammeVersion.id,
        ProgrammeApproval.withdrawn_at.is_(None),
    )
    rows = session.scalars(
        select(ProgrammeVersion)
        .where(ProgrammeVersion.code == code, in_force)
        .order_by(ProgrammeVersion.number.desc())
    )
    for row in rows:
        if which == str(row.number):
            return row
        if len(which) >= _LEAST_DIGITS and row.digest.hex().startswith(which):
            return row
    return None


def _parts(name: str) -> tuple[str, str, str]:
    if not _NAME.fullmatch(name):
        _refuse("a base is such as tobacco@3, tobacco@shipped, or 12 digits or more of its digest")
    return name.partition("@")


def _refuse(message: str) -> NoReturn:
    raise BadProgramme([Fault(EXTENDS, message)])
