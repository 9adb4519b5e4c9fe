"""Errors of a village's box.

Unavailable
├── BoxFull     (retryable) the disk takes nothing more; what was kept is safe
└── BoxBusy     another process works with the box's folder
"""

from __future__ import annotations

from services.core.errors import Unavailable


class BoxFull(Unavailable):
    """The disk takes nothing more; what was kept is safe."""

    code = "box_full"


class BoxBusy(Unavailable):
    """Another process works with the box's folder."""

    code = "box_busy"
    retryable = False
