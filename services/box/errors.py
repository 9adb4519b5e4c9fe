"""Errors of a village's box.

Unavailable
├── BoxFull     (retryable) the disk takes nothing more; what was kept is safe
├── BoxBusy     another process works with the box's folder
└── BadAnswer   (retryable) what answered the sync is no server of ours
"""

from __future__ import annotations

from services.errors import Unavailable


class BoxFull(Unavailable):
    """The disk takes nothing more; what was kept is safe."""

    code = "box_full"


class BoxBusy(Unavailable):
    """Another process works with the box's folder."""

    code = "box_busy"
    retryable = False


class BadAnswer(Unavailable):
    """What answered the sync is no server of ours: a portal of the network, or a proxy."""

    code = "box_bad_answer"
