"""Every sentence that reaches a phone, by code and language.

Tok Pisin is a draft until a named speaker has reviewed it: see `DRAFT`.
"""

from __future__ import annotations

from datetime import date

from gateway.phrases import DEFAULT_LANGUAGE
from services.texts.fitting import fit
from services.texts.sentences import SENTENCES

__all__ = ["DRAFT", "LANGUAGES", "SENTENCES", "day_and_month", "language_of", "say"]

LANGUAGES = ("en", "tpi")
DRAFT = frozenset({"tpi"})

_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "tpi": ["Jan", "Feb", "Mas", "Epr", "Me", "Jun", "Jul", "Ogas", "Sep", "Okt", "Nov", "Des"],
}


def say(code: str, language: str, **values: object) -> str:
    """Return a sentence in a language with its values, short enough for one SMS of one segment.

    Raises:
        KeyError: no such sentence, or a value that it needs is not given.
    """
    return fit(SENTENCES[code][language], values)


def language_of(told: str | None) -> str:
    """Return the language to write in to who told this one, or none."""
    return told if told in LANGUAGES else DEFAULT_LANGUAGE


def day_and_month(day: date, language: str) -> str:
    """Write a day the way people do: `25 Nov`."""
    return f"{day.day} {_MONTHS[language][day.month - 1]}"
