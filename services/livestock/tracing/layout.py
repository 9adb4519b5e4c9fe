"""Layout of premises in a drawing of contact chains; pure.

The root stands in the middle, the ingoing chain at its left and the outgoing chain at its right, so
time runs from left to right. A layer holds the premises that are as many steps away, by day; a
layer that would be too high takes several columns. Lengths are pixels.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from services.livestock.tracing.model import Direction, Trace

_CHARACTER, _PADDING = 6.6, 14
_HEIGHT, _ROW, _COLUMN_GAP, _LAYER_GAP = 18, 24, 16, 84
_FEWEST_ROWS = 10
# Columns are about four times as wide as rows are high; a screen is half as high as it is wide.
_ROWS_BY_ROOT = 1.7


class Box(NamedTuple):
    """A premises in the drawing; `x` and `y` are of its centre."""

    premises: int
    x: float
    y: float
    width: float
    height: float = _HEIGHT

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width / 2


class Band(NamedTuple):
    """The layer of the premises that are `steps` away."""

    direction: Direction
    steps: int
    left: float
    width: float
    size: int


@dataclass(slots=True)
class Layout:
    """A drawing without its frame. The root's box is under every direction too."""

    root: Box
    height: float
    boxes: dict[tuple[Direction, int], Box] = field(default_factory=dict)
    bands: list[Band] = field(default_factory=list)
    left: float = 0
    right: float = 0


def lay_out(trace: Trace, labels: Mapping[int, str]) -> Layout:
    """Place every premises of a trace; no two boxes overlap."""
    return _Placing(trace, labels).place()


class _Placing:
    def __init__(self, trace: Trace, labels: Mapping[int, str]) -> None:
        self._trace, self._labels = trace, labels
        nodes = sum(len(chain.reached) for chain in trace.chains.values())
        self._rows = max(_FEWEST_ROWS, math.ceil(_ROWS_BY_ROOT * math.sqrt(nodes)))
        longest = max(len(labels[one]) for one in (trace.root, *_members(trace)))
        self._width = longest * _CHARACTER + _PADDING
        height = self._rows * _ROW
        root = Box(trace.root, 0, height / 2, self._width * 1.25, _HEIGHT * 1.5)
        self._layout = Layout(root, height)

    def place(self) -> Layout:
        layout = self._layout
        ends = dict.fromkeys(Direction, layout.root.right)
        for direction, chain in self._trace.chains.items():
            layout.boxes[direction, self._trace.root] = layout.root
            layers = defaultdict[int, list[int]](list)
            for premises, one in chain.reached.items():
                layers[one.steps].append(premises)
            for steps in sorted(layers):
                ends[direction] = self._layer(direction, steps, layers[steps], ends[direction])
        layout.left, layout.right = -ends[Direction.INGOING], ends[Direction.OUTGOING]
        return layout

    def _layer(self, direction: Direction, steps: int, premises: list[int], begin: float) -> float:
        """Place one layer that begins `begin` from the root; return where it ends."""
        reached = self._trace.chains[direction].reached
        premises.sort(key=lambda one: (reached[one].day, self._labels[one]))
        columns = math.ceil(len(premises) / self._rows)
        rows = math.ceil(len(premises) / columns)
        step = self._width + _COLUMN_GAP
        width = columns * step - _COLUMN_GAP
        begin += _LAYER_GAP
        left = begin if direction is Direction.OUTGOING else -begin - width
        self._layout.bands.append(Band(direction, steps, left, width, len(premises)))
        for place in range(columns):
            column = premises[place * rows : (place + 1) * rows]
            top = (self._layout.height - len(column) * _ROW) / 2
            for row, one in enumerate(column):
                self._layout.boxes[direction, one] = Box(
                    one,
                    left + place * step + self._width / 2,
                    top + (row + 0.5) * _ROW,
                    self._width,
                )
        return begin + width


def _members(trace: Trace) -> list[int]:
    return [premises for chain in trace.chains.values() for premises in chain.reached]
