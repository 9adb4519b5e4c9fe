"""Slips of phones: which known word a misspelt one is meant for; pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Shorter words have too many neighbours; in longer ones any slip may be mended, then two.
_SHORTEST, _ANY_SLIP, _TWO_SLIPS = 3, 5, 9
_SHORTEST_JOINED = 4
# Words that are often written without a space.
_SMALL = frozenset({"i", "mi", "em", "no", "na", "ol"})
_SMALL_LENGTH = 2
# Of other words, the short ones that are seldom a part of another word by chance.
_SHORT = frozenset({*_SMALL, "ai", "go", "lo"})
_CLOSEST, _CLOSE, _FAR = 0, 1, 9
_MOST_COMPARED = 12
_VOWELS = frozenset("aeiou")
_KEY = {
    letter: key
    for key, letters in enumerate(["abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"])
    for letter in letters
}


class KnownWords:
    """The words of a language, and the nearest of them to a misspelt one."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words)
        self._near = _by_first_letter(one for one in words if len(one) >= _SHORTEST)

    def meant(self, word: str) -> tuple[str, ...]:
        """Return the known words that a misspelt one is meant for, or itself.

        A slip that a phone makes is likelier than two words in one, which is likelier than another
        slip.
        """
        joined = self._joined(word)
        if joined and not _SMALL.isdisjoint(joined):
            return joined
        slips = self._slips(word)
        if slips and slips[0][0] < _FAR:
            return (slips[0][2],)
        if joined:
            return joined
        return (slips[0][2],) if slips and len(word) >= _ANY_SLIP else (word,)

    def is_likely(self, word: str) -> bool:
        """Tell whether a phone makes such a word of a known one, or of two."""
        slips = self._slips(word)
        return bool(slips and slips[0][0] < _FAR) or self._joined(word) is not None

    def _slips(self, word: str) -> list[tuple[int, float, str]]:
        """Return the known words near a misspelt one, the likeliest first."""
        if len(word) < _SHORTEST:
            return []
        slips = 2 if len(word) >= _TWO_SLIPS else 1
        found = process.extract(
            word,
            self._near.get(word[0], ()),
            scorer=OSA.distance,
            score_cutoff=slips,
            limit=_MOST_COMPARED,
        )
        return sorted((_rank(word, one), distance, one) for one, distance, _ in found)

    def _joined(self, word: str) -> tuple[str, str] | None:
        """Return the two known words that were written as one."""
        if len(word) < _SHORTEST_JOINED:
            return None
        splits = [
            (word[:place], word[place:])
            for place in range(1, len(word))
            if self._is_whole(word[:place]) and self._is_whole(word[place:])
        ]
        small = [
            one
            for one in splits
            if not _SMALL.isdisjoint(one) and max(map(len, one)) > _SMALL_LENGTH
        ]
        return max(small or splits, key=lambda one: min(map(len, one)), default=None)

    def _is_whole(self, word: str) -> bool:
        """Tell whether a word stands for itself in what was written as one."""
        return word in self._words and (len(word) > _SMALL_LENGTH or word in _SHORT)


def _rank(written: str, meant: str) -> int:
    """Rank a slip: the lower, the more often a phone makes it; `_FAR`: none that a phone makes."""
    longer = len(meant) - len(written)
    if longer == 1:
        return _CLOSEST if _consonants(meant) == _consonants(written) else _CLOSE
    if longer == -1:
        return _CLOSEST if _is_doubled(written, meant) else _FAR
    return _rank_changed(written, meant) if longer == 0 else _FAR


def _rank_changed(written: str, meant: str) -> int:
    differ = [pair for pair in zip(written, meant, strict=True) if pair[0] != pair[1]]
    if len(differ) > 1:
        return _CLOSE if differ[0] == differ[-1][::-1] else _FAR
    was, should = differ[0]
    if was in _VOWELS and should in _VOWELS:
        return _CLOSE if len(written) > _SHORTEST else _FAR
    return _CLOSE if _KEY.get(was) == _KEY.get(should) else _FAR


def _is_doubled(written: str, meant: str) -> bool:
    return any(
        written == meant[:place] + meant[place - 1] + meant[place:]
        for place in range(1, len(meant) + 1)
    )


def _consonants(word: str) -> str:
    return "".join(letter for letter in word if letter not in _VOWELS)


def _by_first_letter(words: Iterable[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        found[word[0]].append(word)
    return dict(found)
