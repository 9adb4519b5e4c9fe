"""Lint rule for the glossary: one word for one thing, in every text of every course."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from services.health.format.documents import read_document
from services.health.format.model import Programme
from services.health.linting.findings import Finding, texts_of, warning

GLOSSARY = Path(__file__).with_name("glossary.yaml")


class Term(NamedTuple):
    """A meaning in English, the word for it in one language, and words that are not used."""

    meaning: str
    use: str
    never: tuple[str, ...]


@cache
def terms_of(language: str) -> tuple[Term, ...]:
    """Return the glossary of a language; empty where it has none."""
    document = read_document(GLOSSARY.read_text("utf-8"))
    return tuple(
        Term(one["en"], one["use"], tuple(one["never"])) for one in document.get(language, ())
    )


def lint_glossary(programme: Programme) -> Iterator[Finding]:
    """Yield texts that use another word than the glossary's."""
    for language in programme.languages:
        terms = [(term, _any_of(term.never)) for term in terms_of(language)]
        for where, text in texts_of(programme):
            says = ((where, text.say), (f"{where}.discreet", text.discreet))
            for place, said in says:
                yield from _of_text(said.get(language, ""), place, language, terms)


def _of_text(
    said: str, where: str, language: str, terms: list[tuple[Term, re.Pattern[str]]]
) -> Iterator[Finding]:
    for term, never in terms:
        found = never.search(said)
        if found:
            message = f"says {found.group()} for {term.meaning}: write {term.use}"
            yield warning("glossary", where, message, language)


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE)
