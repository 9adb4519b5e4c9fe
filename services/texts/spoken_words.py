"""Words of sickness, bodies and danger as people write them, of every language in one lexicon."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from gateway.lexicon import Lexicon


class SpokenWords(NamedTuple):
    """Forms by lemma, and words that are no misspelling of another."""

    lemmas: Mapping[str, str]
    common: tuple[str, ...]


@cache
def spoken_words() -> SpokenWords:
    """Return the words of `spoken_words.toml`, read once."""
    text = (files("services.texts") / "spoken_words.toml").read_text("utf-8")
    told = tomllib.loads(text)
    return SpokenWords(told["lemmas"], tuple(told["common"].split()))


@cache
def english_words() -> frozenset[str]:
    """Return common words of English, none of which is a misspelling of another."""
    text = (files("services.texts") / "english_words.txt").read_text("utf-8")
    return frozenset(word for word in text.split("\n") if not word.startswith("#"))


@cache
def lexicon() -> Lexicon:
    """Return the lexicon of these words, compiled once."""
    return Lexicon(*spoken_words())
