"""Words of every language and their usual misspellings, mapped to one lemma each; pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from gateway.concepts import NOT, OR, OVER, TURN, Reading, Token
from gateway.phrases import clean

NOISE = "~"
"""Lemma of words that tell nothing, such as articles."""
IDIOM = "idiom"
"""Lemma of sayings: their words do not mean what they mean alone."""

_MOST_TOKENS = 400
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
# Two words without the space between, and those of one letter.
_SIMILAR = 6
_SHORTEST_JOINED, _ALONE = 6, frozenset({"i", "a"})
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
        plain: words that are no misspelling of another either, but that none is mended into.
    """

    def __init__(
        self,
        forms: Mapping[str, str],
        common: Iterable[str] = (),
        also: Mapping[str, str] = _NOTHING,
        plain: Collection[str] = _NONE,
    ) -> None:
        further = _pairs(also)
        pairs = [*_pairs(forms), *further]
        self._also: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self._noise = {words[0] for words, lemma in pairs if lemma == NOISE and len(words) == 1}
        self._lemmas: dict[tuple[str, ...], str] = {}
        self._levelled: dict[tuple[str, ...], str] = {}
        # Few words begin a form of several: what such forms begin with.
        self._begun: set[tuple[str, ...]] = set()
        self._begun_levelled: set[tuple[str, ...]] = set()
        for words, lemma in pairs:
            _keep(self._lemmas, self._begun, words, lemma)
            kept = tuple(word for word in words if word not in self._noise)
            if _may_be_levelled(words, kept):
                _keep(self._levelled, self._begun_levelled, kept, lemma)
        for words, lemma in further:
            self._also[words].add(lemma)
            kept = tuple(word for word in words if word not in self._noise)
            if _may_be_levelled(words, kept):
                self._also[kept].add(lemma)
        spelt = {word for words, _ in pairs for word in words}
        self.known = frozenset(spelt | set(common))
        self._plain = plain
        self._near = _by_first_letter(word for word in spelt if len(word) >= _ONE_SLIP)
        self._short = _by_first_letter(
            word for word in self.known if _SHORT_SLIP <= len(word) <= _ONE_SLIP
        )
        self._corrected = lru_cache(4096)(self._correct)
        self._read_once = lru_cache(64)(self._read)

    def read(self, text: str) -> Reading:
        """Read a text as lemmas; never raises. Several readers of one message read it once."""
        return self._read_once(text)

    def spelt(self, text: str) -> list[str]:
        """Return the words of a text with their slips mended."""
        words = (self._corrected(one) for one in _written(text) if one[0].isalnum())
        return [part for word in words for part in word.split()]

    def _read(self, text: str) -> Reading:
        written = _written(text)
        words: list[str] = []
        where: list[tuple[int, int, int]] = []
        ends: list[str] = []
        sentence = 0
        for at, one in enumerate(written):
            if one in _SENTENCE_ENDS or one in {",", ":"}:
                ends.append(one)
                sentence += one in _SENTENCE_ENDS
                continue
            for part in self._corrected(one).split():
                words.append(part)
                where.append((sentence, len(ends), at))
        return Reading(
            tuple(self._lemmatised(words, where)), "?" in ends, words[0] if words else ""
        )

    def _lemmatised(
        self, words: Sequence[str], where: Sequence[tuple[int, int, int]]
    ) -> Iterator[Token]:
        place = turns = 0
        ends = _clause_ends(where)
        while place < len(words):
            lemma, length = self._at(words[place : ends[place]])
            turns += lemma == TURN
            if lemma != NOISE:
                # A denial does not reach over a comma, nor over a turn of thought.
                clause = where[place][1] + _MOST_TOKENS * turns
                also = self._meanings(words[place : place + length])
                yield Token(lemma, where[place][0], clause, also, where[place][2], length)
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

    def _at(self, words: Sequence[str]) -> tuple[str, int]:
        """Return the lemma of the longest form that words begin with, and its length."""
        word = words[0]
        length = _longest(words, self._lemmas, self._begun)
        if length:
            return self._lemmas[tuple(words[:length])], length
        if word in self._noise:
            return NOISE, 1
        return self._without_noise(words) or (self._lemmas.get((word,), word), 1)

    def _without_noise(self, words: Sequence[str]) -> tuple[str, int] | None:
        if (words[0],) not in self._begun_levelled:
            return None
        telling = [one for one in range(len(words)) if words[one] not in self._noise]
        kept = [words[one] for one in telling]
        length = _longest(kept, self._levelled, self._begun_levelled)
        if not length:
            return None
        return self._levelled[tuple(kept[:length])], telling[length - 1] + 1

    def _only_near(self, word: str) -> str:
        """Return the known word of four letters or more that is one slip away, or itself.

        Several count only where they mean the same: `drnk` is of `drank` and `drink`.
        """
        found = process.extract(
            word, self._short.get(word[0], ()), scorer=OSA.distance, score_cutoff=1, limit=_SIMILAR
        )
        near = [one for one, *_ in found]
        if len(near) == 1 or (near and frozenset.intersection(*map(self._means, near))):
            return near[0]
        return word

    def _means(self, word: str) -> frozenset[str]:
        lemma = self._lemmas.get((word,), NOISE)
        return frozenset({lemma, *self._also.get((word,), _NONE)}) - _NOT_KEPT

    def _correct(self, word: str) -> str:
        """Return the known word that a misspelt one is meant for, or itself."""
        if word in self.known or word in self._plain or word.isdigit():
            return word
        once = _DOUBLED.sub(r"\1\2", word)
        if once in self.known:
            return once
        if len(word) < _ONE_SLIP:
            return self._only_near(word) if self._also and len(word) >= _SHORT_SLIP else word
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        near = process.extractOne(
            word, self._near.get(word[0], ()), scorer=OSA.distance, score_cutoff=slips
        )
        return near[0] if near else self._parted(word)

    def _parted(self, word: str) -> str:
        """Return the two known words, with a space, that were written as one; or the word."""
        if not self._also or len(word) < _SHORTEST_JOINED:
            return word
        for place in range(len(word) - 1, 0, -1):
            parts = word[:place], word[place:]
            if all(map(self._may_be_joined, parts)) and max(map(len, parts)) >= _SHORT_SLIP:
                return " ".join(parts)
        return word

    def _may_be_joined(self, part: str) -> bool:
        return part in _ALONE or (len(part) > 1 and part in self.known)


def _clause_ends(where: Sequence[tuple[int, int, int]]) -> list[int]:
    """Return for each word the end of its clause: no form of several words goes over it."""
    ends = [len(where)] * len(where)
    for place in range(len(where) - 2, -1, -1):
        ends[place] = ends[place + 1] if where[place][1] == where[place + 1][1] else place + 1
    return ends


def _by_first_letter(words: Iterable[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        found[word[0]].append(word)
    return dict(found)


def _written(text: str) -> list[str]:
    spelt = clean(text).casefold().replace("'ll ", " will ").replace("'", "")
    levelled = _PELA.sub(r"\1 ", spelt)
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
    forms: dict[tuple[str, ...], str],
    begun: set[tuple[str, ...]],
    words: tuple[str, ...],
    lemma: str,
) -> None:
    forms.setdefault(words, lemma)
    begun.update(words[:length] for length in range(1, len(words)))


def _longest(
    words: Sequence[str], forms: Mapping[tuple[str, ...], str], begun: Collection[tuple[str, ...]]
) -> int:
    """Return the length of the longest form of several words that words begin with; 0: of none."""
    longest, length = 0, 1
    while length < len(words) and tuple(words[:length]) in begun:
        length += 1
        if tuple(words[:length]) in forms:
            longest = length
    return longest
