"""Kinds of confirmation, and the members of each."""

from __future__ import annotations

from collections.abc import Mapping

MOVEMENT, STOCKTAKE, INSPECTION, SLAUGHTER = "movement", "stocktake", "inspection", "slaughter"
DEPART, ARRIVE = DIRECTIONS = ("depart", "arrive")
ABATTOIR, HOME = "abattoir", "home"
SLAUGHTER_PLACES = (ABATTOIR, HOME, "feast")

AS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    MOVEMENT: (("premises", "direction"), ("other", "permit")),
    STOCKTAKE: (("premises",), ()),
    INSPECTION: (("purpose", "outcome"), ("premises", "outcomes", "permit")),
    SLAUGHTER: (
        ("premises",),
        ("place", "ante_mortem", "post_mortem", "first_carcass", "lines"),
    ),
}
"""Members beside `as`, `day`, `leave_out` and `review`: those needed, and those that may be."""
