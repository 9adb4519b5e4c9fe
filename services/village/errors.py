"""Errors of the sync between a box and the hub."""

from __future__ import annotations

from services.core.errors import Unavailable


class BadAnswer(Unavailable):
    """The sync was answered by no server of ours: by a portal of the network, or a proxy."""

    code = "box_bad_answer"
