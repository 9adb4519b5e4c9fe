"""Concepts in free text: rules over the lemmas of its words, and denials; pure.

A concept is a set of rules over lemmas that stand near each other, and is denied where a word of
denial is near.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

NOT = "not"
"""Lemma of words of denial."""
OVER = "over"
"""Lemma of words after something that has passed, such as `healed`."""
OR = "or"
"""Lemma of words between alternatives: `o nogat` denies nothing."""
TURN = "but"
"""Lemma of words that a thought turns at."""

# Words between two lemmas of an ordered pair, and of a whole rule beyond its own.
_GAP, _ROOM = 2, 4
_DENIED_WITHIN, _OVER_WITHIN = 4, 3
# A text that repeats one word must not be compared with itself.
_MOST_PLACES = 8


class Token(NamedTuple):
    """A lemma, or a word that is none, with its sentence and its clause.

    `also`: further lemmas of the same words, in a lexicon whose meanings overlap.
    """

    word: str
    sentence: int
    clause: int
    also: frozenset[str] = frozenset()

    def means(self, lemmas: Collection[str]) -> bool:
        """Tell whether it is one of these lemmas."""
        return self.word in lemmas or not self.also.isdisjoint(lemmas)


class Span(NamedTuple):
    """The first and the last token of a concept's words, and all of them."""

    first: int
    last: int
    tokens: frozenset[int]


Step = frozenset[str]
Rule = tuple[tuple[Step, ...], ...]


def compile_rule(written: str) -> Rule:
    """Compile `chest|heart pain`: both near each other; `not>eat`: in this order."""
    return tuple(
        tuple(frozenset(step.split("|")) for step in term.split(">")) for term in written.split()
    )


@dataclass(frozen=True)
class Reading:
    """The lemmas of one text, whether it has a question mark, and its first word."""

    tokens: tuple[Token, ...]
    asks: bool
    opening: str

    def has(self, *lemmas: str) -> bool:
        """Tell whether any of these lemmas stands in the text."""
        return any(token.means(lemmas) for token in self.tokens)

    def find(self, rule: Rule) -> Iterator[Span]:
        """Yield where a rule fits, within one sentence."""
        terms = [list(islice(self._term(steps), _MOST_PLACES)) for steps in rule]
        if not all(terms):
            return
        room = sum(map(len, rule)) + _ROOM
        for chosen in product(*terms):
            span = _joined(chosen)
            same = self.tokens[span.first].sentence == self.tokens[span.last].sentence
            if same and span.last - span.first <= room:
                yield span

    def denies(self, span: Span, taken: frozenset[int]) -> bool:
        """Tell whether the text denies a concept; denials in `taken` belong to other concepts."""
        clause = self.tokens[span.first].clause
        within = range(span.first + 1, span.last)
        if any(self.tokens[place].word == NOT and place not in taken for place in within):
            return True
        for place in range(span.first - 1, max(span.first - 1 - _DENIED_WITHIN, -1), -1):
            word, _, its, _ = self.tokens[place]
            if its != clause:
                break
            if word == NOT and place not in taken:
                return True
        return self._is_over(span, taken)

    def _is_over(self, span: Span, taken: frozenset[int]) -> bool:
        after = range(span.last + 1, min(span.last + 1 + _OVER_WITHIN, len(self.tokens)))
        clause = self.tokens[span.last].clause
        for place in after:
            word, _, its, _ = self.tokens[place]
            if its != clause or word == OR:
                return False
            alone = place + 1 == len(self.tokens) or self.tokens[place + 1].clause != clause
            if word == OVER or (word == NOT and alone and place not in taken):
                return True
        return False

    def _term(self, steps: tuple[Step, ...]) -> Iterator[Span]:
        for place, token in enumerate(self.tokens):
            if token.means(steps[0]):
                found = self._following(place, steps[1:])
                if found is not None:
                    yield found

    def _following(self, place: int, steps: tuple[Step, ...]) -> Span | None:
        taken = [place]
        for step in steps:
            last = taken[-1]
            near = range(last + 1, min(last + 2 + _GAP, len(self.tokens)))
            found = next((one for one in near if self.tokens[one].means(step)), None)
            if found is None:
                return None
            taken.append(found)
        return Span(taken[0], taken[-1], frozenset(taken))


def _joined(chosen: Sequence[Span]) -> Span:
    tokens = frozenset().union(*(one.tokens for one in chosen))
    return Span(min(one.first for one in chosen), max(one.last for one in chosen), tokens)


class Vocabulary:
    """Concepts by code, each with its rules; the first in a text counts."""

    def __init__(self, concepts: Mapping[str, str]) -> None:
        self._rules = [
            (code, compile_rule(" ".join(rule.split())))
            for code, written in concepts.items()
            for rule in written.split(",")
            if rule.strip()
        ]
        self._by_lemma: defaultdict[str, list[int]] = defaultdict(list)
        for place, (_, rule) in enumerate(self._rules):
            for lemma in min((steps[0] for steps in rule), key=len):
                self._by_lemma[lemma].append(place)

    def _likely(self, reading: Reading) -> Iterator[tuple[str, Rule]]:
        """Yield the rules, in order, each of whose terms begins with a lemma of the text."""
        words = {lemma for token in reading.tokens for lemma in (token.word, *token.also)}
        places = {place for word in words for place in self._by_lemma.get(word, ())}
        for place in sorted(places):
            code, rule = self._rules[place]
            if all(not step.isdisjoint(words) for steps in rule for step in steps):
                yield code, rule

    def concepts_in(self, reading: Reading) -> dict[str, bool]:
        """Return the concepts of a text in the order of declaration, and whether each is denied."""
        spans = [
            (code, span) for code, rule in self._likely(reading) for span in reading.find(rule)
        ]
        taken = frozenset(
            place for _, span in spans for place in span.tokens if reading.tokens[place].word == NOT
        )
        found: dict[str, bool] = {}
        for code, span in spans:
            denied = reading.denies(span, taken)
            found[code] = found.get(code, True) and denied
        return found
