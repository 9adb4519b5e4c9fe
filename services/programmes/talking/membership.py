"""The programmes as the phrases of messages see them: STOP ends what they run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.programmes.subscriptions import open_subscriptions
from services.programmes.talking.leaving import leave

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.conversation import Call, Said
    from services.programmes.talking.published import Published


class Membership:
    """Who is in which programme; of those that are open it knows the titles, too.

    Args:
        programmes: that are open, by code.
    """

    def __init__(self, programmes: Mapping[str, Published]) -> None:
        self._programmes = programmes

    def title(self, code: str, language: str) -> str:
        """Return what a programme is called; of one that is not open, its code."""
        one = self._programmes.get(code)
        return one.title(language) if one else code

    def joined(self, call: Call) -> Sequence[str]:
        """Return the codes of the programmes that the sender is in, the last joined at the end."""
        rows = open_subscriptions(call.unit.session, call.party.id)
        return [row.programme for row in reversed(rows)]

    def leave(self, call: Call, code: str, *, quietly: bool) -> Sequence[Said]:
        """End a programme for the sender; return what it says to that, nothing when `quietly`."""
        return leave(call, code, quietly=quietly)
