"""Concepts in free text: words in all their spellings, rules over them, and denials; pure.

A lexicon maps words of every language, and their usual misspellings, to one lemma. A concept is a
set of rules over lemmas that stand near each other, and is denied where a word of denial is near.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.phrases import clean

NOISE = "~"
"""Lemma of words that tell nothing, such as articles."""
NOT = "not"
"""Lemma of words of denial."""
OVER = "over"
"""Lemma of words after something that has passed, such as `healed`."""
OR = "or"
"""Lemma of words between alternatives: `o nogat` denies nothing."""
TURN = "but"
"""Lemma of words that a thought turns at."""

_MOST_TOKENS = 120
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|[.,;:!?\n]")
_PELA = re.compile(r"([0-9]+)\s*(?:pela|pla)(?![^\W_])")
# A slip of the thumb, and none of the pairs of English.
_DOUBLED = re.compile(r"([aiu])\1|([bdgkmnpr])\2$")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_SENTENCE_ENDS = frozenset(".;!?\n")
_LONGEST_FORM = 5
# A slip in a short word makes another word of it.
_ONE_SLIP, _TWO_SLIPS = 5, 9
# Words between two lemmas of an ordered pair, and of a whole rule beyond its own.
_GAP, _ROOM = 2, 4
_DENIED_WITHIN, _OVER_WITHIN = 4, 3
# A text that repeats one word must not be compared with itself.
_MOST_PLACES = 8


class Token(NamedTuple):
    """A lemma, or a word that is none, with its sentence and its clause."""

    word: str
    sentence: int
    clause: int


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
        return any(token.word in lemmas for token in self.tokens)

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
            word, _, its = self.tokens[place]
            if its != clause:
                break
            if word == NOT and place not in taken:
                return True
        return self._is_over(span, taken)

    def _is_over(self, span: Span, taken: frozenset[int]) -> bool:
        after = range(span.last + 1, min(span.last + 1 + _OVER_WITHIN, len(self.tokens)))
        clause = self.tokens[span.last].clause
        for place in after:
            word, _, its = self.tokens[place]
            if its != clause or word == OR:
                return False
            alone = place + 1 == len(self.tokens) or self.tokens[place + 1].clause != clause
            if word == OVER or (word == NOT and alone and place not in taken):
                return True
        return False

    def _term(self, steps: tuple[Step, ...]) -> Iterator[Span]:
        for place, token in enumerate(self.tokens):
            if token.word in steps[0]:
                found = self._following(place, steps[1:])
                if found is not None:
                    yield found

    def _following(self, place: int, steps: tuple[Step, ...]) -> Span | None:
        taken = [place]
        for step in steps:
            last = taken[-1]
            near = range(last + 1, min(last + 2 + _GAP, len(self.tokens)))
            found = next((one for one in near if self.tokens[one].word in step), None)
            if found is None:
                return None
            taken.append(found)
        return Span(taken[0], taken[-1], frozenset(taken))


def _joined(chosen: Sequence[Span]) -> Span:
    tokens = frozenset().union(*(one.tokens for one in chosen))
    return Span(min(one.first for one in chosen), max(one.last for one in chosen), tokens)


class Lexicon:
    """Words by lemma, in every language and spelling.

    Args:
        forms: by lemma, forms of one to four words each, with commas between.
        common: words that are no misspelling of another.
    """

    def __init__(self, forms: Mapping[str, str], common: Iterable[str] = ()) -> None:
        pairs = [
            (tuple(form.split()), lemma)
            for lemma, written in forms.items()
            for form in written.split(",")
            if form.strip()
        ]
        self._noise = {words[0] for words, lemma in pairs if lemma == NOISE}
        self._lemmas: dict[tuple[str, ...], str] = {}
        self._levelled: dict[tuple[str, ...], str] = {}
        for words, lemma in pairs:
            self._lemmas.setdefault(words, lemma)
            kept = tuple(word for word in words if word not in self._noise)
            # A form that noise is most of would fit anything.
            if len(kept) > 1 and len(words) - len(kept) < len(kept):
                self._levelled.setdefault(kept, lemma)
        known = {word for words, _ in pairs for word in words} | set(common)
        self._known = frozenset(known)
        by_letter: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(known - set(common)):
            if len(word) >= _ONE_SLIP:
                by_letter[word[0]].append(word)
        self._near = dict(by_letter)
        self._corrected = lru_cache(4096)(self._correct)

    def read(self, text: str) -> Reading:
        """Read a text as lemmas; never raises."""
        levelled = _PELA.sub(r"\1 ", clean(text).casefold().replace("'", ""))
        written = _TOKEN.findall(_STRETCHED.sub(r"\1\1", levelled))[:_MOST_TOKENS]
        words: list[str] = []
        where: list[tuple[int, int]] = []
        ends: list[str] = []
        for one in written:
            if one in _SENTENCE_ENDS or one in {",", ":"}:
                ends.append(one)
                continue
            words.append(self._corrected(one))
            where.append((sum(end in _SENTENCE_ENDS for end in ends), len(ends)))
        return Reading(
            tuple(self._lemmatised(words, where)), "?" in ends, words[0] if words else ""
        )

    def _lemmatised(
        self, words: Sequence[str], where: Sequence[tuple[int, int]]
    ) -> Iterator[Token]:
        place = turns = 0
        while place < len(words):
            lemma, length = self._at(words, place)
            turns += lemma == TURN
            if lemma != NOISE:
                # A denial does not reach over a comma, nor over a turn of thought.
                yield Token(lemma, where[place][0], where[place][1] + _MOST_TOKENS * turns)
            place += length

    def _at(self, words: Sequence[str], place: int) -> tuple[str, int]:
        """Return the lemma of the longest form that begins at a place, and its length."""
        for length in range(min(_LONGEST_FORM, len(words) - place), 1, -1):
            lemma = self._lemmas.get(tuple(words[place : place + length]))
            if lemma is not None:
                return lemma, length
        if words[place] in self._noise:
            return NOISE, 1
        return self._without_noise(words, place) or (
            self._lemmas.get((words[place],), words[place]),
            1,
        )

    def _without_noise(self, words: Sequence[str], place: int) -> tuple[str, int] | None:
        end = min(place + 2 * _LONGEST_FORM, len(words))
        telling = [one for one in range(place, end) if words[one] not in self._noise]
        for length in range(min(_LONGEST_FORM, len(telling)), 1, -1):
            chosen = telling[:length]
            lemma = self._levelled.get(tuple(words[one] for one in chosen))
            if lemma is not None:
                return lemma, chosen[-1] - place + 1
        return None

    def _correct(self, word: str) -> str:
        """Return the known word that a misspelt one is meant for, or itself."""
        if word in self._known or word.isdigit():
            return word
        once = _DOUBLED.sub(r"\1\2", word)
        if once in self._known:
            return once
        if len(word) < _ONE_SLIP:
            return word
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        near = process.extractOne(
            word, self._near.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips
        )
        return near[0] if near else word


class Vocabulary:
    """Concepts by code, each with its rules, over a lexicon; the first in a text counts."""

    def __init__(self, lexicon: Lexicon, concepts: Mapping[str, str]) -> None:
        self.lexicon = lexicon
        self._rules = [
            (code, compile_rule(" ".join(rule.split())))
            for code, written in concepts.items()
            for rule in written.split(",")
            if rule.strip()
        ]

    def concepts_in(self, reading: Reading) -> dict[str, bool]:
        """Return the concepts of a text in the order of declaration, and whether each is denied."""
        spans = [(code, span) for code, rule in self._rules for span in reading.find(rule)]
        taken = frozenset(
            place for _, span in spans for place in span.tokens if reading.tokens[place].word == NOT
        )
        found: dict[str, bool] = {}
        for code, span in spans:
            denied = reading.denies(span, taken)
            found[code] = found.get(code, True) and denied
        return found
