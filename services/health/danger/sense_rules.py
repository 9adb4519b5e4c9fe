"""Rules over the meanings of a text, and what denies them; pure.

`chest hurt`: both near each other in one sentence; `not>eat`: in this order; `leg|arm`: either;
`!pig`: not in the same sentence.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise, product
from typing import NamedTuple

from services.health.danger.senses import OF, PAST, Sense, WordRange

# Words that tell something, between two steps and within a whole rule.
_GAP, _ROOM = 3, 5
_DENIED_WITHIN, _OVER_WITHIN = 3, 6
_MOST_PLACES = 6
NOT, OVER = "not", "over"

Steps = tuple[frozenset[str], ...]


class MeaningRule(NamedTuple):
    """A rule of a danger: its terms, the meanings that each must have, and those that forbid it."""

    code: str
    terms: tuple[Steps, ...]
    unless: frozenset[str]
    needs: tuple[int, ...]


class Span(NamedTuple):
    """Words that a rule fits: the first and the last, and the places of its meanings."""

    first: int
    last: int
    places: tuple[WordRange, ...]


class DangerSpan(NamedTuple):
    """A danger that a text names, where, and whether a word beside makes it harmless."""

    code: str
    span: Span
    harmless: bool = False


class MeaningRules:
    """The rules of every danger, found by the meanings of a text."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        # A bit for each meaning: whether a rule may fit a text is then told by a few numbers.
        self._bits: defaultdict[str, int] = defaultdict(lambda: 1 << len(self._bits))
        self._rules = tuple(
            self._compiled(code, written)
            for code, every in rules.items()
            for written in every.split(",")
            if written.strip()
        )
        self._by_meaning: defaultdict[str, list[int]] = defaultdict(list)
        for place, rule in enumerate(self._rules):
            for meaning in min((step for steps in rule.terms for step in steps), key=len):
                self._by_meaning[meaning].append(place)

    def meanings(self) -> frozenset[str]:
        """Return every meaning that a rule names."""
        steps = [step for rule in self._rules for steps in rule.terms for step in steps]
        return frozenset().union(*steps, *(rule.unless for rule in self._rules))

    def find(self, sense: Sense) -> list[DangerSpan]:
        """Return the dangers that a text names, denied or not."""
        has = sum(self._bits.get(one, 0) for one in sense.places)
        search = _Search(sense)
        likely = {place for one in sense.places for place in self._by_meaning.get(one, ())}
        return [
            DangerSpan(rule.code, span, _has_near(sense, rule.unless, span))
            for rule in map(self._rules.__getitem__, sorted(likely))
            if all(need & has for need in rule.needs)
            for span in search.spans(rule)
        ]

    def _compiled(self, code: str, written: str) -> MeaningRule:
        parts = written.split()
        terms = tuple(
            tuple(frozenset(step.split("|")) for step in part.split(">"))
            for part in parts
            if part[0] != "!"
        )
        forbidden = (part[1:].split("|") for part in parts if part[0] == "!")
        unless = frozenset(one for some in forbidden for one in some)
        needs = tuple(sum(map(self._bits.__getitem__, step)) for steps in terms for step in steps)
        return MeaningRule(code, terms, unless, needs)


class _Search:
    """The search for rules in one text, which looks for what several rules share once."""

    def __init__(self, sense: Sense) -> None:
        self._sense = sense
        self._terms: dict[Steps, list[tuple[WordRange, ...]]] = {}
        self._steps: dict[frozenset[str], list[WordRange]] = {}

    def spans(self, rule: MeaningRule) -> Iterator[Span]:
        """Yield where a rule fits, within one sentence."""
        sense = self._sense
        terms = [self._term(steps) for steps in rule.terms]
        if not all(terms):
            return
        room = sum(map(len, rule.terms)) + _ROOM
        for chosen in product(*terms):
            places = sum(chosen, ())
            first, last = min(places).first, max(one.last for one in places)
            if sense.told[last] - sense.told[first] > room or _share_words(places):
                continue
            same = sense.sentences[first] == sense.sentences[last]
            if same:
                yield Span(first, last, places)

    def _term(self, steps: Steps) -> list[tuple[WordRange, ...]]:
        found = self._terms.get(steps)
        if found is None:
            found = self._terms[steps] = list(islice(self._chains(steps), _MOST_PLACES))
        return found

    def _chains(self, steps: Steps) -> Iterator[tuple[WordRange, ...]]:
        words = self._sense.words
        for place in self._all(steps[0]):
            owns = place.first > 0 and words[place.first - 1] == OF
            if owns and len(steps) > 1:
                continue
            found = self._following(place, steps[1:])
            if found is not None:
                yield found

    def _following(self, place: WordRange, steps: Steps) -> tuple[WordRange, ...] | None:
        told = self._sense.told
        taken = [place]
        for step in steps:
            last = taken[-1].last
            near = told[last] + _GAP + 1
            found = next(
                (one for one in self._all(step) if last < one.first and told[one.first] <= near),
                None,
            )
            if found is None:
                return None
            taken.append(found)
        return tuple(taken)

    def _all(self, step: frozenset[str]) -> list[WordRange]:
        found = self._steps.get(step)
        if found is None:
            places = self._sense.places
            found = sorted({place for one in step for place in places.get(one, ())})
            self._steps[step] = found
        return found


def _share_words(places: Sequence[WordRange]) -> bool:
    """Tell whether two meanings of a rule are in the same words."""
    if len(places) == 1:
        return False
    ordered = sorted(places)
    return any(one.last >= after.first for one, after in pairwise(ordered))


def _has_near(sense: Sense, meanings: Iterable[str], span: Span) -> bool:
    sentence = sense.sentences[span.first]
    own = _words_of(span) if meanings else frozenset()
    return any(
        sense.sentences[one.first] == sentence
        and not own.issuperset(range(one.first, one.last + 1))
        and not _is_undone(one, sense, own)
        for meaning in meanings
        for one in sense.places.get(meaning, ())
    )


def _is_undone(place: WordRange, sense: Sense, own: frozenset[int] = frozenset()) -> bool:
    """Tell whether a denial stands right before: `no orait`, `nogat liklik`.

    One that is of the danger itself, in `own`, denies nothing else.
    """
    return any(
        one.last not in own
        and sense.clauses[one.last] == sense.clauses[place.first]
        and one.last < place.first
        and sense.told[place.first] - sense.told[one.last] == 1
        for one in sense.places.get(NOT, ())
    )


def denied(found: Sequence[DangerSpan], sense: Sense, stays: frozenset[str]) -> list[bool]:
    """Tell of each danger whether the text denies it, or says that it has passed."""
    taken = frozenset(
        word
        for one in found
        if not one.harmless
        for place in one.span.places
        for word in range(place.first, place.last + 1)
    )
    nots = [one.first for one in sense.places.get(NOT, ())]
    return [
        one.harmless
        or _is_denied(one.span, sense, nots, taken)
        or _is_past(one.span, sense)
        or (one.code not in stays and _is_over(one.span, sense))
        for one in found
    ]


def _is_denied(span: Span, sense: Sense, nots: Iterable[int], taken: frozenset[int]) -> bool:
    own = _words_of(span)
    return any(
        _denies(place, span, sense)
        for place in nots
        if place not in own and (place not in taken or _is_just_before(place, own, sense))
    )


def _is_just_before(place: int, own: frozenset[int], sense: Sense) -> bool:
    """Tell whether a denial that is part of another danger stands right before a word of this."""
    after = min((one for one in own if one > place), default=None)
    return after is not None and sense.told[after] - sense.told[place] == 1


def _denies(place: int, span: Span, sense: Sense) -> bool:
    if span.first < place < span.last:
        after = min(one for one in _words_of(span) if one > place)
        return sense.clauses[place] == sense.clauses[after]
    if place < span.first:
        same = sense.clauses[place] == sense.clauses[span.first]
        return same and sense.told[span.first] - sense.told[place] <= _DENIED_WITHIN
    if any(one.first in _words_of(span) for one in sense.places[NOT]):
        # `no sut, nogat nidel`: what is lacking is not denied by another lack after it.
        return False
    ends = place + 1 == len(sense.words) or sense.clauses[place + 1] != sense.clauses[place]
    near = sense.told[place] - sense.told[span.last] <= _OVER_WITHIN
    return ends and near and sense.sentences[place] - sense.sentences[span.last] <= 1


def _is_over(span: Span, sense: Sense) -> bool:
    for one in sense.places.get(OVER, ()):
        near = sense.told[one.first] - sense.told[span.last] <= _OVER_WITHIN
        own = one.last in _words_of(span)
        if one.first >= span.first and near and not own and not _is_undone(one, sense):
            return True
    return False


def _is_past(span: Span, sense: Sense) -> bool:
    return any(
        sense.clauses[one.first] == sense.clauses[span.first] for one in sense.places.get(PAST, ())
    )


def _words_of(span: Span) -> frozenset[int]:
    return frozenset(word for place in span.places for word in range(place.first, place.last + 1))
