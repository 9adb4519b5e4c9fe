"""A second reader of danger: weighs what a text says and what the rules found in it.

Its weights are learned from examples, see `learning`; they are read from `library/lexicon/examples`
and each can be shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from services.health.danger.danger_lexicon import language_reader
from services.health.danger.examples import weights_file
from services.health.danger.rule_reading import RuleReading
from services.health.danger.sentences import sentences
from services.health.danger.text_features import (
    MEANINGS,
    PARTS,
    PHRASES,
    FeatureBlock,
    Meant,
    both_of,
    meanings_of,
    near_meanings,
    pairs_of,
    parts_of,
    phrases_of,
    words_of,
)

SCALE = 1000
"""Weights are whole numbers of this part."""


class Weights(NamedTuple):
    """Weights that were learned in one language.

    Attributes:
        made_from: digest of what they were learned from.
        danger: by feature, how much it speaks for danger.
        kinds: by feature, how much it speaks for each danger, once there is one.
    """

    made_from: str
    danger: Mapping[str, int]
    kinds: Mapping[str, Mapping[str, int]]


class Weighed(NamedTuple):
    """A feature, or the parts of a word together, and its share of the score of a text."""

    feature: str
    weight: float


class SecondReader:
    """Weighs a text in one language."""

    def __init__(self, language: str, weights: Weights) -> None:
        self._language = language
        self._danger, self._kinds = weights.danger, weights.kinds
        self._pairs: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for feature, weight in weights.danger.items():
            if both := both_of(feature):
                self._pairs[both[0]][both[1]] = weight
        self._firsts = self._pairs.keys()
        self._parts = lru_cache(4096)(self._weigh_parts)

    def score(self, text: str, told: RuleReading) -> float:
        """Return how much speaks for danger in a text; above 0: more than against it."""
        words = words_of(text)
        parts = [self._parts(word) for word in dict.fromkeys(words)]
        length = PARTS.length(sum([count for _, count in parts]))
        found = sum([weight for weight, _ in parts]) / length
        phrases = list(phrases_of(words))
        found += self._sum(phrases) / PHRASES.length(len(phrases))
        found += self._meanings(meant_in(text, self._language))
        return (found + self._sum(told.evidence())) / SCALE

    def _sum(self, features: Iterable[str]) -> int:
        weights = self._danger
        return sum([weights[one] for one in features if one in weights])

    def _meanings(self, meant: Sequence[Meant]) -> float:
        meanings = meanings_of(meant)
        pairs = {
            (meaning, other)
            for own, near in near_meanings(meant)
            for meaning in self._firsts & own
            for other in self._pairs[meaning].keys() & near
        }
        found = sum([self._pairs[meaning][other] for meaning, other in pairs])
        return (self._sum(meanings) + found) / MEANINGS.length(len(meanings))

    def speak_for_danger(self, words: Iterable[str]) -> bool:
        """Tell whether any of some words, alone or with its parts, speaks for danger."""
        known = ((self._danger.get(one, 0), self._parts(one)[0]) for one in words)
        return any(weight > 0 or weight + parts > 0 for weight, parts in known)

    def kind(self, text: str) -> str | None:
        """Return the danger that the words of a text speak for most; None: for none."""
        found: dict[str, int] = {}
        for one in kind_features(text, self._language):
            for code, weight in self._kinds.get(one, {}).items():
                found[code] = found.get(code, 0) + weight
        return max(sorted(found), key=found.__getitem__, default=None)

    def why(self, text: str, told: RuleReading) -> list[Weighed]:
        """Return what a text's score is the sum of, the weightiest first."""
        words = words_of(text)
        parts = {word: self._parts(word) for word in words}
        length = PARTS.length(sum(count for _, count in parts.values()))
        found = [Weighed(f"~{word}", weight / length) for word, (weight, _) in parts.items()]
        meant = meant_in(text, self._language)
        phrases, meanings = list(phrases_of(words)), meanings_of(meant)
        length = PHRASES.length(len(phrases))
        found += [Weighed(one, self._danger.get(one, 0) / length) for one in phrases]
        length = MEANINGS.length(len(meanings))
        every = (*meanings, *pairs_of(meant))
        found += [Weighed(one, self._danger.get(one, 0) / length) for one in every]
        found += [Weighed(one, self._danger.get(one, 0)) for one in told.evidence()]
        scaled = (Weighed(one, weight / SCALE) for one, weight in found if weight)
        return sorted(scaled, key=lambda one: -abs(one.weight))

    def _weigh_parts(self, word: str) -> tuple[int, int]:
        """Return the weight of the parts of a word, and how many they are."""
        parts = list(parts_of(word))
        return sum(self._danger.get(one, 0) for one in parts), len(parts)


def features_of(text: str, language: str) -> list[FeatureBlock]:
    """Return the features of a text by kind."""
    words = words_of(text)
    parts = chain.from_iterable(map(parts_of, dict.fromkeys(words)))
    meant = meant_in(text, language)
    return [
        FeatureBlock.of(list(parts), PARTS),
        FeatureBlock.of(list(phrases_of(words)), PHRASES),
        FeatureBlock.of(meanings_of(meant), MEANINGS, pairs_of(meant)),
    ]


def kind_features(text: str, language: str) -> list[str]:
    """Return the features that tell one danger from another: words, and what they mean."""
    meant = meant_in(text, language)
    return sorted({*words_of(text), *(f"={one.meaning}" for one in meant)})


def meant_in(text: str, language: str) -> Sequence[Meant]:
    """Return what the words of a text mean in a language."""
    reader = language_reader(language)
    if reader is not None:
        return reader.meant(text)
    return [one for each in sentences() for one in each.meant(text)]


@cache
def second_reader(language: str) -> SecondReader | None:
    """Return the second reader of a language; None: nothing was learned in it."""
    file = weights_file(language)
    return SecondReader(language, read_weights(file.read_text("utf-8"))) if file.is_file() else None


def read_weights(written: str) -> Weights:
    """Read the weights that `write_weights` wrote."""
    head, *lines = written.splitlines()
    danger: dict[str, int] = {}
    kinds: dict[str, Mapping[str, int]] = {}
    for line in lines:
        feature, weight, *each = line.split("\t")
        if weight:
            danger[feature] = int(weight)
        if each:
            pairs = (one.split("=") for one in each)
            kinds[feature] = {code: int(told) for code, told in pairs}
    return Weights(head.split("\t")[1], danger, kinds)


def write_weights(weights: Weights) -> str:
    """Write weights, one line a feature."""
    lines = [f"made from\t{weights.made_from}"]
    for feature in sorted(weights.danger.keys() | weights.kinds.keys()):
        kinds = [f"{code}={told}" for code, told in sorted(weights.kinds.get(feature, {}).items())]
        lines.append("\t".join([feature, _written(weights.danger.get(feature)), *kinds]))
    return "\n".join(lines) + "\n"


def _written(weight: int | None) -> str:
    return "" if weight is None else str(weight)
