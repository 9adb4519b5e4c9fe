"""Words of every language and their usual misspellings, mapped to one lemma each; pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.concepts import NOT, OR, OVER, TURN, Reading, Token
from gateway.phrases import clean

NOISE = "~"
"""Lemma of words that tell nothing, such as articles."""
IDIOM = "idiom"
"""Lemma of sayings: their words do not mean what they mean alone."""

_MOST_TOKENS = 120
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|[.,;:!?\n]")
_PELA = re.compile(r"([0-9]+)\s*(?:pela|pla)(?![^\W_])")
# A slip of the thumb, and none of the pairs of English.
_DOUBLED = re.compile(r"([aiu])\1|([bdgkmnpr])\2$")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_SENTENCE_ENDS = frozenset(".;!?\n")
# A slip in a short word makes another word of it.
_ONE_SLIP, _TWO_SLIPS = 5, 9
_SHORT_SLIP = 4
# A form of several words does not keep these meanings of the words in it.
_NOT_KEPT = frozenset({NOISE, NOT, OR, OVER, TURN})
# At the end of a short form these are no noise.
_STRESS = frozenset({"yet", "tasol", "tsol", "as", "go", "stap", "with", "wantaim", "to", "some"})
_SHORTEST_LEVELLED = 3
_WHOLE = frozenset({IDIOM, OVER})


_NOTHING: Mapping[str, str] = {}
_NONE: frozenset[str] = frozenset()


class Lexicon:
    """Words by lemma, in every language and spelling.

    Args:
        forms: by lemma, forms of one to four words each, with commas between.
        common: words that are no misspelling of another.
        also: further forms by lemma, as `forms`: a form may be of several lemmas, and the words of
            a longer one keep their own.
    """

    def __init__(
        self,
        forms: Mapping[str, str],
        common: Iterable[str] = (),
        also: Mapping[str, str] = _NOTHING,
    ) -> None:
        further = _pairs(also)
        pairs = [*_pairs(forms), *further]
        self._also: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._noise = {words[0] for words, lemma in pairs if lemma == NOISE and len(words) == 1}
        self._lemmas: dict[tuple[str, ...], str] = {}
        self._levelled: dict[tuple[str, ...], str] = {}
        # Most words begin no form of several: how long the longest is that begins with one.
        self._longest: dict[str, int] = {}
        self._longest_levelled: dict[str, int] = {}
        for words, lemma in pairs:
            _keep(self._lemmas, self._longest, words, lemma)
            kept = tuple(word for word in words if word not in self._noise)
            if _may_be_levelled(words, kept):
                _keep(self._levelled, self._longest_levelled, kept, lemma)
        for words, lemma in further:
            self._also[words].add(lemma)
            kept = tuple(word for word in words if word not in self._noise)
            if _may_be_levelled(words, kept):
                self._also[kept].add(lemma)
        spelt = {word for words, _ in pairs for word in words}
        self._known = frozenset(spelt | set(common))
        self._near = _by_first_letter(word for word in spelt if len(word) >= _ONE_SLIP)
        self._short = _by_first_letter(
            word for word in self._known if _SHORT_SLIP <= len(word) <= _ONE_SLIP
        )
        self._corrected = lru_cache(4096)(self._correct)
        self._read_once = lru_cache(64)(self._read)

    def read(self, text: str) -> Reading:
        """Read a text as lemmas; never raises. Several readers of one message read it once."""
        return self._read_once(text)

    def spelt(self, text: str) -> list[str]:
        """Return the words of a text with their slips mended."""
        return [self._corrected(one) for one in _written(text) if one[0].isalnum()]

    def _read(self, text: str) -> Reading:
        written = _written(text)
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
                clause = where[place][1] + _MOST_TOKENS * turns
                also = self._meanings(words[place : place + length])
                yield Token(lemma, where[place][0], clause, also)
            place += length

    def _meanings(self, words: Sequence[str]) -> frozenset[str]:
        """Return the further lemmas of a form, and those of its words."""
        if not self._also:
            return _NONE
        form = tuple(words)
        levelled = tuple(word for word in form if word not in self._noise)
        found = frozenset(self._also.get(form) or self._also.get(levelled) or _NONE)
        if len(form) == 1 or not found or not found.isdisjoint(_WHOLE):
            return found
        own = {self._lemmas.get((word,), NOISE) for word in form} - _NOT_KEPT
        return found.union(own, *(self._also.get((word,), _NONE) for word in form))

    def _at(self, words: Sequence[str], place: int) -> tuple[str, int]:
        """Return the lemma of the longest form that begins at a place, and its length."""
        word = words[place]
        longest = self._longest.get(word, 1)
        for length in range(min(longest, len(words) - place), 1, -1):
            lemma = self._lemmas.get(tuple(words[place : place + length]))
            if lemma is not None:
                return lemma, length
        if word in self._noise:
            return NOISE, 1
        return self._without_noise(words, place) or (self._lemmas.get((word,), word), 1)

    def _without_noise(self, words: Sequence[str], place: int) -> tuple[str, int] | None:
        longest = self._longest_levelled.get(words[place], 1)
        if longest == 1:
            return None
        end = min(place + 2 * longest, len(words))
        telling = [one for one in range(place, end) if words[one] not in self._noise]
        for length in range(min(longest, len(telling)), 1, -1):
            chosen = telling[:length]
            lemma = self._levelled.get(tuple(words[one] for one in chosen))
            if lemma is not None:
                return lemma, chosen[-1] - place + 1
        return None

    def _only_near(self, word: str) -> str:
        """Return the only known word of four letters or more that is one slip away, or itself."""
        found = process.extract(
            word, self._short.get(word[0], ()), scorer=OSA.distance, score_cutoff=1, limit=2
        )
        return found[0][0] if len(found) == 1 else word

    def _correct(self, word: str) -> str:
        """Return the known word that a misspelt one is meant for, or itself."""
        if word in self._known or word.isdigit():
            return word
        once = _DOUBLED.sub(r"\1\2", word)
        if once in self._known:
            return once
        if len(word) < _ONE_SLIP:
            return self._only_near(word) if self._also and len(word) >= _SHORT_SLIP else word
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        near = process.extractOne(
            word, self._near.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips
        )
        return near[0] if near else word


def _by_first_letter(words: Iterable[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        found[word[0]].append(word)
    return dict(found)


def _written(text: str) -> list[str]:
    levelled = _PELA.sub(r"\1 ", clean(text).casefold().replace("'", ""))
    return _TOKEN.findall(_STRETCHED.sub(r"\1\1", levelled))[:_MOST_TOKENS]


def _pairs(forms: Mapping[str, str]) -> list[tuple[tuple[str, ...], str]]:
    return [
        (tuple(form.split()), lemma)
        for lemma, written in forms.items()
        for form in written.split(",")
        if form.strip()
    ]


def _may_be_levelled(words: tuple[str, ...], kept: tuple[str, ...]) -> bool:
    """Tell whether a form may be read without noise: one that noise is most of would fit anything.

    `kilim mi yet` (kill myself) must not become `kilim mi` (kill me).
    """
    stressed = words[-1] in _STRESS and len(kept) < _SHORTEST_LEVELLED
    return len(kept) > 1 and len(words) - len(kept) < len(kept) and not stressed


def _keep(
    forms: dict[tuple[str, ...], str], longest: dict[str, int], words: tuple[str, ...], lemma: str
) -> None:
    forms.setdefault(words, lemma)
    longest[words[0]] = max(longest.get(words[0], 1), len(words))
