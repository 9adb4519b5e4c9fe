"""The programmes that are open: approved, each in its current version, with its languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.health.conversation.answer_parser import words_of
from services.health.format.model import Programme
from services.health.versions.store import published, readable
from services.storage.models import ProgrammeVersion


class Published(NamedTuple):
    """A programme that people may join: in each language another version may be current.

    Attributes:
        code: of the programme.
        versions: by language: database key of the version that is current in it.
        programmes: by language: what that version says. Of its other languages nothing is said.
    """

    code: str
    versions: Mapping[str, int]
    programmes: Mapping[str, Programme]

    def language(self, wanted: str) -> str:
        """Return the language wanted, or else the first that is approved."""
        return wanted if wanted in self.versions else next(iter(self.versions))

    def languages(self, wanted: str) -> Sequence[str]:
        """Return all languages, the one wanted first."""
        return sorted(self.versions, key=lambda language: language != self.language(wanted))

    def programme(self, wanted: str) -> Programme:
        """Return what is current in a language, or else in the first that is approved."""
        return self.programmes[self.language(wanted)]

    def version(self, session: Session, language: str) -> ProgrammeVersion:
        """Return the version that is current in a language."""
        return session.get_one(ProgrammeVersion, self.versions[language])

    def title(self, language: str) -> str:
        """Return what the programme is called."""
        return self.programme(language).title[self.language(language)]

    def joins(self) -> dict[str, Sequence[str]]:
        """Return the words that enrol, by language."""
        return {
            language: programme.join.get(language, ())
            for language, programme in self.programmes.items()
        }


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
    versions: defaultdict[str, dict[str, int]] = defaultdict(dict)
    programmes: defaultdict[str, dict[str, Programme]] = defaultdict(dict)
    for version_id, language, _ in sorted(now):
        programme = readable(session, version_id)
        if programme is None:
            continue
        versions[programme.code][language] = version_id
        programmes[programme.code][language] = programme
    return {code: Published(code, versions[code], programmes[code]) for code in sorted(versions)}


def meant(words: str, programmes: Sequence[Published]) -> Published | None:
    """Return the programme that words name: by code, title or a word that joins it."""
    said = f" {words_of(words)} "
    for one in programmes:
        names = [one.code, *map(one.title, one.versions)]
        names += [word for joins in one.joins().values() for word in joins]
        if any(f" {words_of(name)} " in said for name in names):
            return one
    return None
