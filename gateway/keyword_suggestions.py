"""Suggestions for mistyped keywords, by edit distance; pure.

Source: optimal string alignment distance (Damerau 1964, restricted to one edit a substring).
"""

from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST = 3
_LONG = 6
_FURTHEST = 2
# Too many ordinary words of three letters are one letter away from a keyword.
_SHORTEST_WRITTEN = 4


class KeywordSuggester:
    """Finds what a mistyped beginning of a text may have been meant to be.

    Args:
        keywords: in lower case, each of one or more words; of two as near, the earlier is meant.
    """

    def __init__(self, keywords: Sequence[str]) -> None:
        by_shape: defaultdict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
        for place, words in enumerate(keywords):
            if len(words) >= _SHORTEST:
                for length in range(len(words) - _FURTHEST, len(words) + _FURTHEST + 1):
                    by_shape[words.count(" "), length].append((place, words))
        # By the spaces and the length of what is written: whatever is not longer or shorter by more
        # than two, in one list that is compared without a call of Python for each.
        self._by_shape = {
            shape: ([place for place, _ in found], [words for _, words in found])
            for shape, found in by_shape.items()
        }
        self._spaces = sorted({spaces for spaces, _ in self._by_shape})

    def find(self, written: Sequence[str]) -> int | None:
        """Return the place of the keyword that is nearest to the first of the words written."""
        near = []
        for spaces in self._spaces if written else ():
            attempted = " ".join(written[: spaces + 1])
            if len(attempted) < _SHORTEST_WRITTEN:
                continue
            places, words = self._by_shape.get((spaces, len(attempted)), ((), ()))
            found = process.extract(
                attempted, words, scorer=OSA.distance, score_cutoff=_FURTHEST, limit=None
            )
            near += [(apart, places[at]) for word, apart, at in found if apart <= _limit(word)]
        return min(near)[1] if near else None


def _limit(keyword: str) -> int:
    return _FURTHEST if len(keyword) >= _LONG else 1


def typing_errors(written: str, keyword: str) -> int | None:
    """Return how many typing errors make `written` of `keyword`; None: too many to be meant.

    Both in the same case. One edit (insert, delete, replace, swap) may be in keywords of 3 to 5
    letters, two in longer ones.
    """
    if len(keyword) < _SHORTEST:
        return 0 if written == keyword else None
    limit = _limit(keyword)
    apart = OSA.distance(written, keyword, score_cutoff=limit)
    return apart if apart <= limit else None
