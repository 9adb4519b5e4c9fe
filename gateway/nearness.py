"""How far a mistyped keyword is from a real one; pure.

Source: optimal string alignment distance (Damerau 1964, restricted to one edit a substring).
"""

from __future__ import annotations

_SHORTEST = 3
_LONG = 6


def is_near(written: str, keyword: str) -> bool:
    """Whether `written` may be a typing error for `keyword`; both in the same case.

    One edit (insert, delete, replace, swap) in keywords of 3 to 5 letters, two in longer ones.
    """
    if len(keyword) < _SHORTEST:
        return written == keyword
    limit = 2 if len(keyword) >= _LONG else 1
    # Each edit changes the set of letters by two at most: spares most comparisons their table.
    if abs(len(written) - len(keyword)) > limit or len({*written} ^ {*keyword}) > 2 * limit:
        return False
    return distance(written, keyword) <= limit


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
