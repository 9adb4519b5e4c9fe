"""Questions of a course and their answers, in the language of the page."""

from datetime import date

from services.console.words import day, language, t
from services.health.conversation.answer_parser import ANSWERED, DECLINED
from services.health.format.entries import Entry
from services.health.format.model import Programme

_OF_CODES = "en"
"""Language whose words the codes of options are."""
_KNOWN = frozenset({ANSWERED, DECLINED, "yes", "no"})
"""Codes of answers that we have words for."""


def question_in_words(programme: Programme | None, item: str) -> str:
    """Return what was asked; the code as words, where the version has no such question.

    Args:
        item: id of the question in its course.
    """
    found = _entry(programme, item)
    said = found.text.say if found else {}
    return said.get(language()) or next(iter(said.values()), item.replace("_", " "))


def answer_in_words(programme: Programme | None, item: str, told: str) -> str:
    """Return an answer as people write it: a day, a number, or the option that was chosen.

    Args:
        told: the number, the day or the code that is kept of it.
    """
    if told in _KNOWN:
        return t(f"answer_{told}")
    try:
        return day(date.fromisoformat(told))
    except ValueError:
        key = _key_of(programme, item, told)
    # Codes of options are English words; a question names each option by its number in all.
    if key and language() != _OF_CODES:
        return t("answer_option", key=key)
    return told.replace("_", " ")


def _key_of(programme: Programme | None, item: str, code: str) -> str | None:
    """Return the number of the option that has a code; None: there is none."""
    found = _entry(programme, item)
    options = found.ask.options if found and found.ask else ()
    return next((one.key for one in options if one.code == code), None)


def _entry(programme: Programme | None, item: str) -> Entry | None:
    entries = programme.entries() if programme else ()
    return next((one for one in entries if one.id == item), None)
