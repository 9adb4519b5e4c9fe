"""Texts through the real door on the stage of the corpus, and what each did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.corpus.observing import compare, look
from tests.corpus.stage import KEEPER

if TYPE_CHECKING:
    from tests.corpus.observing import Observed
    from tests.corpus.stage import Door


def sent(door: Door, text: str, sender: str = KEEPER) -> Observed:
    """Send one text; return what it did."""
    database = door.world.runtime.database
    before = look(database)
    door.send(text, sender)
    return compare(before, look(database, before), sender)
