"""Learning of the second reader: its weights from the examples of a language."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain
from typing import NamedTuple, TypeVar

from chain.canonical import canonical_bytes
from services.health.danger.danger_lexicon import lexicon_sources
from services.health.danger.examples import (
    DANGER,
    Example,
    examples_digest,
    examples_of,
    is_held_out,
)
from services.health.danger.fitting import Block, Point, fit
from services.health.danger.rule_reading import read_by_rules
from services.health.danger.second_reader import (
    SCALE,
    Weights,
    features_of,
    kind_features,
    write_weights,
)
from services.health.danger.text_features import FOUND, FeatureBlock, Kind

Named = TypeVar("Named", str, tuple[str, str])

_COST = 1.0
# Of dangers that are told apart, only whether a weight is more than another counts.
_ALIKE = Kind(1, 1)
_LEAST_TEXTS = 2
_MOST_WEIGHTS, _MOST_OF_KIND = 20_000, 6_000
_WAY = 1
"""Number of this way to learn: raised when the same examples give other weights."""


def made_from(language: str) -> str:
    """Return the digest of all that a language's weights are learned from."""
    whole = {
        "way": _WAY,
        "examples": examples_digest(language).hex(),
        "lexicon": lexicon_sources(),
    }
    return sha256(canonical_bytes(whole)).hexdigest()


def learn(language: str) -> str:
    """Return the weights of a language, as its file holds them; takes about a minute."""
    examples = examples_of(language)
    danger = weigh_danger([row_of(one, language) for one in examples])
    return write_weights(Weights(made_from(language), danger, weigh_kinds(examples, language)))


class Row(NamedTuple):
    """A text to learn from: its features by kind, and whether it is danger."""

    blocks: Sequence[FeatureBlock]
    is_danger: bool


def row_of(example: Example, language: str) -> Row:
    """Return what is learned from an example."""
    blocks = features_of(example.text, language)
    # Rules are weighed by texts that nobody looked at who wrote them.
    if is_held_out(example.text):
        evidence = read_by_rules(example.text).evidence()
        blocks.append(FeatureBlock(evidence, FOUND, FOUND))
    return Row(blocks, example.label == DANGER)


def weigh_danger(rows: Sequence[Row]) -> dict[str, int]:
    """Return by feature how much it speaks for danger."""
    numbers = _numbered(rows)
    weights = fit(list(_points(rows, numbers)), len(numbers))
    counts = {one: block.weight for row in rows for block in row.blocks for one in block.features}
    told = ((name, round(SCALE * counts[name] * weights[at])) for name, at in numbers.items())
    return largest(told, _MOST_WEIGHTS)


def _numbered(rows: Iterable[Row]) -> dict[str, int]:
    """Number the features that stand in several texts."""
    texts = Counter(
        chain.from_iterable({one for block in row.blocks for one in block.features} for row in rows)
    )
    known = sorted(one for one, count in texts.items() if count >= _LEAST_TEXTS)
    return {name: place for place, name in enumerate(known)}


def _points(rows: Sequence[Row], numbers: Mapping[str, int]) -> Iterator[Point]:
    sides = Counter(row.is_danger for row in rows)
    for row in rows:
        # Both sides count the same, whichever has more texts.
        cost = _COST * len(rows) / (2 * sides[row.is_danger])
        blocks = [
            Block([numbers[name] for name in one.features if name in numbers], one.value)
            for one in row.blocks
        ]
        yield Point(blocks, 1 if row.is_danger else -1, cost)


def weigh_kinds(examples: Iterable[Example], language: str) -> dict[str, dict[str, int]]:
    """Return by feature how much it speaks for each danger, once there is one."""
    told = [one for one in examples if one.label == DANGER]
    blocks = [[FeatureBlock.of(kind_features(one.text, language), _ALIKE)] for one in told]
    numbers = _numbered(Row(each, is_danger=True) for each in blocks)
    found: list[tuple[tuple[str, str], int]] = []
    for code in sorted({one.subject for one in told}):
        pairs = zip(told, blocks, strict=True)
        rows = [Row(each, one.subject == code) for one, each in pairs]
        weights = fit(list(_points(rows, numbers)), len(numbers))
        found += [((name, code), round(SCALE * weights[at])) for name, at in numbers.items()]
    kinds: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (name, code), weight in largest(found, _MOST_OF_KIND).items():
        kinds[name][code] = weight
    return kinds


def largest(weights: Iterable[tuple[Named, int]], most: int) -> dict[Named, int]:
    """Return the weightiest of some weights."""
    kept = sorted(weights, key=lambda one: (-abs(one[1]), one[0]))[:most]
    return {name: weight for name, weight in kept if weight}
