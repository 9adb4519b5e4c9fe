"""A document beside the one that it is compared with, text by text, for people to read."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.console.programmes.course import CoursePart, CourseText, parts_of
from services.console.programmes.marked import Run, marked
from services.health.errors import BadProgramme
from services.health.format.differences import Difference
from services.health.format.overlays import EXTENDS
from services.health.format.parser import build
from services.health.format.text_changes import other_changes, text_changes
from services.health.versions.bases import base_finder, document_of
from services.health.versions.store import current

MOST = 300
_LONGEST = 300
_OF_ENTRY = ("reminder", "again")


class ChangeCard(NamedTuple):
    """A text, old and new, with the runs of words that differ; None: there is none.

    `place`: its part of the course, and the text with its day and hour; `shared_is_old`: shared
    phones go on getting the words of before.
    """

    id: str
    discreet: bool
    old: Sequence[Run] | None
    new: Sequence[Run] | None
    place: tuple[CoursePart, CourseText] | None
    shared_is_old: bool

    @property
    def recall(self) -> str:
        """The id by which the text is recalled: that of its messages."""
        entry, _, part = self.id.partition("/")
        if part in _OF_ENTRY:
            return entry
        return f"{entry}/answer" if part.startswith("answer/") else self.id


class Comparison(NamedTuple):
    """Changes of a document.

    Attributes:
        number: of the version in use that it is compared with.
        base: name of the base that it is compared with, where no version is in use.
        texts: those that differ in the language, `more`: how many are not shown.
        others: what else differs: days, questions, words, sources.
    """

    number: int | None
    base: str | None
    texts: Sequence[ChangeCard]
    more: int
    others: Sequence[Difference]

    @property
    def is_new(self) -> bool:
        """True where there is nothing to compare with."""
        return self.number is None and self.base is None


def compare(
    session: Session, code: str, document: Mapping[str, Any], language: str, before: int
) -> Comparison:
    """Compare a document with the version in use before it in a language, or else with its base.

    `before`: number of the document's own version.
    """
    used = current(session, code, language, before)
    if used is not None:
        return _compared(document_of(used), document, language, (used.number, None))
    own = document.get(EXTENDS)
    name = own["base"] if isinstance(own, dict) else None
    if name is None:
        return Comparison(None, None, (), 0, ())
    try:
        base = dict(base_finder(session)(name).document)
    except BadProgramme:
        return Comparison(None, None, (), 0, ())
    return _compared(base, document, language, (None, name))


def _compared(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    language: str,
    named: tuple[int | None, str | None],
) -> Comparison:
    changes, others = text_changes(old, new, language), other_changes(old, new)
    places = {**_places(old), **_places(new)} if changes else {}
    shared = {one.id for one in changes if one.discreet}
    cards = [
        ChangeCard(
            one.id,
            one.discreet,
            *_runs(one.old, one.new),
            places.get(one.id),
            one.old is not None
            and one.id not in shared
            and _has_shared_form(places.get(one.id), language),
        )
        for one in changes[:MOST]
    ]
    more = len(changes) - len(cards)
    return Comparison(*named, cards, more, [_short(one) for one in others[:MOST]])


def _has_shared_form(place: tuple[CoursePart, CourseText] | None, language: str) -> bool:
    return place is not None and bool(place[1].text.discreet.get(language))


def _runs(old: str | None, new: str | None) -> tuple[Sequence[Run] | None, Sequence[Run] | None]:
    if old is not None and new is not None:
        return marked(old, new)
    return _alone(old), _alone(new)


def _alone(text: str | None) -> Sequence[Run] | None:
    return None if text is None else [Run(text, differs=True)]


def _places(document: Mapping[str, Any]) -> dict[str, tuple[CoursePart, CourseText]]:
    parts = parts_of(build(document))
    return {one.id: (part, one) for part in parts for one in part.texts}


def _short(one: Difference) -> Difference:
    return one._replace(old=one.old and one.old[:_LONGEST], new=one.new and one.new[:_LONGEST])
