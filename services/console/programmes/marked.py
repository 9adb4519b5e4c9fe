"""Words of two texts that differ, for both to be shown beside each other; pure."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

# Of texts with less in common, single words that both have only confuse.
_ALIKE = 0.6
_WORD = re.compile(r"\s+|\S+")


class Run(NamedTuple):
    """Some letters of a text; `differs`: the other text has not these."""

    text: str
    differs: bool


def marked(old: str, new: str) -> tuple[Sequence[Run], Sequence[Run]]:
    """Return both texts in runs of words that are the same, and that differ."""
    mine, theirs = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [Run(old, differs=True)], [Run(new, differs=True)]
    before, after = [], []
    for kind, *places in matcher.get_opcodes():
        start, end, begin, stop = places
        differs = kind != "equal"
        before.append(Run("".join(mine[start:end]), differs))
        after.append(Run("".join(theirs[begin:stop]), differs))
    return [one for one in before if one.text], [one for one in after if one.text]
