"""Active programmes: approved, in their current versions, with their languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.health.conversation.answer_parser import words_of
from services.health.format.model import Programme
from services.health.versions.store import CurrentVersion, readable
from services.storage.models import ProgrammeVersion


class ActiveProgramme(NamedTuple):
    """A programme that people may join; each language may have another current version.

    `versions` are database keys; of a version under `programmes` only its language is used.
    """

    code: str
    versions: Mapping[str, int]
    programmes: Mapping[str, Programme]

    def language(self, wanted: str) -> str:
        """Return the wanted language, or else the first approved one."""
        return wanted if wanted in self.versions else next(iter(self.versions))

    def languages(self, wanted: str) -> Sequence[str]:
        """Return all languages, the wanted one first."""
        return sorted(self.versions, key=lambda language: language != self.language(wanted))

    def programme(self, wanted: str) -> Programme:
        """Return the current version of a language, or else of the first approved one."""
        return self.programmes[self.language(wanted)]

    def version(self, session: Session, language: str) -> ProgrammeVersion:
        """Return the row of a language's current version."""
        return session.get_one(ProgrammeVersion, self.versions[language])

    def title(self, language: str) -> str:
        """Return the programme's title."""
        return self.programme(language).title[self.language(language)]

    def joins(self) -> dict[str, Sequence[str]]:
        """Return the keywords that enrol, by language."""
        return {
            language: programme.join.get(language, ())
            for language, programme in self.programmes.items()
        }


def read_active(session: Session, now: Iterable[CurrentVersion]) -> dict[str, ActiveProgramme]:
    """Return the active programmes by code."""
    versions: defaultdict[str, dict[str, int]] = defaultdict(dict)
    programmes: defaultdict[str, dict[str, Programme]] = defaultdict(dict)
    for version_id, language, _ in sorted(now):
        programme = readable(session, version_id)
        if programme is None:
            continue
        versions[programme.code][language] = version_id
        programmes[programme.code][language] = programme
    return {
        code: ActiveProgramme(code, versions[code], programmes[code]) for code in sorted(versions)
    }


def find_named(words: str, programmes: Sequence[ActiveProgramme]) -> ActiveProgramme | None:
    """Return the programme named by its code, title or enrolment keyword in a message."""
    message = f" {words_of(words)} "
    for one in programmes:
        names = [one.code, *map(one.title, one.versions)]
        names += [word for joins in one.joins().values() for word in joins]
        if any(f" {words_of(name)} " in message for name in names):
            return one
    return None
