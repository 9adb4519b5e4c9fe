"""English sentences of the console that stand on a page in another language."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from services.core.roles import Role
from services.texts.catalogue import sentences

if TYPE_CHECKING:
    from playwright.sync_api import Page

_FEWEST_LETTERS, _FEWEST_WORDS = 10, 2
_SHORTEST_CODE, _BETWEEN = 4, re.compile("[,:;()]")
_PACKAGES, _BOX = ("chain.", "gateway.", "services.", "sms."), "services.box."
_NAMES = frozenset({"english"})
"""Of languages, which are written as their speakers do."""
# What people said or wrote, and names that are the same in each language.
_OTHERS = "script, textarea, q, [translate=no]"
_TOLD = """(others) => {
  const page = document.documentElement.lang, found = [];
  const ours = (one) => one.closest("[lang]").lang === page && !one.closest(others);
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode())
    if (ours(nodes.currentNode.parentElement)) found.push(nodes.currentNode.data);
  for (const name of ["aria-label", "alt", "placeholder", "title"])
    for (const one of document.querySelectorAll(`[${name}]`))
      if (ours(one)) found.push(one.getAttribute(name));
  return [page, found.map((one) => one.replace(/\\s+/g, " ").trim()).filter((one) => one)];
}"""


class PageTexts(NamedTuple):
    """The texts of a page that are ours, and the language that it says to be in."""

    language: str
    texts: list[str]


def told_on(page: Page) -> PageTexts:
    """Read a page, without what people wrote on it and what says to be in another language."""
    return PageTexts(*page.evaluate(_TOLD, _OTHERS))


def english_on(page: Page) -> list[str]:
    """Return what of a page is said in English though its language has words for it."""
    return [one.partition(": ")[2] for one in english_in(told_on(page))]


def english_in(told: PageTexts) -> list[str]:
    """Return sentences of ours, and pieces of them, that are in English."""
    whole, parts = _english(told.language)
    shown = "\n".join(told.texts).casefold()
    found = [part for part in parts if part in shown and re.search(rf"\b{re.escape(part)}", shown)]
    said = [one for one in told.texts if one.casefold() in whole]
    return [f"English: {one}" for one in said + found]


def codes_in(told: PageTexts) -> list[str]:
    """Return codes of the program on a page, such as the state that a row has."""
    pieces = {piece.strip() for text in told.texts for piece in _BETWEEN.split(text)}
    return [f"code: {one}" for one in sorted(pieces & _codes(told.language))]


@cache
def _codes(language: str) -> frozenset[str]:
    """Codes of kinds and states, also as words; those of offices are names of people here."""
    ours = (kind for kind in StrEnum.__subclasses__() if _is_shown(kind) and kind is not Role)
    codes = {str(one) for kind in ours for one in kind if len(one) >= _SHORTEST_CODE}
    own = {form for one in sentences(language).values() for form in one.forms}
    return frozenset(codes | {one.replace("_", " ") for one in codes}) - own - set(Role)


def _is_shown(kind: type[StrEnum]) -> bool:
    """Tell whether a console may show codes: not those of a box or of tests, loaded by others."""
    return kind.__module__.startswith(_PACKAGES) and not kind.__module__.startswith(_BOX)


@cache
def _english(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Sentences of one piece, and pieces of several words of those with places."""
    own = {form.casefold() for one in sentences(language).values() for form in one.forms}
    whole: set[str] = set()
    parts: set[str] = set()
    for code, sentence in sentences("en").items():
        if code.startswith("console."):
            for form in sentence.forms:
                whole.add(form.casefold())
                parts |= {one.strip().casefold() for one in re.split(r"\{\w+\}", form)}
    all_own = "\n".join(own)
    long = {
        part
        for part in parts
        if len(part) >= _FEWEST_LETTERS and len(part.split()) >= _FEWEST_WORDS
        if part not in all_own
    }
    return frozenset(whole - own - _NAMES), frozenset(long)
