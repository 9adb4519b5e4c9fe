"""Suggestions for mistyped keywords, by edit distance; pure.

Source: optimal string alignment distance (Damerau 1964, restricted to one edit a substring).
"""

from collections.abc import Sequence

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
        self._by_shape: dict[tuple[int, int], list[tuple[int, str]]] = {}
        for place, words in enumerate(keywords):
            shape = words.count(" "), len(words)
            self._by_shape.setdefault(shape, []).append((place, words))
        self._spaces = sorted({spaces for spaces, _ in self._by_shape})

    def find(self, written: Sequence[str]) -> int | None:
        """Return the place of the keyword that is nearest to the first of the words written."""
        near = []
        for spaces in self._spaces if written else ():
            attempted = " ".join(written[: spaces + 1])
            if len(attempted) < _SHORTEST_WRITTEN:
                continue
            for length in range(len(attempted) - _FURTHEST, len(attempted) + _FURTHEST + 1):
                for place, words in self._by_shape.get((spaces, length), ()):
                    apart = typing_errors(attempted, words)
                    if apart is not None:
                        near.append((apart, place))
        return min(near)[1] if near else None


def typing_errors(written: str, keyword: str) -> int | None:
    """Return how many typing errors make `written` of `keyword`; None: too many to be meant.

    Both in the same case. One edit (insert, delete, replace, swap) may be in keywords of 3 to 5
    letters, two in longer ones.
    """
    if len(keyword) < _SHORTEST:
        return 0 if written == keyword else None
    limit = _FURTHEST if len(keyword) >= _LONG else 1
    apart = OSA.distance(written, keyword, score_cutoff=limit)
    return apart if apart <= limit else None
