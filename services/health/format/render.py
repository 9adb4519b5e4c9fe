"""A programme's text rendered for one person: placeholders filled, one segment; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from services.health.format.entries import Text
from services.health.format.model import Programme
from services.texts.catalogue import day_and_month
from services.texts.fitting import fit, shorten

NAME_LETTERS, PLACE_LETTERS = 12, 20
"""Longest name and place in a text."""


class Personal(NamedTuple):
    """A person's values for the placeholders of a text; `anchors`: by code."""

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
        KeyError: the text has no such language, or an unknown placeholder.
    """
    template = text.in_language(language, discreet=personal.discreet)
    if not is_personal(template):
        return template
    if not personal.place:
        template = template.replace(" {place}", "")
    # An unknown date is replaced by its label.
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
    """Return the first of a person's names, for addressing them."""
    return (name or "").split(" ")[0]
