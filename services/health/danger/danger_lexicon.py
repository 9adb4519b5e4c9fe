"""The danger lexicon: rules, and words by language, as versioned data of `library/lexicon`.

A version of a programme is approved together with the lexicon that it was tried with: see
`LexiconVersion`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import yaml

from chain.canonical import canonical_bytes
from gateway.concepts import Vocabulary
from gateway.lexicon import IDIOM, Lexicon
from services.health.danger.examples import examples_digest, weights_file
from services.health.danger.language_reader import LanguageReader
from services.texts.catalogue import LANGUAGES, template
from services.texts.spoken_words import english_words, spoken_words

_RULES = "dangers"
# A text is in a language that more than this share of its telling words are of.
_MOST = 0.5
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LexiconVersion(NamedTuple):
    """Version of the lexicon in one language: of its rules, and a digest.

    The digest covers the rules, the words of the language, the words that all services share, and
    the replies.
    """

    version: int
    digest: bytes


class Least(NamedTuple):
    """Scores above which a danger is told, and above which its writer is asked."""

    tells: float
    asks: float


class Limits(NamedTuple):
    """Limits of a second reader: where the rules found a danger, and where it is alone."""

    found: Least
    alone: Least


@dataclass(frozen=True, slots=True)
class Danger:
    """A danger: how urgent it is, and the flags by which a programme gives its own reply.

    Attributes:
        rules: over meanings of words: see `gateway.concepts`.
        own: rules that count only where a text speaks of its writer or of people.
        alone: meanings that are danger where a text says nothing else.
    """

    code: str
    urgency: str
    flags: tuple[str, ...]
    rules: str
    own: str
    alone: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """The codes by which a programme's flag may call it, the best first."""
        return tuple(dict.fromkeys((self.code, *self.flags)))


@cache
def dangers() -> Mapping[str, Danger]:
    """Return every danger by code; of several in a text the first counts."""
    return {code: _danger(code, told) for code, told in _read(_RULES)["dangers"].items()}


@cache
def vocabulary(*, own: bool) -> Vocabulary:
    """Return the rules of every danger, compiled once; `own`: those of `Danger.own`."""
    told = ((one.code, one.own if own else one.rules) for one in dangers().values())
    return Vocabulary(dict(told))


@cache
def danger_words() -> tuple[Lexicon, ...]:
    """Return the words of every language, over those that all services share: two readers.

    The longest form wins, so that the words of danger may hide shared words in them: one reader
    knows no more of them than sayings.
    """
    shared = spoken_words()
    lemmas = _without(shared.lemmas, _everyday())
    words: dict[str, str] = {}
    common = [*shared.common]
    for language in lexicon_languages():
        if reader := language_reader(language):
            common += reader.words()
            continue
        for meaning, forms in _read(language)["words"].items():
            words[meaning] = f"{words[meaning]}, {forms}" if meaning in words else forms
    words[IDIOM] = sayings()
    sayings_alone = {IDIOM: f"{words[IDIOM]}, {lemmas[IDIOM]}"}
    english = english_words()
    plain = Lexicon({**lemmas, **sayings_alone}, shared.common, plain=english)
    return plain, Lexicon(lemmas, common, words, english)


def _everyday() -> frozenset[str]:
    """Return the shared words that tell no danger in everyday speech of a language."""
    told = (_read(language).get("everyday", "") for language in lexicon_languages())
    return frozenset(one.strip() for each in told for one in each.split(","))


def _without(lemmas: Mapping[str, str], forms: frozenset[str]) -> dict[str, str]:
    return {
        lemma: ",".join(one for one in written.split(",") if one.strip() not in forms)
        for lemma, written in lemmas.items()
    }


@cache
def language_reader(language: str) -> LanguageReader | None:
    """Return the reader of a language whose lexicon has rules of its own."""
    told = _read(language)
    return LanguageReader(told, spoken_words().common) if "rules" in told else None


@cache
def own_readers() -> tuple[LanguageReader, ...]:
    """Return the readers of every such language."""
    found = map(language_reader, lexicon_languages())
    return tuple(one for one in found if one is not None)


def main_language(text: str) -> str:
    """Return the language that a text is mostly in: one with a reader of its own, or the other."""
    others = []
    for language in lexicon_languages():
        reader = language_reader(language)
        if reader is None:
            others.append(language)
        elif reader.share(text) > _MOST:
            return language
    return others[0]


@cache
def limits_of(language: str) -> Limits:
    """Return the limits of the second reader of a language."""
    told = _read(_RULES)["second_reader"][language]
    return Limits(Least(**told["found"]), Least(**told["alone"]))


@cache
def sayings() -> str:
    """Return the sayings of every language, whose words do not mean what they mean alone."""
    others = [one for one in lexicon_languages() if language_reader(one) is None]
    told = [_read(language)["words"].get(IDIOM, "") for language in others]
    told += [one["families"][IDIOM] for one in map(sentences_of, lexicon_languages()) if one]
    return ", ".join(filter(None, told))


def normal_words(text: str) -> str:
    """Return the words of a text as they are usually spelt, without those that tell nothing.

    A space stands around each, so that a phrase in it can be looked for.
    """
    spellings, passing = _spellings()
    mostly = (one for one in own_readers() if one.share(text) > _MOST)
    reader = next(mostly, None)
    spelt = reader.usual(text) if reader else danger_words()[-1].spelt(text)
    usual = [word for one in spelt for word in spellings.get(one, one).split()]
    telling = [word for word in usual if word not in passing]
    return f" {' '.join(telling if len(telling) > 1 else usual)} "


@cache
def _spellings() -> tuple[Mapping[str, str], frozenset[str]]:
    spellings: dict[str, str] = {}
    passing: set[str] = set()
    for language in lexicon_languages():
        told = _read(language)
        for usual, written in told["spellings"].items():
            spellings |= dict.fromkeys((one.strip() for one in written.split(",")), usual)
        passing |= {one.strip() for one in told["passing"].split(",")}
    return spellings, frozenset(passing)


@cache
def lexicon_languages() -> tuple[str, ...]:
    """Return the languages that danger is listened for in."""
    files = (one.name for one in _folder().iterdir() if one.name.endswith(".yaml"))
    names = sorted(one.removesuffix(".yaml") for one in files)
    return tuple(one for one in names if one != _RULES and one[0] != "_" and "." not in one)


@cache
def sentences_of(language: str) -> Mapping[str, Any] | None:
    """Return the families, sentences and frames of a language; None: it has none."""
    name = f"{language}.sentences"
    return _read(name) if (_folder() / f"{name}.yaml").is_file() else None


@cache
def lexicon_version(language: str) -> LexiconVersion | None:
    """Return the version and digest of a language's lexicon; None: it has none."""
    if language not in lexicon_languages() or language not in LANGUAGES:
        return None
    rules, words = _read(_RULES), _read(language)
    replies = {code: template(f"danger.{code}", language) for code in dangers()}
    shared = spoken_words()
    whole = {
        "rules": rules,
        "words": words,
        "sentences": sentences_of(language),
        "shared": {"lemmas": dict(shared.lemmas), "common": " ".join(shared.common)},
        "plain": sha256(" ".join(sorted(english_words())).encode()).hexdigest(),
        "replies": replies,
        "examples": examples_digest(language).hex(),
        "weights": sha256(weights_file(language).read_bytes()).hexdigest(),
    }
    return LexiconVersion(rules["version"], sha256(canonical_bytes(whole)).digest())


@cache
def lexicon_sources() -> Mapping[str, Any]:
    """Return all that texts are read by: the rules and the words of every language."""
    files = sorted(one.name for one in _folder().iterdir() if one.name.endswith(".yaml"))
    shared = spoken_words()
    return {
        "files": {one: _read(one.removesuffix(".yaml")) for one in files},
        "shared": {"lemmas": dict(shared.lemmas), "common": " ".join(shared.common)},
        "plain": sha256(" ".join(sorted(english_words())).encode()).hexdigest(),
    }


def _danger(code: str, told: Mapping[str, Any]) -> Danger:
    return Danger(
        code,
        told["urgency"],
        tuple(told.get("flags", ())),
        " ".join(told["rules"].split()),
        told.get("own", ""),
        frozenset(told.get("alone", ())),
    )


@cache
def _read(name: str) -> dict[str, Any]:
    text = (_folder() / f"{name}.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 — a safe loader
    return read


def _folder() -> Traversable:
    return files("services.health") / "library" / "lexicon"
