"""Concepts in free text: rules over the lemmas of its words, and denials; pure.

A concept is a set of rules over lemmas that stand near each other, and is denied where a word of
denial is near.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from typing import NamedTuple

NOT = "not"
"""Lemma of words of denial."""
OVER = "over"
"""Lemma of words after something that has passed, such as `healed`."""
OR = "or"
"""Lemma of words between alternatives: `o nogat` denies nothing."""
TURN = "but"
"""Lemma of words that a thought turns at."""
SUBJECT = frozenset({"subject"})
"""Lemma of words that begin a new statement: a denial does not reach over them."""

# Words between two lemmas of an ordered pair, or of a wide one, and of a whole rule beyond its own.
_GAP, _WIDE, _ROOM = 2, 5, 4
_DENIED_WITHIN, _OVER_WITHIN = 4, 3
# Nobody tells of a danger more often in one text.
_MOST_PLACES = 200


class Token(NamedTuple):
    """A lemma, or a word that is none, with its sentence and its clause.

    `also`: further lemmas of the same words, in a lexicon whose meanings overlap. `at`: the place
    of its first word in the text, by which readings of two lexicons are compared. `length`: how
    many words it is.
    """

    word: str
    sentence: int
    clause: int
    also: frozenset[str] = frozenset()
    at: int = 0
    length: int = 1

    def means(self, lemmas: Collection[str]) -> bool:
        """Tell whether it is one of these lemmas."""
        return self.word in lemmas or not self.also.isdisjoint(lemmas)


class Span(NamedTuple):
    """The first and the last token of a concept's words, and all of them."""

    first: int
    last: int
    tokens: frozenset[int]


class Found(NamedTuple):
    """A concept in a text, where it stands, and whether the text denies it there."""

    code: str
    span: Span
    denied: bool


Step = frozenset[str]
Rule = tuple[tuple[Step, ...], ...]
# What stands between the two signs of a wide pair.
_ANYTHING: Step = frozenset({""})


def compile_rule(written: str) -> Rule:
    """Compile `chest|heart pain`: both near each other; `not>eat`: in this order; `>>`: farther."""
    return tuple(
        tuple(frozenset(step.split("|")) for step in term.split(">")) for term in written.split()
    )


@dataclass(frozen=True)
class Reading:
    """The lemmas of one text, whether it has a question mark, and its first word."""

    tokens: tuple[Token, ...]
    asks: bool
    opening: str

    @cached_property
    def places(self) -> Mapping[str, Sequence[int]]:
        """Return the places of each lemma, in order."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, token in enumerate(self.tokens):
            for lemma in {token.word, *token.also}:
                places[lemma].append(place)
        return dict(places)

    def has(self, *lemmas: str) -> bool:
        """Tell whether any of these lemmas stands in the text."""
        return not self.places.keys().isdisjoint(lemmas)

    def find(self, rule: Rule) -> Iterator[Span]:
        """Yield where a rule fits, within one sentence: at each place of its rarest term."""
        terms: list[list[Span]] = []
        for steps in rule:
            found = list(islice(self._term(steps), _MOST_PLACES))
            if not found:
                return
            terms.append(found)
        room = sum(map(len, rule)) + _ROOM
        terms.sort(key=len)
        for anchor in terms[0]:
            chosen = [anchor, *(self._nearest(anchor, each) for each in terms[1:])]
            span = anchor if len(chosen) == 1 else _joined(chosen)
            same = self.tokens[span.first].sentence == self.tokens[span.last].sentence
            if same and span.last - span.first <= room and self._is_apart(span, chosen):
                yield span

    def _nearest(self, anchor: Span, spans: Sequence[Span]) -> Span:
        """Return the span that is nearest to another, if it can be one of other words."""
        place = bisect_right(spans, anchor.first, key=_first)
        near = spans[max(place - 2, 0) : place + 2]
        return min(near, key=lambda one: (self._shares(anchor, one), _distance(anchor, one)))

    def _shares(self, one: Span, other: Span) -> bool:
        return any(self.tokens[place].length == 1 for place in one.tokens & other.tokens)

    def _is_apart(self, span: Span, chosen: Sequence[Span]) -> bool:
        """Tell whether no word stands for two terms of a rule; a form of several words may."""
        if len(span.tokens) == sum(len(one.tokens) for one in chosen):
            return True
        return all(self.tokens[place].length > 1 for place in span.tokens)

    def denies(self, span: Span, taken: frozenset[int]) -> bool:
        """Tell whether the text denies a concept; denials in `taken` belong to other concepts."""
        clause = self.tokens[span.first].clause
        within = range(span.first + 1, span.last)
        if any(self.tokens[place].word == NOT and place not in taken for place in within):
            return True
        opening = self.tokens[span.first]
        reach = 0 if opening.length > 1 and opening.means(SUBJECT) else _DENIED_WITHIN
        for place in range(span.first - 1, max(span.first - 1 - reach, -1), -1):
            token = self.tokens[place]
            if token.clause != clause or token.means(SUBJECT):
                break
            if token.word == NOT and place not in taken:
                return True
        return self._is_over(span, taken)

    def _is_over(self, span: Span, taken: frozenset[int]) -> bool:
        after = range(span.last + 1, min(span.last + 1 + _OVER_WITHIN, len(self.tokens)))
        clause = self.tokens[span.last].clause
        for place in after:
            word, _, its, *_ = self.tokens[place]
            if its != clause or word == OR:
                return False
            alone = place + 1 == len(self.tokens) or self.tokens[place + 1].clause != clause
            if word == OVER or (word == NOT and alone and place not in taken):
                return True
        return False

    def _term(self, steps: tuple[Step, ...]) -> Iterator[Span]:
        later = steps[1:]
        for place in self._standing(steps[0]):
            found = self._following(place, later) if later else Span(place, place, _alone(place))
            if found is not None:
                yield found

    def _standing(self, step: Step) -> Sequence[int]:
        """Return where any lemma of a step stands, in order."""
        standing = self._steps.get(step)
        if standing is None:
            found = [self.places[one] for one in step if one in self.places]
            standing = found[0] if len(found) == 1 else sorted(set().union(*found))
            self._steps[step] = standing
        return standing

    @cached_property
    def _steps(self) -> dict[Step, Sequence[int]]:
        return {}

    def _following(self, place: int, steps: tuple[Step, ...]) -> Span | None:
        taken, gap = [place], _GAP
        for step in steps:
            if step == _ANYTHING:
                gap = _WIDE
                continue
            last = taken[-1]
            standing = self._standing(step)
            nearest = bisect_right(standing, last)
            if nearest == len(standing) or standing[nearest] > last + 1 + gap:
                return None
            if self._ends_between(last, standing[nearest]):
                return None
            taken.append(standing[nearest])
            gap = _GAP
        return Span(taken[0], taken[-1], frozenset(taken))

    def _ends_between(self, place: int, later: int) -> bool:
        """Tell whether a denial would reach over the end of its clause."""
        denial, denied = self.tokens[place], self.tokens[later]
        return denial.word == NOT and denial.clause != denied.clause


@cache
def _alone(place: int) -> frozenset[int]:
    return frozenset({place})


def _steps(rule: Rule) -> list[Step]:
    return [step for steps in rule for step in steps if step != _ANYTHING]


def _first(span: Span) -> int:
    return span.first


def _distance(one: Span, other: Span) -> int:
    return max(one.last, other.last) - min(one.first, other.first)


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
        used = Counter(lemma for _, rule in self._rules for step in _steps(rule) for lemma in step)
        self._by_lemma: defaultdict[str, list[int]] = defaultdict(list)
        for place, (_, rule) in enumerate(self._rules):
            # A rule is looked at where a text has what the fewest rules ask for.
            rarest = min(_steps(rule), key=lambda step: sum(used[lemma] for lemma in step))
            for lemma in rarest:
                self._by_lemma[lemma].append(place)

    def _likely(self, reading: Reading) -> Iterator[tuple[str, Rule]]:
        """Yield the rules, in order, each of whose terms begins with a lemma of the text."""
        words = reading.places.keys() | _ANYTHING
        places = {place for word in words for place in self._by_lemma.get(word, ())}
        for place in sorted(places):
            code, rule = self._rules[place]
            if all(not step.isdisjoint(words) for steps in rule for step in steps):
                yield code, rule

    def found_in(self, reading: Reading) -> list[Found]:
        """Return every place where a concept stands, in the order of declaration."""
        spans = [
            (code, span) for code, rule in self._likely(reading) for span in reading.find(rule)
        ]
        taken = frozenset(
            place for _, span in spans for place in span.tokens if reading.tokens[place].word == NOT
        )
        return [Found(code, span, reading.denies(span, taken)) for code, span in spans]

    def concepts_in(self, reading: Reading) -> dict[str, bool]:
        """Return the concepts of a text in the order of declaration, and whether each is denied."""
        found: dict[str, bool] = {}
        for code, _, denied in self.found_in(reading):
            found[code] = found.get(code, True) and denied
        return found
