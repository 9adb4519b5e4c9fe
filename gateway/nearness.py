"""How far a mistyped keyword is from a real one; pure.

Source: optimal string alignment distance (Damerau 1964, restricted to one edit a substring).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST = 3
_LONG = 6
_FURTHEST = 2
# Too many ordinary words of three letters are one letter away from a keyword.
_SHORTEST_WRITTEN = 4


class Nearest:
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
                    if is_near(attempted, words):
                        near.append((distance(attempted, words), place))
        return min(near)[1] if near else None


def is_near(written: str, keyword: str) -> bool:
    """Whether `written` may be a typing error for `keyword`; both in the same case.

    One edit (insert, delete, replace, swap) in keywords of 3 to 5 letters, two in longer ones.
    """
    if len(keyword) < _SHORTEST:
        return written == keyword
    limit = _FURTHEST if len(keyword) >= _LONG else 1
    # Each edit changes the set of letters by two at most: spares most comparisons their table.
    if (
        abs(len(written) - len(keyword)) > limit
        or len(_letters(written) ^ _letters(keyword)) > 2 * limit
    ):
        return False
    return distance(written, keyword) <= limit


# Each word that was written is compared with hundreds of keywords, and these with each.
@lru_cache(maxsize=4096)
def _letters(word: str) -> frozenset[str]:
    return frozenset(word)


def distance(one: str, other: str) -> int:
    """Return the optimal string alignment distance of two short strings."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, above, row = row, before, [i]
        for j, opposite in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != opposite))
            swapped = i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == opposite
            row.append(min(cost, above[j - 2] + 1) if swapped else cost)
    return row[-1]
