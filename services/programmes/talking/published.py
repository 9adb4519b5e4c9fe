"""The programmes that are open: approved, each in its current version, with its languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from services.programmes.talking.answers import words_of
from services.programmes.versions import programme_by_id, published
from services.storage.models import ProgrammeVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from services.programmes.format.model import Programme


class Published(NamedTuple):
    """A programme that people may join.

    Attributes:
        programme: the newest of its current versions.
        versions: by language: database key of the version that is current in it.
    """

    programme: Programme
    versions: Mapping[str, int]

    def language(self, wanted: str) -> str:
        """Return the language wanted, or else the first that is approved."""
        return wanted if wanted in self.versions else next(iter(self.versions))

    def version(self, session: Session, language: str) -> ProgrammeVersion:
        """Return the version that is current in a language."""
        return session.get_one(ProgrammeVersion, self.versions[language])

    def title(self, language: str) -> str:
        """Return what the programme is called."""
        return self.programme.title[self.language(language)]


class Open(NamedTuple):
    """A version that is current in a language: its database key and digest."""

    version_id: int
    language: str
    digest: bytes


def read_open(session: Session) -> tuple[Open, ...]:
    """Return what is open, without reading the documents."""
    current = published(session)
    wanted = select(ProgrammeVersion.id, ProgrammeVersion.digest).where(
        ProgrammeVersion.id.in_({version_id for version_id, _ in current})
    )
    digests = {row.id: row.digest for row in session.execute(wanted)} if current else {}
    return tuple(Open(version, language, digests[version]) for version, language in current)


def read_published(session: Session, now: Iterable[Open]) -> dict[str, Published]:
    """Return the open programmes by code."""
    found: dict[str, dict[str, int]] = {}
    programmes: dict[str, Programme] = {}
    for version_id, language, _ in sorted(now):
        _, programme = programme_by_id(session, version_id)
        found.setdefault(programme.code, {})[language] = version_id
        programmes[programme.code] = programme
    return {code: Published(programmes[code], found[code]) for code in sorted(found)}


def meant(words: str, programmes: Sequence[Published]) -> Published | None:
    """Return the programme that words name: by code, title or a word that joins it."""
    said = f" {words_of(words)} "
    for one in programmes:
        programme = one.programme
        names = [programme.code, *programme.title.values()]
        names += [word for language in programme.join.values() for word in language]
        if any(f" {words_of(name)} " in said for name in names):
            return one
    return None
