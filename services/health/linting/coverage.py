"""Evidence of a course's texts, counted: techniques, sources, actions; pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from services.health.format.evidence import PRACTICE, Evidence, Guideline
from services.health.format.model import Programme
from services.health.format.techniques import NAMES, is_technique, order_of
from services.health.linting.evidence import texts_by_source
from services.health.linting.findings import texts_of


class TechniqueUse(NamedTuple):
    """A technique, and how many texts use it; `name`: empty where no shipped course uses it."""

    number: str
    name: str
    texts: int


class SourceUse(NamedTuple):
    """A source, how many texts rest on it, and whether its day of review is past."""

    source: Guideline
    texts: int
    overdue: bool

    def as_json(self) -> dict[str, object]:
        """Return it as the API and `--json` show it."""
        one = self.source
        return {
            "id": one.id,
            "title": one.title,
            "by": one.by,
            "year": one.year,
            "section": one.section,
            "url": one.url,
            "review": one.review.isoformat(),
            "overdue": self.overdue,
            "texts": self.texts,
        }


class Coverage(NamedTuple):
    """Counts of a course's texts, in whatever language.

    Attributes:
        untagged: without a technique or a source.
        no_technique: that use none, as the file says, such as a question.
        sourced: that rest on at least one document.
        practice: that rest on practice alone.
        action: that ask the reader to do something.
        needs_clinic: of these, what only a clinic makes possible.
    """

    texts: int
    untagged: int
    no_technique: int
    sourced: int
    practice: int
    action: int
    needs_clinic: int
    techniques: tuple[TechniqueUse, ...]
    sources: tuple[SourceUse, ...]

    @property
    def far_ok(self) -> int:
        """Texts that a person who lives a day's walk from a clinic can act on."""
        return self.action - self.needs_clinic

    @property
    def overdue(self) -> tuple[SourceUse, ...]:
        """Sources in use whose day of review is past."""
        return tuple(one for one in self.sources if one.overdue)

    def as_json(self) -> dict[str, Any]:
        """Return it as the API and `--json` show it."""
        told: dict[str, Any] = self._asdict()
        return told | {
            "far_ok": self.far_ok,
            "techniques": [one._asdict() for one in self.techniques],
            "sources": [one.as_json() for one in self.sources],
        }


def coverage(programme: Programme, today: date) -> Coverage:
    """Count what the texts of a course rest on; `today` decides which review is overdue."""
    each = [text.evidence for _, text in texts_of(programme)]
    acting = [one for one in each if one.action]
    return Coverage(
        texts=len(each),
        untagged=sum(one.techniques is None or not one.sources for one in each),
        no_technique=sum(one.techniques == () for one in each),
        sourced=sum(bool(set(one.sources or ()) - {PRACTICE}) for one in each),
        practice=sum(one.sources == (PRACTICE,) for one in each),
        action=len(acting),
        needs_clinic=sum(bool(one.needs_clinic) for one in acting),
        techniques=_techniques(each),
        sources=_sources(programme, today),
    )


def percent(part: int, whole: int) -> str:
    """Return a share in whole percent; a dash of nothing."""
    return f"{round(100 * part / whole)} %" if whole else "-"


def _techniques(each: Iterable[Evidence]) -> tuple[TechniqueUse, ...]:
    counted = Counter(number for one in each for number in set(one.techniques or ()))
    known = sorted(filter(is_technique, counted), key=order_of)
    return tuple(TechniqueUse(one, NAMES.get(one, ""), counted[one]) for one in known)


def _sources(programme: Programme, today: date) -> tuple[SourceUse, ...]:
    used = texts_by_source(programme)
    return tuple(
        SourceUse(one, len(used.get(one.id, ())), one.id in used and one.review < today)
        for one in programme.sources
    )
