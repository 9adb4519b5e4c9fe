"""A programme's text as one person gets it: placeholders filled, one segment; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from services.health.format.entries import Text
from services.health.format.model import Programme
from services.texts.catalogue import day_and_month
from services.texts.fitting import fit, shorten

NAME_LETTERS, PLACE_LETTERS = 12, 20
"""The most that a name and a place take in a text."""


class Personal(NamedTuple):
    """What a text may say of its receiver; `anchors`: by code."""

    name: str | None = None
    place: str | None = None
    anchors: Mapping[str, date] = {}
    discreet: bool = False


def is_personal(template: str) -> bool:
    """Tell whether a text has placeholders, so that it differs from person to person."""
    return "{" in template


def render(programme: Programme, text: Text, language: str, personal: Personal) -> str:
    """Return a text with its placeholders filled, in one segment.

    Raises:
        KeyError: the language is not there, or a placeholder that there is none of.
    """
    template = text.in_language(language, discreet=personal.discreet)
    if not is_personal(template):
        return template
    if not personal.place:
        template = template.replace(" {place}", "")
    # A date that nobody has told is called what it is.
    dates = {anchor.code: anchor.label.get(language, "") for anchor in programme.anchors}
    dates |= {code: day_and_month(day, language) for code, day in personal.anchors.items()}
    nameless = programme.nameless.get(language, "")
    values = {
        "title": programme.title[language],
        "name": shorten(given_name(personal.name) or nameless, NAME_LETTERS),
        "place": shorten(personal.place or "", PLACE_LETTERS),
        **dates,
    }
    return fit(template, values)


def given_name(name: str | None) -> str:
    """Return how to address a person: the first of the names that were told."""
    return (name or "").split(" ")[0]
