"""A text as people would get it in each language and manner, measured and linted."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.api.context import context
from services.console.programmes.counter import TextSize, size_of
from services.console.programmes.course import CoursePart, CourseText, shown_text, text_named
from services.console.programmes.draft_pages import OpenDraft, found_in
from services.console.programmes.text_form import TypedText
from services.health.drafts.store import whole_document
from services.health.errors import BadProgramme, Fault
from services.health.format.model import KEPT_LETTERS, Programme
from services.health.format.overlay_edits import TextWords, words_of
from services.health.format.parser import build
from services.health.format.text_slots import Json, slots_of
from services.health.linting.findings import Finding
from services.health.linting.text_places import findings_by_text
from services.health.linting.texts import longest_values


class Manner(NamedTuple):
    """A text on one kind of phone: as it is shown there, and its size."""

    said: str
    size: TextSize


class LanguageSide(NamedTuple):
    """A text in one language: as typed, on one's own and on a shared phone, and its findings.

    `shared_is_old`: one's own phone gets other words than before, a shared one those of before.
    """

    language: str
    draft: bool
    say: str
    discreet: str
    own: Manner
    shared: Manner
    findings: Sequence[Finding]
    shared_is_old: bool


class CheckedText(NamedTuple):
    """A text that was checked.

    Attributes:
        faults: why it makes no programme.
        findings: those of no single language.
        place: its part of the course, and the text; None: it is not in the course yet.
        below: findings in the replies to it.
    """

    sides: Sequence[LanguageSide]
    faults: Sequence[Fault]
    findings: Sequence[Finding]
    place: tuple[CoursePart, CourseText] | None
    below: Sequence[Finding] = ()


def check(
    session: Session, given: OpenDraft, overlay: Json, text_id: str, one: TypedText
) -> CheckedText:
    """Check what differences make of one text."""
    faults: Sequence[Fault] = ()
    try:
        same = overlay == given.overlay
        programme = given.programme if same else build(whole_document(session, overlay))
    except BadProgramme as error:
        programme, faults = given.programme, error.faults
    place = text_named(programme, text_id)
    by_text = {} if faults else findings_by_text(programme, found_in(programme))
    told = by_text.get(text_id, [])
    base = slots_of(given.base).get(text_id)
    before = words_of(base.text) if base else None
    sides = [
        _side(programme, language, one, place if not faults else None, told)._replace(
            shared_is_old=_shared_is_old(before, one.words, language)
        )
        for language in programme.languages
    ]
    common = [each for each in told if each.language not in programme.languages]
    below = [one for key in by_text if _is_below(key, text_id) for one in by_text[key]]
    return CheckedText(sides, faults, common, place, below)


def _is_below(key: str | None, text_id: str) -> bool:
    return key is not None and key.startswith(f"{text_id}/")


def _side(
    programme: Programme,
    language: str,
    one: TypedText,
    place: tuple[CoursePart, CourseText] | None,
    told: Sequence[Finding],
) -> LanguageSide:
    say, discreet = one.words.say.get(language, ""), one.words.discreet.get(language, "")
    # Of a programme that was built, values of the country are filled in already.
    text = place[1].text if place else None
    said = text.say.get(language, "") if text else say
    shared = (text.discreet.get(language, "") if text else discreet) or said
    values = _values(programme, language)
    return LanguageSide(
        language,
        programme.languages[language] == "draft",
        say,
        discreet,
        _manner(programme, said, language, values),
        _manner(programme, shared, language, values, discreet=True),
        [each for each in told if each.language == language],
        shared_is_old=False,
    )


def _shared_is_old(before: TextWords | None, now: TextWords, language: str) -> bool:
    if before is None:
        return False
    shared = now.discreet.get(language, "")
    is_kept = bool(shared) and shared == before.discreet.get(language)
    return is_kept and now.say.get(language) != before.say.get(language)


def _manner(
    programme: Programme,
    said: str,
    language: str,
    values: Mapping[str, str],
    *,
    discreet: bool = False,
) -> Manner:
    shown = shown_text(programme, said, language, discreet=discreet)
    return Manner(shown, size_of(said, values, context().sms.price_toea))


def _values(programme: Programme, language: str) -> Mapping[str, str]:
    kept = dict.fromkeys(programme.kept(), "M" * KEPT_LETTERS)
    return longest_values(programme, language) | kept
