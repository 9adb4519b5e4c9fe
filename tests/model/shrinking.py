"""The smallest history of which program and rules still say something different."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.model.comparing import Disagreement, compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.storage.database import Database
    from tests.model.history import History


def shrink(database: Database, found: Disagreement) -> Disagreement:
    """Leave reports out, and make others plainer, as long as they disagree about the same."""
    while True:
        smaller = list(_smaller(found.history))
        about = _about(found)
        still = (one for one in compare(database, smaller, deep=1) if _about(one) & about)
        if (least := min(still, key=_size, default=None)) is None:
            return found
        found = least


def _about(found: Disagreement) -> set[str]:
    return {one.what.split()[0] for one in found.differences}


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
