"""Errors of the sync between a box and the hub."""

from __future__ import annotations

from services.core.errors import Unavailable


class BadAnswer(Unavailable):
    """What answered the sync is no server of ours: a portal of the network, or a proxy."""

    code = "box_bad_answer"
