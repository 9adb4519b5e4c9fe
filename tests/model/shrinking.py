"""The smallest history of which program and rules still say something different."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.model.comparing import Disagreement, compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.storage.database import Database
    from tests.model.history import History


_DEEP = frozenset({"chain", "known", "companions"})
"""Questions that are dear to ask, and are asked of a part of the histories."""


def shortest(found: Iterable[Disagreement]) -> list[Disagreement]:
    """Return the shortest history of each question to which there are different answers."""
    chosen: dict[str, Disagreement] = {}
    for one in sorted(found, key=_size):
        for what in one.about:
            chosen.setdefault(what, one)
    return list({one.history: one for one in chosen.values()}.values())


def shrink(database: Database, found: Disagreement, at_once: int = 1) -> Disagreement:
    """Leave reports out, and make others plainer, as long as they disagree about the same."""
    while True:
        smaller = list(_smaller(found.history))
        deep = 1 if found.about & _DEEP else len(smaller) + 1
        again = compare(database, smaller, at_once=at_once, deep=deep)
        still = (one for one in again if one.about & found.about)
        if (least := min(still, key=_size, default=None)) is None:
            return found
        found = least


def _size(found: Disagreement) -> tuple[int, int, int]:
    said = found.history.said
    return len(said), sum(one.day for one in said), sum(one.evidence for one in said)


def _smaller(history: History) -> Iterator[History]:
    """Yield what is a little smaller; `_size` decides which is the smallest."""
    for place, one in enumerate(history.said):
        without = history.without({place})
        if without.said:
            yield without
        for plainer in (
            replace(one, day=one.day // 2),
            replace(one, day=max(0, one.day - 1)),
            replace(one, evidence=False),
        ):
            if plainer != one and not any(other.of == place for other in history.said):
                said = (*history.said[:place], plainer, *history.said[place + 1 :])
                yield replace(history, said=said)
