"""Numbers and a clock that a process shares with those forked from it."""

from __future__ import annotations

import mmap
import struct
from datetime import datetime, timedelta

from tests.factories import NOW

_NUMBER = struct.Struct("q")


class Numbers:
    """As many whole numbers, 0 at first."""

    def __init__(self, many: int) -> None:
        self._memory = mmap.mmap(-1, many * _NUMBER.size)

    def __getitem__(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._memory, place * _NUMBER.size)[0])

    def __setitem__(self, place: int, number: int) -> None:
        _NUMBER.pack_into(self._memory, place * _NUMBER.size, number)


class SharedClock:
    """One time for all processes; it stands until it is moved."""

    def __init__(self) -> None:
        self._seconds = Numbers(1)

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=self._seconds[0])

    def forward(self, seconds: int) -> None:
        self._seconds[0] += seconds
